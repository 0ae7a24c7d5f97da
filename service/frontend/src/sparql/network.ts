import Graph from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";
import { shift, withRoom } from "../shared/labels";
import { linked, picture, short, svg } from "./svg";

interface End {
  iri: string;
  label: string;
  side: number;
}

/** Ties between things as a picture: ForceAtlas2 from a circle, so that the same answer looks the same each time. */
export function network(ties: (readonly [End, End])[], says: string): Node {
  const graph = new Graph();
  for (const [from, to] of ties) {
    for (const end of [from, to]) graph.mergeNode(end.iri, { label: end.label, side: end.side });
    if (from.iri !== to.iri) graph.mergeEdge(from.iri, to.iri);
  }
  graph.nodes().forEach((node, at) => {
    const angle = (2 * Math.PI * at) / graph.order;
    graph.mergeNodeAttributes(node, { x: Math.cos(angle), y: Math.sin(angle) });
  });
  const settings = { ...forceAtlas2.inferSettings(graph), barnesHutOptimize: graph.order > 300 };
  const found = forceAtlas2(graph, { iterations: graph.order > 1000 ? 60 : 200, settings });
  const places = Object.values(found);
  const [left, right] = [Math.min(...places.map((p) => p.x)), Math.max(...places.map((p) => p.x))];
  const [low, high] = [Math.min(...places.map((p) => p.y)), Math.max(...places.map((p) => p.y))];
  const height = Math.min(700, 160 + graph.order * 24);
  const x = (node: string) => 120 + (((found[node]?.x ?? 0) - left) / (right - left || 1)) * 760;
  const y = (node: string) => 40 + (((found[node]?.y ?? 0) - low) / (high - low || 1)) * (height - 80);
  const edges = graph.mapEdges((_edge, _attributes, from, to) =>
    svg("line", { x1: x(from), y1: y(from), x2: x(to), y2: y(to), class: "tie" }),
  );
  const radius = (node: string) => 3 + Math.sqrt(graph.degree(node)) * 1.6;
  const ranked = graph.nodes().sort((a, b) => graph.degree(b) - graph.degree(a));
  const label = (node: string) => short(graph.getNodeAttribute(node, "label") as string, 28);
  const points = ranked.map((node) => ({
    x: x(node),
    y: y(node),
    radius: radius(node),
    letters: label(node).length,
  }));
  const sides = withRoom(points, 1000, height);
  const nodes = ranked.map((node, at) => {
    const side = sides[at];
    const [right, down] = side ? shift(radius(node), side) : [0, 0];
    const anchor = side === "right" ? "start" : side === "left" ? "end" : "middle";
    const shape = svg(
      "g",
      { transform: `translate(${x(node)} ${y(node)})` },
      svg("title", {}, graph.getNodeAttribute(node, "label") as string),
      svg("circle", { r: radius(node), class: graph.getNodeAttribute(node, "side") ? "c2" : "c1" }),
      ...(side ? [svg("text", { x: right, y: down, "text-anchor": anchor }, label(node))] : []),
    );
    return linked(node, shape);
  });
  return picture(1000, height, says, ...edges, ...nodes);
}
