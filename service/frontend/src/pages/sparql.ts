// The SPARQL editor, which is loaded once the page is there: until then, and where it cannot be had, the form does.
import type { Told } from "../sparql/editor";

const place = document.getElementById("editor");
const data = document.getElementById("editor-data");
if (place && data) {
  const { edit } = await import("../sparql/editor");
  edit(place, JSON.parse(data.textContent ?? "{}") as Told);
}
