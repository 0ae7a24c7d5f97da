/** Which labels of points have room beside them: as `drawings/labels.py` of the service, at the real size. */
export interface Boxed {
  x: number;
  y: number;
  radius: number;
  letters: number;
}

export type Side = "right" | "left" | "below" | "above";
const SIDES: Side[] = ["right", "left", "below", "above"];
const LETTER = 7;
const LINE = 16;
const GAP = 3;
type Box = [number, number, number, number];

/** For each point the side on which its label covers no other label and no other point, if there is one; the first come first. */
export function withRoom(points: Boxed[], width: number, height: number): (Side | undefined)[] {
  const dots = points.map(({ x, y, radius }): Box => [x - radius, y - radius, x + radius, y + radius]);
  const taken: Box[] = [];
  return points.map((point, at) => {
    const others = dots.filter((_, other) => other !== at);
    return SIDES.find((side) => {
      const box = boxOf(point, side);
      const inside = box[0] >= 0 && box[1] >= 0 && box[2] <= width && box[3] <= height;
      if (!inside || taken.some((other) => meet(box, other)) || others.some((dot) => meet(box, dot)))
        return false;
      taken.push(box);
      return true;
    });
  });
}

/** How far a label is from its point: to the right and down. */
export function shift(radius: number, side: Side): [number, number] {
  const away = radius + GAP;
  return [
    { right: away, left: -away, below: 0, above: 0 }[side],
    { right: 4, left: 4, below: away + 12, above: -away - 4 }[side],
  ];
}

function boxOf({ x, y, radius, letters }: Boxed, side: Side): Box {
  const [away, long] = [radius + GAP, letters * LETTER];
  const left = side === "right" ? x + away : side === "left" ? x - away - long : x - long / 2;
  const top = side === "above" ? y - away - LINE : side === "below" ? y + away : y - LINE / 2;
  return [left, top, left + long, top + LINE];
}

function meet(one: Box, other: Box): boolean {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}
