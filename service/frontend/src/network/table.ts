// A table of what the drawing shows: the same selection, sorted by any column, a page at a time.
import { element, isolated, quiet } from "./elements";

export interface Column<Row> {
  name: string;
  number?: boolean;
  value: (row: Row) => string | number;
  /** What the cell holds, if it is more than the value. */
  cell?: (row: Row) => Node | string;
}

const ROWS = 25;

export class Table<Row> {
  private rows: Row[] = [];
  private selected: Row | null = null;
  private page = 0;
  private sorted: number;
  private descending = true;
  private readonly body: HTMLTableSectionElement;
  private readonly pages = element("div", { className: "pages" });
  private readonly heads: HTMLTableCellElement[];

  constructor(
    private readonly table: HTMLTableElement,
    private readonly columns: Column<Row>[],
    private readonly named: (row: Row) => string,
    private readonly choose: (row: Row) => void,
  ) {
    this.sorted = Math.max(
      0,
      columns.findIndex(({ number }) => number),
    );
    this.heads = columns.map((column, at) => {
      const button = quiet(column.name.charAt(0).toUpperCase() + column.name.slice(1), () => this.sort(at));
      button.className = "sort";
      return element("th", { scope: "col", className: column.number ? "number" : "" }, button);
    });
    const first = element(
      "th",
      { scope: "col" },
      element("span", { className: "unseen", textContent: "In the drawing" }),
    );
    table.tHead?.replaceChildren(element("tr", {}, first, ...this.heads));
    this.body = table.tBodies[0] ?? table.createTBody();
    table.after(this.pages);
    this.body.addEventListener("click", (event) => {
      const row = (event.target as Element).closest("tr");
      if (!row || (event.target as Element).closest("a, button") || !getSelection()?.isCollapsed) return;
      row.querySelector("button")?.click();
    });
  }

  show(rows: Row[], selected: Row | null): void {
    this.rows = rows;
    this.order();
    const moved = selected !== this.selected;
    this.selected = selected;
    const at = selected === null ? -1 : this.rows.indexOf(selected);
    if (moved && at >= 0) this.page = Math.floor(at / ROWS);
    this.draw();
  }

  private sort(at: number): void {
    this.descending = at === this.sorted ? !this.descending : Boolean(this.columns[at]?.number);
    this.sorted = at;
    this.page = 0;
    this.order();
    this.draw();
  }

  private order(): void {
    const value = this.columns[this.sorted]?.value ?? (() => 0);
    const sign = this.descending ? -1 : 1;
    const compared = (a: string | number, b: string | number) =>
      typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
    const keyed = this.rows.map((row) => [row, value(row)] as const);
    this.rows = keyed.sort(([, a], [, b]) => sign * compared(a, b)).map(([row]) => row);
  }

  private draw(): void {
    const last = Math.max(0, Math.ceil(this.rows.length / ROWS) - 1);
    this.page = Math.min(this.page, last);
    const begin = this.page * ROWS;
    const focused =
      this.body.contains(document.activeElement) && document.activeElement?.closest("tr")?.rowIndex;
    this.body.replaceChildren(...this.rows.slice(begin, begin + ROWS).map((row) => this.line(row)));
    if (typeof focused === "number") this.table.rows[focused]?.querySelector("button")?.focus();
    this.heads.forEach((head, at) => {
      if (at === this.sorted) head.setAttribute("aria-sort", this.descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const turn = (words: string, by: number, ends: boolean) => {
      const button = quiet(words, () => {
        this.page += by;
        this.draw();
        this.pages.querySelector<HTMLButtonElement>("button:not(:disabled)")?.focus();
      });
      button.disabled = ends;
      return button;
    };
    this.pages.hidden = last === 0;
    const range = `${begin + 1} to ${Math.min(begin + ROWS, this.rows.length)} of ${this.rows.length.toLocaleString("en")}`;
    this.pages.replaceChildren(
      turn("Back", -1, this.page === 0),
      element("span", { className: "soft", textContent: range }),
      turn("On", 1, this.page === last),
    );
  }

  private line(row: Row): HTMLTableRowElement {
    const chosen = row === this.selected;
    const button = quiet("", () => this.choose(row), `Select ${this.named(row)}`);
    button.classList.add("select");
    button.setAttribute("aria-pressed", String(chosen));
    const cells = this.columns.map((column) => {
      const inside =
        column.cell?.(row) ??
        (column.number ? String(column.value(row)) : isolated(String(column.value(row))));
      return element("td", { className: column.number ? "number" : "" }, inside);
    });
    return element("tr", { className: chosen ? "on" : "" }, element("td", {}, button), ...cells);
  }
}
