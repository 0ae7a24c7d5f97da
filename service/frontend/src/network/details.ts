// What is selected: a node with those that it is tied to, or a tie with the reasons for it, down to the lines.
import type { Addresses } from "./addresses";
import { ending, said } from "./colours";
import type { Part } from "./cut";
import type { Network } from "./data";
import { spoken } from "./dates";
import type { Hit } from "./hits";
import { element, isolated, number, quiet } from "./elements";
import type { Measure } from "./measures";

const NEIGHBOURS = 60;

export class Details {
  private shown = "";
  private asking: AbortController | undefined;

  constructor(
    private readonly place: HTMLElement,
    private readonly network: Network,
    private readonly attributes: string[],
    private readonly addresses: Addresses,
    private readonly choose: (hit: Hit) => void,
  ) {}

  show(part: Part, node: number | null, tie: number | null, measures: Measure[]): void {
    const key = JSON.stringify([node, tie]);
    const moved = key !== this.shown;
    const focused = moved && this.place.contains(document.activeElement);
    this.shown = key;
    this.asking?.abort();
    if (tie !== null) this.tie(part, tie);
    else if (node !== null) this.node(part, node, measures);
    else {
      const hint = "Nothing is selected. Click a node or a tie, find a name, or choose a row of the tables.";
      this.place.replaceChildren(element("p", { className: "soft", textContent: hint }));
    }
    if (focused) this.place.querySelector<HTMLElement>("h2")?.focus();
  }

  private heading(...inside: (Node | string)[]): HTMLElement {
    const clear = quiet("✕", () => this.choose(null), "Select nothing");
    return element("div", { className: "head" }, element("h2", { tabIndex: -1 }, ...inside), clear);
  }

  private node(part: Part, at: number, measures: Measure[]): void {
    const { network } = this;
    const thing = network.things[at];
    if (!thing) return;
    const kinds = [
      ...this.attributes.map((name) => said(network, thing, name)),
      thing.classes.length ? ending(thing.classes[0] ?? "") : "",
    ];
    const facts = element("dl", {});
    for (const { words, value } of measures) {
      facts.append(
        element(
          "div",
          {},
          element("dt", { textContent: words }),
          element("dd", { textContent: number(value(at)) }),
        ),
      );
    }
    const links = element(
      "p",
      { className: "links" },
      element("a", { href: this.addresses.document(thing.id), textContent: "All about it" }),
      " ",
      element("a", { href: this.addresses.around(thing.id), textContent: "Only what is around it" }),
    );
    const ties = (network.tiesOf[at] ?? [])
      .filter((tie) => part.ties[tie])
      .sort((a, b) => (part.weights[b] ?? 0) - (part.weights[a] ?? 0));
    const rows = ties.slice(0, NEIGHBOURS).map((tie) => this.neighbour(part, at, tie));
    const left = ties.length - rows.length;
    this.place.replaceChildren(
      this.heading(isolated(thing.label)),
      element("p", { className: "soft", textContent: kinds.find(Boolean) ?? "" }),
      links,
      facts,
      element("h3", { textContent: ties.length ? `Tied to ${ties.length}` : "Tied to none, in this part" }),
      element("ul", { className: "neighbours" }, ...rows),
      left > 0
        ? element("p", { className: "soft", textContent: `and ${left} more, in the table of ties` })
        : "",
    );
  }

  private neighbour(part: Part, at: number, index: number): HTMLElement {
    const { network } = this;
    const tie = network.ties[index]!;
    const other = tie.source === at ? tie.target : tie.source;
    const name = network.things[other]?.label ?? "";
    const way = !network.directed ? "" : tie.source === at ? "→ " : "← ";
    const go = quiet("", () => this.choose({ node: other }));
    go.className = "as-link";
    go.append(way, isolated(name));
    return element(
      "li",
      {},
      go,
      quiet(
        `why? ${number(part.weights[index] ?? 0)}`,
        () => this.choose({ tie: index }),
        `Why? Tied to ${name} with weight ${number(part.weights[index] ?? 0)}`,
      ),
    );
  }

  private tie(part: Part, index: number): void {
    const { network } = this;
    const tie = network.ties[index]!;
    const [a, b] = [network.things[tie.source]!, network.things[tie.target]!];
    const end = (at: number, label: string) => {
      const go = quiet("", () => this.choose({ node: at }));
      go.className = "as-link";
      go.append(isolated(label));
      return go;
    };
    const reasons = tie.because.filter((at) => part.reasons[at]).map((at) => network.reasons[at]!);
    const list = element(
      "ul",
      { className: "reasons" },
      ...reasons.map(({ id, label, start }) =>
        element(
          "li",
          {},
          element("a", { href: this.addresses.document(id) }, isolated(label)),
          " ",
          element("small", { textContent: start ? spoken(start) : "no date" }),
        ),
      ),
    );
    const address = this.addresses.tie(a.id, b.id);
    this.place.replaceChildren(
      this.heading("Why are they tied?"),
      element(
        "p",
        {},
        end(tie.source, a.label),
        network.directed ? " → " : " and ",
        end(tie.target, b.label),
      ),
      element("p", {
        className: "soft",
        textContent: `Weight ${number(part.weights[index] ?? 0)}, ${reasons.length} ${reasons.length === 1 ? "reason" : "reasons"}`,
      }),
      list,
      element("p", {}, element("a", { href: address, textContent: "This tie on a page of its own" })),
    );
    void this.lines(address, list);
  }

  /** The reasons with their lines, as the tie's own page has them; without the page those that are known stay. */
  private async lines(address: string, list: HTMLElement): Promise<void> {
    this.asking = new AbortController();
    list.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { signal: this.asking.signal, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector("main ul.reasons");
      if (answer.ok && found) list.replaceChildren(...document.importNode(found, true).children);
      list.dataset.lines = "";
    } catch {
      // Something else was selected meanwhile, or the server is gone.
    }
    list.removeAttribute("aria-busy");
  }
}
