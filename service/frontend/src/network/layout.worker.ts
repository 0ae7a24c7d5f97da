// Places nodes where the server sends none (it does up to some thousands), beside the page, so that it stays responsive.
import Graph from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";

export interface Wanted {
  count: number;
  ends: Uint32Array;
}

const ROUNDS = 24;
const STEPS = 10;

addEventListener("message", ({ data: { count, ends } }: MessageEvent<Wanted>) => {
  const graph = new Graph();
  for (let at = 0; at < count; at++) {
    // A sunflower: even, and the same every time.
    const [radius, angle] = [Math.sqrt(at + 0.5), at * Math.PI * (3 - Math.sqrt(5))];
    graph.addNode(at, { x: radius * Math.cos(angle), y: radius * Math.sin(angle) });
  }
  for (let at = 0; at < ends.length; at += 2) graph.mergeEdge(ends[at], ends[at + 1]);
  const settings = {
    ...forceAtlas2.inferSettings(graph),
    barnesHutOptimize: count > 500,
    adjustSizes: false,
  };
  for (let round = 0; round < ROUNDS; round++) {
    forceAtlas2.assign(graph, { iterations: STEPS, settings });
    const found = new Float32Array(2 * count);
    graph.forEachNode((key, { x, y }) => found.set([x, y], 2 * Number(key)));
    postMessage({ positions: found, done: round === ROUNDS - 1 }, { transfer: [found.buffer] });
  }
});
