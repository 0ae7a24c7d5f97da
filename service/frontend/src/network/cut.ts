// What is left of a network in a time and above a weight: what the server's `since`, `until`, `dates` and `min_weight` leave.
import type { Network, Reason } from "./data";
import { bounds } from "./dates";
import type { View } from "./view";

export interface Part {
  /** The weight of each tie; 0 where it is not shown. */
  weights: Float64Array;
  ties: Uint8Array;
  nodes: Uint8Array;
  /** For each node, ties that are shown. */
  degrees: Uint32Array;
  tieCount: number;
  nodeCount: number;
  /** Which reasons count. */
  reasons: Uint8Array;
}

export function cut(network: Network, view: Pick<View, "since" | "until" | "dates" | "minWeight">): Part {
  const since = (view.since && bounds(view.since)?.[0]) ?? -Infinity;
  const until = (view.until && bounds(view.until)?.[1]) ?? Infinity;
  const timed = Boolean(view.since || view.until);
  const part: Part = {
    weights: new Float64Array(network.ties.length),
    ties: new Uint8Array(network.ties.length),
    nodes: new Uint8Array(network.things.length),
    degrees: new Uint32Array(network.things.length),
    tieCount: 0,
    nodeCount: 0,
    reasons: Uint8Array.from(network.reasons, (reason) =>
      Number(!timed || holds(reason, Number(since), Number(until), view.dates === "certain")),
    ),
  };
  network.ties.forEach((tie, at) => {
    let weight = tie.weight;
    if (timed) {
      const kept = tie.because.filter((reason) => part.reasons[reason]);
      if (!kept.length) return;
      weight = kept.reduce((sum, reason) => sum + (network.reasons[reason]?.share ?? 0), 0);
    }
    // Sums of shares in another order differ in the last digits; the server must not be contradicted by them.
    if (view.minWeight !== null && weight < view.minWeight - 1e-9) return;
    part.weights[at] = weight;
    part.ties[at] = 1;
    part.tieCount++;
    for (const end of [tie.source, tie.target]) {
      part.nodes[end] = 1;
      part.degrees[end] = (part.degrees[end] ?? 0) + 1;
    }
  });
  if (!timed && view.minWeight === null) part.nodes.fill(1); // those without ties too
  part.nodeCount = part.nodes.reduce((sum, shown) => sum + shown, 0);
  return part;
}

/** As `Window.holds` in graph/muniment/network/dates.py. */
function holds({ begins, ends }: Reason, since: number, until: number, certainly: boolean): boolean {
  if (!begins || !ends || begins[0] > until || ends[1] < since) return false;
  return !certainly || (begins[1] <= until && Math.max(begins[0], ends[0]) >= since);
}
