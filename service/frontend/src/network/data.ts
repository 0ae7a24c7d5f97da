// What the server says of a network: compact JSON (graph/muniment/network/formats/compact.py), turned into rows.
import { bounds, type Span } from "./dates";

export type Value = string | number | boolean | string[] | null;

export interface Thing {
  id: string;
  label: string;
  classes: string[];
  x: number | null;
  y: number | null;
  /** The second kind of nodes, in a network of two kinds. */
  second: boolean;
  values: Record<string, Value>;
}

export interface Reason {
  id: string;
  label: string;
  start: string | null;
  end: string | null;
  /** Days since 1970 within which it begins and within which it ends; null without a date. */
  begins: Span | null;
  ends: Span | null;
  /** What it adds to the weight of a tie. */
  share: number;
}

export interface Tie {
  source: number;
  target: number;
  weight: number;
  because: number[];
}

export interface Network {
  directed: boolean;
  title: string;
  credit: string;
  /** The namespace of our own classes. */
  terms: string;
  /** Labels of values of attributes. */
  labels: Record<string, string>;
  things: Thing[];
  reasons: Reason[];
  ties: Tie[];
  /** For each node the ties that it has. */
  tiesOf: number[][];
}

interface Compact {
  directed: boolean;
  graph: { title?: string; credit?: string; weights?: string; labels?: Record<string, string> };
  classes: string[];
  nodes: { id: string[]; label: string[]; classes?: number[][] } & Record<string, Value[]>;
  reasons: {
    id: string[];
    label: string[];
    start: (string | null)[];
    end: (string | null)[];
    size: (number | null)[];
    share: (number | null)[];
  };
  edges: { source: number[]; target: number[]; weight: number[]; because: number[][] };
}

export class Refused extends Error {}

/** Fetches a network; a refusal carries the server's own words. */
export async function fetched(address: string, terms: string): Promise<Network> {
  return rows((await json(address)) as Compact, terms);
}

/** One measure of each node, by IRI. */
export async function measured(address: string, measure: string): Promise<Map<string, number>> {
  const { nodes } = (await json(address)) as Compact;
  return new Map(nodes.id.map((id, at) => [id, Number(nodes[measure]?.[at] ?? 0)]));
}

async function json(address: string): Promise<unknown> {
  const answer = await fetch(address, {
    headers: { Accept: "application/vnd.muniment.network+json, application/problem+json" },
  });
  const found = (await answer.json()) as { detail?: string; title?: string };
  if (!answer.ok) throw new Refused(found.detail ?? found.title ?? `The server answered ${answer.status}.`);
  return found;
}

function rows({ directed, graph, classes, nodes, reasons, edges }: Compact, terms: string): Network {
  const { id, label, classes: several, x, y, bipartite, ...others } = nodes;
  const things = id.map((iri, at): Thing => {
    const values = Object.fromEntries(
      Object.entries(others).map(([name, column]) => [name, column[at] ?? null]),
    );
    return {
      id: iri,
      label: String(label[at]),
      classes: (several?.[at] ?? []).map((number) => classes[number] ?? ""),
      x: (x?.[at] as number | null | undefined) ?? null,
      y: (y?.[at] as number | null | undefined) ?? null,
      second: bipartite?.[at] === 1,
      values,
    };
  });
  const ties = edges.source.map((source, at): Tie => ({
    source,
    target: edges.target[at] ?? 0,
    weight: edges.weight[at] ?? 0,
    because: edges.because[at] ?? [],
  }));
  const tiesOf: number[][] = things.map(() => []);
  ties.forEach((tie, at) => {
    tiesOf[tie.source]?.push(at);
    tiesOf[tie.target]?.push(at);
  });
  return {
    directed,
    title: graph.title ?? "",
    credit: graph.credit ?? "",
    terms,
    labels: graph.labels ?? {},
    things,
    ties,
    tiesOf,
    reasons: reasons.id.map((iri, at): Reason => {
      const [start, end] = [reasons.start[at] ?? null, reasons.end[at] ?? null];
      const begins = start ? bounds(start) : null;
      return {
        id: iri,
        label: reasons.label[at] ?? iri,
        start,
        end,
        begins,
        ends: (end ? bounds(end) : null) ?? begins,
        share: share(graph.weights, reasons.size[at] ?? null, reasons.share[at] ?? null),
      };
    }),
  };
}

/** As `weigh` in graph/muniment/network/reasons.py. */
function share(weights: string | undefined, size: number | null, share: number | null): number {
  if (weights === "newman" && size && size > 1) return 1 / (size - 1);
  return weights === "sum" && share !== null ? share : 1;
}
