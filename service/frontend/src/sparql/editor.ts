// YASGUI (Zazuko's fork) on our own endpoint: tabs that survive a reload, completion from our vocabulary, results that are drawn.
import Yasgui from "@zazuko/yasgui";
import "@zazuko/yasgui/build/yasgui.min.css";
import "./editor.css";
import { Chart, Network, Timeline } from "./drawings";
import { Places } from "./map";
import { inWords, mark, problemOf } from "./problem";
import { Table } from "./table";
import { ownCompleters } from "./vocabulary";

/** What the page tells the editor. */
export interface Told {
  endpoint: string;
  cite: string;
  prefixes: Record<string, string>;
  query: string;
  /** Where the outlines of the world are. */
  outlines: string;
  release: string | null;
}

/** CodeMirror's own, which the types of YASQE narrow. */
interface Options {
  getOption(name: string): object;
  setOption(name: string, value: object): void;
}
type Tab = NonNullable<ReturnType<Yasgui["getTab"]>>;
const LONGEST_ADDRESS = 6_000;
const FORMATS = { table: ["csv", "tsv", "json", "xml"], graph: ["turtle", "jsonld", "ntriples", "rdfxml"] };

export function edit(place: HTMLElement, told: Told): Yasgui {
  Places.outlines = told.outlines;
  const endpoint = new URL(told.endpoint, location.href).href;
  for (const [name, plugin] of Object.entries({
    table: Table,
    chart: Chart,
    map: Places,
    timeline: Timeline,
    network: Network,
  })) {
    Yasgui.Yasr.registerPlugin(name, plugin as never);
  }
  const editor = Yasgui.Yasqe;
  const autocompleters = ownCompleters(editor, told.endpoint, told.prefixes);
  editor.defaults.autocompleters = autocompleters;
  Yasgui.Yasr.defaults.errorRenderers = [
    async ({ text }) => {
      const problem = problemOf(text);
      return problem && inWords(problem);
    },
  ];
  Yasgui.Yasr.defaults.prefixes = told.prefixes;
  Yasgui.Yasr.defaults.pluginOrder = ["table", "chart", "map", "timeline", "network", "boolean", "response"];
  place.replaceChildren();
  const yasgui = new Yasgui(place, {
    requestConfig: {
      endpoint,
      method: (yasgui) => ((yasgui.getTab()?.getQuery().length ?? 0) < LONGEST_ADDRESS ? "GET" : "POST"),
      acceptHeaderSelect: "application/sparql-results+json",
      acceptHeaderGraph: "text/turtle",
    },
    endpointCatalogueOptions: { getData: () => [] } as never,
    copyEndpointOnNewTab: false,
    persistenceId: `muniment ${endpoint}`,
    yasqe: { value: told.query, autocompleters, prefixCcApi: null } as never, // the types forget what CodeMirror takes
  });
  const links = document.createElement("p");
  links.className = "answer-links inline";
  place.append(links);
  let about: string | undefined;
  const show = () => {
    named(yasgui);
    const query = yasgui.getTab()?.getQuery();
    if (query === about) return; // a link that is replaced while it is pressed leads nowhere
    about = query;
    links.replaceChildren(...linksOf(yasgui.getTab(), told));
  };
  yasgui.on("queryResponse", (_yasgui: Yasgui, tab: Tab) => {
    // YASGUI says so before it takes the answer in.
    queueMicrotask(() => {
      const error = tab.getYasr().results?.getError();
      const problem = error && problemOf(error.text);
      if (problem) mark(tab.getYasqe(), problem);
      show();
    });
  });
  yasgui.on("tabSelect", show);
  yasgui.on("tabChange", show);
  show();
  examples(yasgui);
  return yasgui;
}

/** Where the query of a tab can be cited, explained and fetched. */
function linksOf(tab: Tab | undefined, told: Told): Node[] {
  const query = tab?.getQuery();
  if (!tab || !query) return [];
  const address = (path: string, more: Record<string, string> = {}) =>
    `${path}?${new URLSearchParams({ query, ...more })}`;
  const graph = ["CONSTRUCT", "DESCRIBE"].includes(tab.getYasqe().getQueryType());
  const formats = graph ? FORMATS.graph : FORMATS.table;
  return [
    link("Cite this answer", address(told.cite), "button quiet"),
    link("Explain", address(told.endpoint, { explain: "1" }), "button quiet"),
    link("As a page", address(told.endpoint, { format: "html" }), "button quiet"),
    ...formats.map((format) => link(format, address(told.endpoint, { format }))),
  ];
}

function link(text: string, href: string, className = ""): HTMLAnchorElement {
  const element = document.createElement("a");
  Object.assign(element, { textContent: text, href, className });
  return element;
}

/** Names what YASGUI leaves without a name for those who do not see it, and lets Tab leave the editor. */
function named(yasgui: Yasgui): void {
  const add = yasgui.rootEl.querySelector(".addTab");
  add?.setAttribute("role", "tab");
  add?.setAttribute("aria-label", "New query");
  for (const tab of Object.values(yasgui._tabs)) {
    const query = tab.getYasqe() as ReturnType<typeof tab.getYasqe> | undefined; // not before a tab was shown
    query?.getInputField().setAttribute("aria-label", "Query");
    const options = query as unknown as Options | undefined;
    const keys = options?.getOption("extraKeys");
    if (keys) options?.setOption("extraKeys", { ...keys, Tab: false, "Shift-Tab": false });
  }
}

/** An example opens in a tab of its own, or the one in which it is open already. */
function examples(yasgui: Yasgui): void {
  for (const example of document.querySelectorAll<HTMLAnchorElement>("a[data-query]")) {
    example.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const answer = await fetch(example.dataset.query ?? "");
      const value = (await answer.text()).replace(/^(#\+.*\n)+/, "").trimStart();
      const tab = yasgui.addTab(
        true,
        { name: example.textContent ?? "Example", yasqe: { value } },
        { avoidDuplicateTabs: true },
      );
      tab.query().catch(() => {}); // which the results say
      yasgui.rootEl.scrollIntoView({ block: "start" });
    });
  }
}
