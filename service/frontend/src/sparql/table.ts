// Rows as a table that can be sorted, filtered and paged. It stands in the place of YASR's own, whose column grips need styles that the
// Content-Security-Policy does not allow, and which cannot be sorted by keyboard.
import type { Row, Term } from "./columns";
import { isIri } from "./columns";
import { Drawing } from "./drawings";
import { described } from "./svg";

const PAGE = 100;

export class Table extends Drawing {
  override priority = 10;
  label = "Table";
  protected icon = "M1 3h14v10H1zM1 6.5h14M6 3v10";

  drawing(variables: string[], rows: Row[]) {
    return () => this.table(variables, rows);
  }

  override canHandleResults(): boolean {
    return (
      !!this.yasr.results && !this.yasr.results.hasError() && this.yasr.results.getVariables()?.length > 0
    );
  }

  override async draw(): Promise<void> {
    const rows = (this.yasr.results?.getBindings() ?? []) as unknown as Row[];
    this.yasr.resultsEl.replaceChildren(this.table(this.yasr.results?.getVariables() ?? [], rows));
  }

  private table(variables: string[], rows: Row[]): Node {
    let shown = rows;
    let page = 0;
    let sorted: { by: string; down: boolean } | undefined;
    const box = element("div", "answer-table");
    const filter = Object.assign(document.createElement("input"), {
      type: "search",
      placeholder: "Filter rows",
    });
    filter.setAttribute("aria-label", "Filter rows");
    const said = element("span", "soft");
    said.role = "status";
    const back = button("Previous", () => turn(page - 1));
    const on = button("Next", () => turn(page + 1));
    const head = document.createElement("thead");
    const body = document.createElement("tbody");

    const turn = (to: number) => {
      page = to;
      const first = page * PAGE;
      body.replaceChildren(
        ...shown.slice(first, first + PAGE).map((row) => line(variables.map((name) => this.cell(row[name])))),
      );
      const last = Math.min(first + PAGE, shown.length);
      said.textContent =
        shown.length > PAGE ? `Rows ${first + 1} to ${last} of ${shown.length}` : `${shown.length} rows`;
      if (shown.length < rows.length) said.textContent += ` (of ${rows.length})`;
      back.hidden = on.hidden = shown.length <= PAGE;
      back.disabled = page === 0;
      on.disabled = last >= shown.length;
    };
    const arrange = () => {
      const words = filter.value.toLowerCase();
      const fits = (row: Row) => variables.some((name) => row[name]?.value.toLowerCase().includes(words));
      shown = words ? rows.filter(fits) : [...rows];
      if (sorted) {
        const { by, down } = sorted;
        shown.sort((a, b) => compare(a[by], b[by]) * (down ? -1 : 1));
      }
      turn(0);
    };
    const titles = variables.map((name) => {
      const title = document.createElement("th");
      title.scope = "col";
      title.append(
        button(name, () => {
          sorted = { by: name, down: sorted?.by === name && !sorted.down };
          for (const other of titles) other.removeAttribute("aria-sort");
          title.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
          arrange();
        }),
      );
      return title;
    });
    const row = document.createElement("tr");
    row.append(...titles);
    head.append(row);
    filter.addEventListener("input", arrange);
    arrange();

    const controls = element("div", "inline");
    controls.append(filter, said, back, on);
    const scroll = element("div", "scroll");
    scroll.tabIndex = 0;
    scroll.role = "region";
    scroll.setAttribute("aria-label", "Rows");
    const table = element("table", "results");
    table.append(head, body);
    scroll.append(table);
    box.append(controls, scroll);
    return box;
  }

  private cell(term: Term | undefined): Node {
    if (!term) return document.createTextNode("");
    const name = element("bdi", "");
    name.textContent = isIri(term) ? this.name(term) : term.value;
    if (isIri(term)) {
      const link = document.createElement("a");
      link.href = described(term.value);
      link.title = term.value;
      link.append(name);
      return link;
    }
    if (term.datatype) name.title = this.name({ value: term.datatype, type: "uri" });
    return name;
  }
}

function compare(one: Term | undefined, other: Term | undefined): number {
  if (!one || !other) return one ? -1 : other ? 1 : 0; // what is not bound comes last
  const [a, b] = [Number(one.value), Number(other.value)];
  if (one.value && other.value && Number.isFinite(a) && Number.isFinite(b)) return a - b;
  return one.value.localeCompare(other.value);
}

function line(cells: Node[]): HTMLTableRowElement {
  const row = document.createElement("tr");
  for (const cell of cells) {
    const data = document.createElement("td");
    data.append(cell);
    row.append(data);
  }
  return row;
}

function element(name: string, className: string): HTMLElement {
  const made = document.createElement(name);
  if (className) made.className = className;
  return made;
}

function button(text: string, press: () => void): HTMLButtonElement {
  const made = Object.assign(document.createElement("button"), {
    type: "button",
    className: "quiet",
    textContent: text,
  });
  made.addEventListener("click", press);
  return made;
}
