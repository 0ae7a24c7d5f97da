// The two tables of a network: its nodes and its ties, as far as they are shown.
import type { Addresses } from "./addresses";
import { said } from "./colours";
import type { Config } from "./config";
import type { Part } from "./cut";
import type { Network } from "./data";
import { element, isolated, number } from "./elements";
import type { Hit } from "./hits";
import type { Measure } from "./measures";
import { Table } from "./table";

const REASONS = 3;

export function nodeTable(
  table: HTMLTableElement,
  network: Network,
  { attributes }: Config,
  addresses: Addresses,
  measures: Measure[],
  choose: (hit: Hit) => void,
): Table<number> {
  const label = (at: number) => network.things[at]?.label ?? "";
  return new Table(
    table,
    [
      { name: "Node", value: label, cell: (at) => link(addresses, network.things[at]) },
      ...attributes.map((name) => ({
        name,
        value: (at: number) => said(network, network.things[at]!, name),
      })),
      ...measures.map(({ words, value }) => ({
        name: words,
        number: true,
        value,
        cell: (at: number) => number(value(at)),
      })),
    ],
    label,
    (node) => choose({ node }),
  );
}

export function tieTable(
  table: HTMLTableElement,
  network: Network,
  addresses: Addresses,
  part: () => Part,
  choose: (hit: Hit) => void,
): Table<number> {
  const tie = (at: number) => network.ties[at]!;
  const label = (at: number) => network.things[at]?.label ?? "";
  const weight = (at: number) => part().weights[at] ?? 0;
  const because = (at: number) => tie(at).because.filter((reason) => part().reasons[reason]);
  const end = (name: string, of: (at: number) => number) => ({
    name,
    value: (at: number) => label(of(at)),
    cell: (at: number) => link(addresses, network.things[of(at)]),
  });
  return new Table(
    table,
    [
      end(network.directed ? "From" : "Between", (at) => tie(at).source),
      end(network.directed ? "To" : "And", (at) => tie(at).target),
      { name: "Weight", number: true, value: weight, cell: (at) => number(weight(at)) },
      {
        name: "Because",
        value: (at) => because(at).length,
        cell: (at) => reasons(network, addresses, because(at)),
      },
    ],
    (at) => `the tie between ${label(tie(at).source)} and ${label(tie(at).target)}`,
    (at) => choose({ tie: at }),
  );
}

function reasons(network: Network, addresses: Addresses, because: number[]): HTMLElement {
  const rows = because.slice(0, REASONS).map((at) => {
    const reason = network.reasons[at];
    return element(
      "li",
      {},
      link(addresses, reason),
      " ",
      element("small", { textContent: reason?.start ?? "no date" }),
    );
  });
  const left = because.length - rows.length;
  const more = left > 0 ? [element("li", { className: "soft", textContent: `and ${left} more` })] : [];
  return element("ul", {}, ...rows, ...more);
}

function link(addresses: Addresses, thing: { id: string; label: string } | undefined): HTMLAnchorElement {
  return element("a", { href: addresses.document(thing?.id ?? "") }, isolated(thing?.label ?? ""));
}
