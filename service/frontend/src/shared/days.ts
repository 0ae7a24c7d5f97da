/** Days as numbers (since 1 January 1970, UTC), and the periods of the calendar that they lie in. */
export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LENGTHS = { day: 1, week: 7, month: 30.4, quarter: 91.3, year: 365.2, decade: 3652, century: 36525 };
const MONTHS_LONG = { month: 1, quarter: 3, year: 12, decade: 120, century: 1200 };
export type Unit = keyof typeof LENGTHS;
const DAY = 86_400_000;

/** The first day of a date such as 2004, 2004-06 or 2004-06-23. */
export function firstDay(text: string): number {
  return new Date(`${text}${"-01-01".slice(text.length - 4)}T00:00:00Z`).getTime() / DAY;
}

/** The last day of a date. */
export function lastDay(text: string): number {
  if (text.length > 7) return firstDay(text);
  const date = new Date(firstDay(text) * DAY);
  if (text.length === 4) date.setUTCFullYear(date.getUTCFullYear() + 1);
  else date.setUTCMonth(date.getUTCMonth() + 1);
  return date.getTime() / DAY - 1;
}

/** A day as YYYY-MM-DD. */
export function isoDay(day: number): string {
  return new Date(Math.round(day) * DAY).toISOString().slice(0, 10);
}

/** The shortest unit of which no more than `most` lie between two days. */
export function finest(first: number, last: number, most: number): Unit {
  const units = Object.keys(LENGTHS) as Unit[];
  return units.find((unit) => (last - first + 1) / LENGTHS[unit] <= most) ?? "century";
}

/** Where periods of a unit begin between two days, with what to write there. */
export function ticks(first: number, last: number, most: number): { day: number; name: string }[] {
  const unit = finest(first, last, most);
  const found: { day: number; name: string }[] = [];
  for (let day = startOf(unit, first); day <= last && found.length < 200; day = after(unit, day)) {
    if (day >= first) found.push({ day, name: nameOf(unit, day) });
  }
  return found;
}

function startOf(unit: Unit, at: number): number {
  const day = Math.floor(at);
  if (unit === "day") return day;
  if (unit === "week") return day - ((((day + 3) % 7) + 7) % 7); // the first of 1970 was a Thursday
  const date = new Date(day * DAY);
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth();
  return ofMonth(months - (months % MONTHS_LONG[unit]));
}

function after(unit: Unit, day: number): number {
  if (unit === "day" || unit === "week") return day + LENGTHS[unit];
  const date = new Date(day * DAY);
  return ofMonth(date.getUTCFullYear() * 12 + date.getUTCMonth() + MONTHS_LONG[unit]);
}

function ofMonth(months: number): number {
  const date = new Date(0);
  date.setUTCFullYear(Math.floor(months / 12), months % 12, 1);
  return date.getTime() / DAY;
}

function nameOf(unit: Unit, day: number): string {
  const date = new Date(day * DAY);
  const [year, month] = [date.getUTCFullYear(), MONTHS[date.getUTCMonth()]];
  if (unit === "day" || unit === "week") {
    const early = date.getUTCMonth() === 0 && date.getUTCDate() <= 7;
    return `${date.getUTCDate()} ${month}${early ? ` ${year}` : ""}`;
  }
  if (unit === "month" || unit === "quarter")
    return date.getUTCMonth() === 0 ? `${month} ${year}` : `${month}`;
  return String(year);
}
