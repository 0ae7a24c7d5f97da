// What the columns of an answer can be drawn as.

export interface Term {
  value: string;
  type: string;
  datatype?: string;
}
export type Row = Record<string, Term | undefined>;

const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set(
  ["integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger", "positiveInteger"].map(
    (name) => XSD + name,
  ),
);
const DATES = new Set(["date", "dateTime", "gYear", "gYearMonth"].map((name) => XSD + name));
const POINT = /^\s*(?:<[^>]*>\s*)?POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)\s*$/i;

export const isIri = (term: Term | undefined): boolean => term?.type === "uri";

/** The variables whose every value, where there is one, passes a test; at least one value must. */
function columns(variables: string[], rows: Row[], test: (term: Term) => boolean): string[] {
  return variables.filter((name) => {
    const bound = rows.map((row) => row[name]).filter((term) => term !== undefined);
    return bound.length > 0 && bound.every(test);
  });
}

export const numbers = (variables: string[], rows: Row[]) =>
  columns(variables, rows, (term) => NUMBERS.has(term.datatype ?? "") && Number.isFinite(Number(term.value)));

export const dates = (variables: string[], rows: Row[]) =>
  columns(variables, rows, (term) => DATES.has(term.datatype ?? "") && span(term.value) !== undefined);

export const iris = (variables: string[], rows: Row[]) => columns(variables, rows, isIri);

/** The first and the last moment (milliseconds) of a date of which only the month or the year may be known. */
export function span(text: string): [number, number] | undefined {
  const found = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?/.exec(text);
  if (!found) return undefined;
  const [year, month, day] = found.slice(1).map((part) => (part ? Number(part) : undefined));
  if (year === undefined) return undefined;
  const from = Date.UTC(year, (month ?? 1) - 1, day ?? 1);
  if (month === undefined) return [from, Date.UTC(year + 1, 0, 1)];
  if (day === undefined) return [from, Date.UTC(year, month, 1)];
  return [from, Date.UTC(year, month - 1, day + 1)];
}

/** Where a row lies (longitude, latitude): a WKT point, or two columns that are called so. */
export function places(
  variables: string[],
  rows: Row[],
): ((row: Row) => [number, number] | undefined) | undefined {
  const point = columns(variables, rows, (term) => POINT.test(term.value))[0];
  if (point) {
    return (row) => {
      const found = POINT.exec(row[point]?.value ?? "");
      return found ? [Number(found[1]), Number(found[2])] : undefined;
    };
  }
  const numeric = numbers(variables, rows);
  const latitude = numeric.find((name) => /^lat/i.test(name));
  const longitude = numeric.find((name) => /^(lon|lng)/i.test(name));
  if (!latitude || !longitude) return undefined;
  return (row) => {
    const [north, east] = [row[latitude], row[longitude]];
    return north && east ? [Number(east.value), Number(north.value)] : undefined;
  };
}

/** The column that names rows best: one whose name says so, else the first text, else the first that is left. */
export function naming(variables: string[], rows: Row[], drawn: (string | undefined)[]): string | undefined {
  const left = variables.filter((name) => !drawn.includes(name));
  const literal = left.filter((name) => rows.some((row) => row[name]?.type.includes("literal")));
  return left.find((name) => /label|name|title/i.test(name)) ?? literal[0] ?? left[0];
}

/** The column that names the things of another: `event` by `eventLabel`, `event_label` or `eventName`. */
export const namesOf = (column: string, variables: string[]) =>
  variables.find((name) => name !== column && new RegExp(`^${column}_?(label|name|title)$`, "i").test(name));

/** A term in few letters: a literal as it is, an IRI by prefix or by its end. */
export function brief(term: Term | undefined, prefixes: Record<string, string>): string {
  if (!term) return "";
  if (term.type !== "uri") return term.value;
  for (const [prefix, namespace] of Object.entries(prefixes)) {
    if (term.value.startsWith(namespace)) return `${prefix}:${term.value.slice(namespace.length)}`;
  }
  return term.value.replace(/^.*[/#](?=[^/#]+[/#]?$)/, "") || term.value;
}
