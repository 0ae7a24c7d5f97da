// Nodes, ties and labels on the canvas above the drawing.
import type { Caption, Spot } from "./captions";
import type { Tokens } from "./colours";

type Canvas = CanvasRenderingContext2D;

/** A tie between two nodes, with an arrow where ties have a direction. */
export function drawTie(
  over: Canvas,
  from: Spot,
  to: Spot,
  width: number,
  colour: string,
  directed: boolean,
): void {
  over.strokeStyle = over.fillStyle = colour;
  over.lineWidth = width;
  over.beginPath();
  over.moveTo(from.x, from.y);
  over.lineTo(to.x, to.y);
  over.stroke();
  if (!directed) return;
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const [tip, long] = [to.radius + 1, 9];
  over.beginPath();
  over.moveTo(to.x - tip * Math.cos(angle), to.y - tip * Math.sin(angle));
  for (const turn of [0.35, -0.35])
    over.lineTo(to.x - (tip + long) * Math.cos(angle + turn), to.y - (tip + long) * Math.sin(angle + turn));
  over.fill();
}

/** A node, with a ring around it where it is chosen. */
export function drawNode(
  over: Canvas,
  { x, y, radius }: Spot,
  square: boolean,
  colour: string,
  ring: string | null,
): void {
  const path = (more: number) => {
    over.beginPath();
    if (square) over.rect(x - radius - more, y - radius - more, 2 * (radius + more), 2 * (radius + more));
    else over.arc(x, y, radius + more, 0, 2 * Math.PI);
  };
  over.fillStyle = colour;
  path(0);
  over.fill();
  if (ring === null) return;
  over.strokeStyle = ring;
  over.lineWidth = 2;
  path(3);
  over.stroke();
}

/** Labels, each with the colour of the paper around it. */
export function drawCaptions(over: Canvas, captions: Caption[], { paper, ink }: Tokens): void {
  over.lineJoin = "round";
  over.strokeStyle = paper;
  over.lineWidth = 3.5;
  over.fillStyle = ink;
  for (const { text, x, y, align } of captions) {
    over.textAlign = align;
    over.strokeText(text, x, y);
    over.fillText(text, x, y);
  }
}
