/** Events in lanes and rows, with as many labels as there is room for: as `drawings/lanes.py` of the service does, at the real width. */
export interface Event {
  iri: string;
  url: string;
  label: string;
  start: string;
  end?: string;
  first: string;
  last: string;
  when: string;
  status?: string;
  type?: string[];
  organizers?: string[];
  places?: string[];
}

export interface Placed {
  event: Event;
  left: number;
  right: number;
  row: number;
  label: string;
  turned: boolean;
}

/** How many pixels a text takes. */
export type Wide = (text: string) => number;

export interface Lane {
  name: string;
  count: number;
  colour: number;
  marks: Placed[];
  rows: number;
}

export const ROW = 24;
export const HEAD = 28;
const MOST_ROWS = 10;
const MOST_LANES = 8;
const DOT = 24;
const LONGEST = 48;
const SHORTEST = 8;
const SPACE = 16; // pixels
const NONE = "Not stated";
const OTHERS = "Others";

/** What the lanes of an event are called. */
export function lanesOf(event: Event, by: string): string[] {
  const names = by === "type" ? event.type : by === "body" ? event.organizers : ["Events"];
  return names?.length ? names : [NONE];
}

/** The names of all lanes in the order in which they stand, so that a lane keeps its place and colour while one zooms. */
export function orderOf(events: Event[], by: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) {
    for (const name of lanesOf(event, by)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts.keys()].sort(
    (a, b) =>
      Number(a === NONE) - Number(b === NONE) ||
      counts.get(b)! - counts.get(a)! ||
      (a < b ? -1 : a > b ? 1 : 0),
  );
  const kept = names.length <= MOST_LANES ? names : names.slice(0, MOST_LANES - 1);
  return new Map(kept.map((name, at) => [name, at]));
}

/** The lanes of events, whose place on the axis `x` tells, in a drawing so wide. */
export function lay(
  events: { event: Event; left: number; right: number }[],
  by: string,
  order: Map<string, number>,
  width: number,
  wide: Wide,
): Lane[] {
  const groups = new Map<string, typeof events>();
  for (const one of events) {
    const names = lanesOf(one.event, by).map((name) => (order.has(name) ? name : OTHERS));
    for (const name of new Set(names)) groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const rank = (name: string) => order.get(name) ?? MOST_LANES;
  return [...groups.keys()]
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => {
      const group = groups.get(name)!;
      const marks = place(group, width, wide);
      const rows = Math.max(...marks.map((mark) => mark.row)) + 1;
      return { name, count: group.length, colour: order.has(name) ? (rank(name) % 8) + 1 : 8, marks, rows };
    });
}

/** A label of so many letters at most. */
const cut = (label: string, most: number) =>
  label.length <= most ? label : `${label.slice(0, most - 1).trimEnd()}…`;

/** A label that fits into so much room; nothing where no more than its beginning would. */
function fitted(label: string, room: number, wide: Wide): string {
  let text = label;
  for (let most = label.length - 1; wide(text) + SPACE > room; most--) {
    if (most < SHORTEST) return "";
    text = cut(label, most);
  }
  return text;
}

function place(events: { event: Event; left: number; right: number }[], width: number, wide: Wide): Placed[] {
  const marks: number[] = [];
  const texts: number[] = [];
  const latest: Placed[] = [];
  const found: Placed[] = [];
  for (const { event, left, right } of [...events].sort((a, b) => a.left - b.left || a.right - b.right)) {
    // Beside its mark, on the side with more room where neither has enough: shortened, so that no edge cuts it.
    const whole = cut(event.label, LONGEST);
    const needed = wide(whole) + SPACE;
    const turned = right + needed > width && left > Math.min(needed, width - right);
    const text = fitted(whole, turned ? left : width - right, wide);
    const room = wide(text) + SPACE;
    const begins = turned ? left - room : left;
    let row = texts.findIndex((end) => end <= begins);
    let label = text;
    if (row < 0 && marks.length < MOST_ROWS) row = marks.length;
    else if (row < 0) {
      row = marks.indexOf(Math.min(...marks));
      const before = latest[row];
      if (before && texts[row]! > left) before.label = "";
      if (turned) label = "";
    }
    const mark = { event, left, right, row, label, turned };
    marks[row] = right + DOT;
    texts[row] = turned ? right + DOT : Math.max(right + room, right + DOT);
    latest[row] = mark;
    found.push(mark);
  }
  return found;
}
