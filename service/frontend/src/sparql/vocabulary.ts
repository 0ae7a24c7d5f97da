// Completion from the vocabulary of the dataset: its prefixes, and the classes and properties that its own VoID counts.
import type Yasqe from "@zazuko/yasqe";
import type { Row } from "./columns";

const TERMS = `PREFIX void: <http://rdfs.org/ns/void#>
SELECT ?kind ?term (SUM(?n) AS ?count) WHERE {
  { ?d void:classPartition [ void:class ?term ; void:entities ?n ] BIND("class" AS ?kind) }
  UNION { ?d void:propertyPartition [ void:property ?term ; void:triples ?n ] BIND("property" AS ?kind) }
} GROUP BY ?kind ?term ORDER BY DESC(?count)`;

type Kind = "class" | "property";
let asked: Promise<Record<Kind, string[]>> | undefined;

function terms(endpoint: string): Promise<Record<Kind, string[]>> {
  asked ??= fetch(`${endpoint}?${new URLSearchParams({ query: TERMS })}`, {
    headers: { Accept: "application/sparql-results+json" },
  })
    .then((answer) => answer.json())
    .then(({ results }: { results: { bindings: Row[] } }) => {
      const of = (kind: Kind) =>
        results.bindings.filter((row) => row.kind?.value === kind).map((row) => row.term?.value ?? "");
      return { class: of("class"), property: of("property") };
    });
  return asked;
}

/** Puts the dataset's own completers in the place of those that ask the web; returns the names to enable. */
export function ownCompleters(
  editor: typeof Yasqe,
  endpoint: string,
  prefixes: Record<string, string>,
): string[] {
  for (const kind of ["class", "property"] as const) {
    editor.forkAutocompleter(kind, {
      name: `own-${kind}`,
      bulk: true,
      persistenceId: null,
      get: async (_yasqe, token) => {
        const start = token?.autocompletionString ?? "";
        return (await terms(endpoint))[kind].filter((iri) => iri.startsWith(start));
      },
    });
  }
  editor.forkAutocompleter("prefixes", {
    name: "own-prefixes",
    bulk: true,
    persistenceId: null,
    get: () => Object.entries(prefixes).map(([prefix, namespace]) => `${prefix}: <${namespace}>`),
  });
  return ["own-prefixes", "variables", "own-class", "own-property"];
}
