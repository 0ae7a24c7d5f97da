// Results drawn as bars, on a time axis, as a network: plugins of YASR, each for answers whose columns allow it.
import type Yasr from "@zazuko/yasr";
import { brief, dates, iris, isIri, naming, namesOf, numbers, type Row, span } from "./columns";
import { linked, picture, short, svg } from "./svg";

const MOST_BARS = 80;
const MOST_ON_AXIS = 400;
const MOST_TIES = 5_000;

/** What a plugin of YASR must have; its own types are not exported as a class that can be extended. */
export abstract class Drawing {
  priority = 5;
  abstract label: string;
  protected abstract icon: string;

  constructor(protected yasr: Yasr) {}

  /** The drawing, or nothing if the columns do not allow it. */
  abstract drawing(variables: string[], rows: Row[]): (() => Node | Promise<Node>) | undefined;

  canHandleResults(): boolean {
    return this.found() !== undefined;
  }

  async draw(): Promise<void> {
    const make = this.found();
    if (make) this.yasr.resultsEl.replaceChildren(await make());
  }

  getIcon(): Element {
    const icon = svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: "icon" });
    icon.append(svg("path", { d: this.icon, fill: "none", stroke: "currentColor", "stroke-width": 1.5 }));
    return icon;
  }

  destroy(): void {}

  protected name(term: Row[string]): string {
    return brief(term, this.yasr.getPrefixes());
  }

  private found() {
    const results = this.yasr.results;
    if (!results || results.hasError() || !results.getBindings()?.length) return undefined;
    return this.drawing(results.getVariables(), results.getBindings() as unknown as Row[]);
  }
}

/** A bar a row: the first column of numbers, named by the column that names best. */
export class Chart extends Drawing {
  label = "Chart";
  protected icon = "M2 14V8h3v6M7 14V3h3v11M12 14V6h3v8";

  drawing(variables: string[], rows: Row[]) {
    const value = numbers(variables, rows)[0];
    const name = naming(variables, rows, [value]);
    if (!value || !name) return undefined;
    return () => {
      const shown = rows.slice(0, MOST_BARS);
      const most = Math.max(...shown.map((row) => Number(row[value]?.value ?? 0)), 0) || 1;
      const bars = shown.map((row, at) => {
        const number = Number(row[value]?.value ?? 0);
        const text = row[namesOf(name, variables) ?? name];
        const thing = Object.values(row).find(isIri);
        return svg(
          "g",
          { transform: `translate(0 ${at * 26})` },
          linked(
            thing?.value,
            svg("text", { x: 292, y: 17, "text-anchor": "end" }, short(this.name(text), 42)),
          ),
          svg("rect", { x: 300, y: 4, height: 18, width: Math.max(0, (number / most) * 600), class: "c1" }),
          svg(
            "text",
            { x: 308 + Math.max(0, (number / most) * 600), y: 17, class: "soft" },
            number.toLocaleString("en"),
          ),
        );
      });
      const says = `${value} of ${shown.length} of ${rows.length} rows as bars; the table has the same numbers.`;
      return picture(1000, shown.length * 26, says, ...bars);
    };
  }
}

/** A line a row: from the first column of dates to the second, if there is one; what is known to the month or year covers all of it. */
export class Timeline extends Drawing {
  label = "Timeline";
  protected icon = "M1 4h14M3 8h6M7 12h7";

  drawing(variables: string[], rows: Row[]) {
    const [start, end] = dates(variables, rows);
    if (!start) return undefined;
    const name = naming(variables, rows, [start, end]);
    return () => {
      const dated = rows.flatMap((row) => {
        const [first, last] = [span(row[start]?.value ?? ""), span(row[end ?? ""]?.value ?? "")];
        return first ? [{ row, from: first[0], until: Math.max(first[1], last?.[1] ?? 0) }] : [];
      });
      const shown = dated.sort((a, b) => a.from - b.from).slice(0, MOST_ON_AXIS);
      const [from, until] = [
        Math.min(...shown.map((event) => event.from)),
        Math.max(...shown.map((event) => event.until)),
      ];
      const x = (moment: number) => 10 + ((moment - from) / (until - from || 1)) * 980;
      const height = 30 + shown.length * 22;
      const lines = shown.map(({ row, from: begins, until: ends }, at) => {
        const y = 30 + at * 22;
        const right = x(begins) > 640;
        const thing = Object.values(row).find(isIri);
        const text = `${name ? short(this.name(row[name]), 48) : ""} ${row[start]?.value ?? ""}`;
        return svg(
          "g",
          {},
          svg("rect", {
            x: x(begins),
            y: y + 3,
            width: Math.max(3, x(ends) - x(begins)),
            height: 14,
            rx: 2,
            class: "c1",
          }),
          linked(
            thing?.value,
            svg(
              "text",
              { x: right ? x(begins) - 6 : x(ends) + 6, y: y + 14, "text-anchor": right ? "end" : "start" },
              text,
            ),
          ),
        );
      });
      const says = `${shown.length} of ${rows.length} rows on a time axis, in order of ${start}.`;
      return picture(1000, height, says, ...axis(from, until, x, height), ...lines);
    };
  }
}

/** Years, or months where there are few of them, as lines with names. */
function axis(from: number, until: number, x: (moment: number) => number, height: number): Node[] {
  const first = new Date(from);
  const months = (until - from) / 2.63e9;
  const step = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200].find((size) => months / size <= 14) ?? 6000;
  const marks: Node[] = [];
  const base = first.getUTCFullYear() * 12 + first.getUTCMonth();
  for (let month = Math.ceil(base / step) * step; ; month += step) {
    const moment = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (moment > until || marks.length > 60) return marks;
    const name = step < 12 ? new Date(moment).toISOString().slice(0, 7) : String(Math.floor(month / 12));
    marks.push(svg("line", { x1: x(moment), x2: x(moment), y1: 20, y2: height, class: "rule" }));
    marks.push(svg("text", { x: x(moment), y: 14, "text-anchor": "middle", class: "soft" }, name));
  }
}

/** The first two columns of things as ends of ties. */
export class Network extends Drawing {
  label = "Network";
  protected icon = "M4 4l8 3M4 4l2 8M12 7l-6 5M4 4h.1M12 7h.1M6 12h.1";

  drawing(variables: string[], rows: Row[]) {
    const [source, target] = iris(variables, rows);
    if (!source || !target || rows.length > MOST_TIES) return undefined;
    return async () => {
      const { network } = await import("./network");
      const label = (column: string) => namesOf(column, variables) ?? column;
      const ties = rows.flatMap((row) => {
        const [from, to] = [row[source], row[target]];
        if (!from || !to) return [];
        const ends = [
          { iri: from.value, label: this.name(row[label(source)] ?? from), side: 0 },
          { iri: to.value, label: this.name(row[label(target)] ?? to), side: 1 },
        ] as const;
        return [ends];
      });
      return network(
        ties,
        `${source} and ${target} as a network of ${rows.length} ties; the table says the same.`,
      );
    };
  }
}
