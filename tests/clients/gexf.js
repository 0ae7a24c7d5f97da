// Reads a GEXF file as Gephi Lite does, and prints what it makes of it as JSON.
// usage: node gexf.js FILE
import { readFileSync } from "node:fs";
import Graph from "graphology";
import gexf from "graphology-gexf";

const graph = gexf.parse(Graph, readFileSync(process.argv[2], "utf-8"));
console.log(JSON.stringify({ ...graph.export(), type: graph.export().options.type }));
