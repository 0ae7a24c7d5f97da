// What is seen, as a file: SVG, and PNG drawn from it.
import { FONT } from "./captions";
import type { Group } from "./colours";
import type { Drawing, Look } from "./drawing";
import type { Network } from "./data";

const SANS = "Helvetica, Arial, 'Liberation Sans', sans-serif";
const [TOP, ROW] = [64, 18];

export function svg(drawing: Drawing, network: Network, look: Look, groups: Group[], said: string): string {
  const { width, height } = drawing.size;
  const { tokens, part } = look;
  const spots = network.things.map((_, at) => drawing.spot(at));
  const legend = groups.map(
    ({ name, token }, at) =>
      `<circle cx="34" cy="${TOP + height + 20 + at * ROW}" r="5" fill="${colour(token, look)}"/>` +
      `<text x="46" y="${TOP + height + 24 + at * ROW}" fill="${tokens.ink}">${text(name)}</text>`,
  );
  const lines = network.ties.map(({ source, target }, at) => {
    const [a, b] = [spots[source], spots[target]];
    if (!part.ties[at] || !a || !b) return "";
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const back = network.directed ? (b.radius + 1) / (Math.hypot(dx, dy) || 1) : 0;
    const end = network.directed ? ' marker-end="url(#arrow)"' : "";
    return `<line x1="${n(a.x)}" y1="${n(a.y)}" x2="${n(b.x - dx * back)}" y2="${n(b.y - dy * back)}" stroke="${drawing.colourOfTie(at)}" stroke-width="${n(drawing.width(at))}"${end}/>`;
  });
  const dots = network.things.map(({ label, second }, at) => {
    const spot = spots[at];
    if (!part.nodes[at] || !spot) return "";
    const { x, y, radius: r } = spot;
    const shape = second
      ? `rect x="${n(x - r)}" y="${n(y - r)}" width="${n(2 * r)}" height="${n(2 * r)}"`
      : `circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}"`;
    return `<${shape} fill="${drawing.colourOf(at)}"><title>${text(label)}</title></${shape.slice(0, shape.indexOf(" "))}>`;
  });
  const anchors = { left: "start", right: "end", center: "middle" };
  const captions = drawing.captions.map(
    ({ text: label, x, y, align }) =>
      `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchors[align]}" unicode-bidi="plaintext">${text(label)}</text>`,
  );
  const high = TOP + height + 20 + groups.length * ROW + 40;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${high}" width="${width}" height="${high}" font-family="${SANS}" font-size="${FONT}" role="img" aria-label="${text(network.title)}">
<defs><clipPath id="stage"><rect width="${width}" height="${height}"/></clipPath><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.8 8 4 0 7.2z" fill="${tokens.soft}"/></marker></defs>
<rect width="${width}" height="${high}" fill="${tokens.paper}"/>
<text x="28" y="36" font-size="20" font-weight="bold" fill="${tokens.ink}">${text(network.title)}</text>
<text x="28" y="56" fill="${tokens.soft}">${text(said)}</text>
<g transform="translate(0 ${TOP})" clip-path="url(#stage)">
<g>${lines.join("")}</g>
<g stroke="${tokens.paper}" stroke-width="1">${dots.join("")}</g>
<g fill="${tokens.ink}" stroke="${tokens.paper}" stroke-width="3" stroke-linejoin="round" paint-order="stroke">${captions.join("")}</g>
</g>
${legend.join("")}
<text x="28" y="${high - 16}" fill="${tokens.soft}">${text(network.credit)}</text>
</svg>
`;
}

/** The picture in pixels, twice as fine. */
export async function png(picture: string): Promise<Blob> {
  const address = URL.createObjectURL(new Blob([picture], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * image.naturalWidth, 2 * image.naturalHeight];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large."))),
        "image/png",
      );
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function colour(token: string, { tokens }: Look): string {
  return tokens.groups[Number(token.slice(1)) - 1] ?? tokens.edge;
}

function n(number: number): string {
  return String(Number(number.toFixed(1)));
}

/** Escaped, without the characters that XML 1.0 cannot hold. */
function text(value: string): string {
  return value
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu, "\ufffd")
    .replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
