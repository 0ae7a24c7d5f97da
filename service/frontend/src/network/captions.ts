// Labels in a drawing: each right of its node or left of it, below or above, wherever there is room; those that come first have first choice.

export interface Spot {
  node: number;
  text: string;
  x: number;
  y: number;
  radius: number;
}

export interface Caption {
  node: number;
  text: string;
  x: number;
  y: number;
  align: "left" | "right" | "center";
}

export const FONT = 12;
const LONGEST = 40;
const MOST = 140;
const MOST_TRIED = 700;
const MOST_KEPT_CLEAR = 800;
const CELL = 80;

type Box = readonly [left: number, top: number, right: number, bottom: number];

/** Texts for canvases: one line, not too long. Canvas and SVG text need no other escaping. */
export function shortened(text: string): string {
  const line = text
    .slice(0, 400)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  const letters = [...line];
  return letters.length <= LONGEST
    ? line
    : `${letters
        .slice(0, LONGEST - 1)
        .join("")
        .trimEnd()}…`;
}

/** Places as many as there is room for. `spots` come by importance; labels cover neither another label nor one of the first hundreds of nodes. */
export function place(
  spots: Spot[],
  wide: (text: string) => number,
  width: number,
  height: number,
): Caption[] {
  const taken = new Boxes();
  const found: Caption[] = [];
  const seen = spots.filter(({ x, y }) => x >= 0 && y >= 0 && x <= width && y <= height);
  for (const { node, x, y, radius } of seen.slice(0, MOST_KEPT_CLEAR)) {
    taken.add([x - radius, y - radius, x + radius, y + radius], node);
  }
  for (const { node, text, x, y, radius } of seen.slice(0, MOST_TRIED)) {
    if (found.length >= MOST) break;
    if (!text) continue;
    const length = wide(text);
    const gap = radius + 4;
    const inside = Math.max(length / 2 + 4, Math.min(x, width - length / 2 - 4));
    const ways: [number, number, Caption["align"], number][] = [
      [x + gap, y + 4, "left", x + gap],
      [x - gap, y + 4, "right", x - gap - length],
      [x, y + gap + 10, "center", x - length / 2],
      [x, y - gap, "center", x - length / 2],
      [inside, y + gap + 10, "center", inside - length / 2],
      [inside, y - gap, "center", inside - length / 2],
    ];
    for (const [atX, atY, align, left] of ways) {
      const box: Box = [left - 2, atY - FONT + 2, left + length + 2, atY + 3];
      if (box[0] < 2 || box[2] > width - 2 || taken.meet(box, node)) continue;
      taken.add(box, -1);
      found.push({ node, text, x: atX, y: atY, align });
      break;
    }
  }
  return found;
}

/** Boxes by the cells of a grid that they lie in, so that few are compared. */
class Boxes {
  private readonly cells = new Map<number, [Box, number][]>();

  add(box: Box, of: number): void {
    for (const cell of this.under(box)) {
      const found = this.cells.get(cell);
      if (found) found.push([box, of]);
      else this.cells.set(cell, [[box, of]]);
    }
  }

  /** Whether a box overlaps another, one of the same node apart. */
  meet(box: Box, of: number): boolean {
    for (const cell of this.under(box)) {
      if (this.cells.get(cell)?.some(([other, node]) => node !== of && overlap(box, other))) return true;
    }
    return false;
  }

  private *under([left, top, right, bottom]: Box): Generator<number> {
    for (let x = Math.floor(left / CELL); x <= right / CELL; x++) {
      for (let y = Math.floor(top / CELL); y <= bottom / CELL; y++) yield x * 4096 + y;
    }
  }
}

function overlap(one: Box, two: Box): boolean {
  return one[0] < two[2] && two[0] < one[2] && one[1] < two[3] && two[1] < one[3];
}
