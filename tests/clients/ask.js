// Asks an endpoint with clients that people use in JavaScript, and prints what they make of it as JSON.
// usage: node ask.js GET|POST|comunica ENDPOINT
import { QueryEngine } from "@comunica/query-sparql";
import { SparqlEndpointFetcher } from "fetch-sparql-endpoint";

const SELECT = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> SELECT ?s ?label WHERE { ?s rdfs:label ?label } ORDER BY ?s ?label LIMIT 20";
const ASK = "ASK { ?s ?p ?o }";
const CONSTRUCT = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> CONSTRUCT { ?s rdfs:label ?label } WHERE { ?s rdfs:label ?label }";
const ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }";
const WRONG = "SELECT * WHERE { ?s schma:name ?o }";

const all = (stream) =>
  new Promise((resolve, reject) => {
    const found = [];
    stream.on("data", (one) => found.push(one)).on("end", () => resolve(found)).on("error", reject);
  });
const said = (promise) => promise.then(() => null, (error) => String(error.message));
const term = ({ termType, value, language, datatype }) => ({ termType, value, language, datatype: datatype?.value });
const triple = ({ subject, predicate, object }) => [subject.value, predicate.value, object.value];

async function byFetch(endpoint, method) {
  const fetcher = new SparqlEndpointFetcher({ method });
  const rows = await all(await fetcher.fetchBindings(endpoint, SELECT));
  return {
    select: rows.map(({ s, label }) => ({ s: term(s), label: term(label) })),
    ask: await fetcher.fetchAsk(endpoint, ASK),
    construct: (await all(await fetcher.fetchTriples(endpoint, CONSTRUCT))).map(triple),
    error: await said(fetcher.fetchBindings(endpoint, WRONG)),
  };
}

async function byComunica(endpoint) {
  const engine = new QueryEngine();
  const asked = [];
  const watched = (url, options) => {
    asked.push({ method: options?.method ?? "GET", url: String(url), accept: new Headers(options?.headers).get("accept") });
    return fetch(url, options);
  };
  const context = { sources: [endpoint], fetch: watched }; // no type: what it is must be found out from its description
  const rows = await (await engine.queryBindings(SELECT, context)).toArray();
  return {
    select: rows.map((row) => ({ s: term(row.get("s")), label: term(row.get("label")) })),
    ask: await engine.queryBoolean(ASK, context),
    construct: (await (await engine.queryQuads(CONSTRUCT, context)).toArray()).map(triple),
    error: await said(engine.queryBindings(ENDLESS, context).then((stream) => stream.toArray())),
    asked,
  };
}

const [client, endpoint] = process.argv.slice(2);
const found = client === "comunica" ? await byComunica(endpoint) : await byFetch(endpoint, client);
console.log(JSON.stringify(found));
