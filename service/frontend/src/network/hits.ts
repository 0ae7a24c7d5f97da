// What is meant by a point of the drawing.
import type { Spot } from "./captions";
import type { Tie } from "./data";

/** What is under the pointer; null for nothing. */
export type Hit = { node: number } | { tie: number } | null;

/** Pixels. */
const NEAR = 6;

/** The nearest node that is near enough, or else the nearest tie; `spots` of nodes that are not drawn are null. */
export function hitAt(
  x: number,
  y: number,
  spots: (Spot | null)[],
  ties: Tie[],
  drawn: ArrayLike<unknown>,
): Hit {
  let [hit, least]: [Hit, number] = [null, NEAR];
  for (const spot of spots) {
    const distance = spot ? Math.hypot(x - spot.x, y - spot.y) - spot.radius : Infinity;
    if (spot && distance < least) [hit, least] = [{ node: spot.node }, distance];
  }
  if (hit) return hit;
  ties.forEach((tie, at) => {
    const [a, b] = [spots[tie.source], spots[tie.target]];
    const distance = a && b && drawn[at] ? away(x, y, a, b) : Infinity;
    if (distance < least) [hit, least] = [{ tie: at }, distance];
  });
  return hit;
}

/** How far a point is from a line between two nodes. */
function away(x: number, y: number, a: Spot, b: Spot): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const along = Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - a.x - along * dx, y - a.y - along * dy);
}
