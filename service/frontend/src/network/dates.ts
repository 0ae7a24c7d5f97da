// Dates of which only the month or the year may be known, as graph/muniment/network/dates.py reads them. Days count from 1970-01-01.

export type Span = readonly [first: number, last: number];

const LEXICAL = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T.*|Z|[+-]\d\d:\d\d)?$/;
const DAY = 86_400_000;

/** The first and the last day that `2004`, `2004-11` or `2004-11-16` may mean; null if it is no date. */
export function bounds(text: string): Span | null {
  const match = LEXICAL.exec(text);
  if (!match) return null;
  const [year, month, day] = match.slice(1).map((part) => (part === undefined ? null : Number(part)));
  if (!year || month === 0 || (month ?? 1) > 12) return null;
  if (month == null) return [number(year, 0, 1), number(year, 11, 31)];
  const last = number(year, month, 0);
  if (day == null) return [number(year, month - 1, 1), last];
  const only = number(year, month - 1, day);
  return day >= 1 && only <= last ? [only, only] : null;
}

function number(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day) / DAY;
}

/** The steps of a slider from a day to another, as text: days, months or years, whichever are few enough to be told apart. */
export function steps(first: number, last: number): string[] {
  const length = last - first <= 92 ? 10 : last - first <= 9_500 ? 7 : 4;
  const found: string[] = [];
  for (let day = first; day <= last;) {
    const text = new Date(day * DAY).toISOString().slice(0, length);
    found.push(text);
    day = (bounds(text)?.[1] ?? day) + 1;
  }
  return found;
}

/** A date for people: `Nov 2004` or `16 Nov 2004`. */
export function spoken(text: string): string {
  const span = bounds(text);
  if (!span || text.length === 4) return text;
  const options = { month: "short", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat("en-GB", text.length > 7 ? { ...options, day: "numeric" } : options).format(
    span[0] * DAY,
  );
}
