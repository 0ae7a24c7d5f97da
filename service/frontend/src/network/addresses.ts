// Addresses that go with a view: of things, of ties, of the same part in each format.
import type { Config } from "./config";
import type { Views } from "./view";

const CUTS = ["since", "until", "dates", "min_weight"];

export class Addresses {
  constructor(
    private readonly config: Config,
    private readonly views: Views,
  ) {}

  /** Where a thing is described. */
  document(iri: string): string {
    const { prefix, document: base } = this.config;
    const local = prefix && iri.startsWith(prefix) ? iri.slice(prefix.length) : "";
    return /^[\w-]+(\/[\w-]+)*$/.test(local) ? `${base}/${local}` : `${base}?${new URLSearchParams({ iri })}`;
  }

  /** Where it is said why two are tied, in the time that is shown. */
  tie(a: string, b: string): string {
    const query = this.here();
    query.delete("min_weight");
    return `${this.config.tie}?${new URLSearchParams([["a", a], ["b", b], ...query])}`;
  }

  /** The network around one node. */
  around(iri: string): string {
    return `${this.config.network}?${new URLSearchParams([...this.here(), ["ego", this.views.short(iri)]])}`;
  }

  /** Another measure of the network that was fetched. */
  measure(name: string): string {
    const address = new URL(this.config.compact, location.href);
    address.searchParams.set("measures", name);
    return address.href;
  }

  /** Turn every download, and the picture, to the part that is shown. */
  turn(picture: boolean): void {
    for (const link of document.querySelectorAll<HTMLAnchorElement>(".formats a"))
      link.href = this.cut(link.href);
    const gephi = document.querySelector<HTMLAnchorElement>("a.gephi");
    if (gephi) {
      const url = new URL(gephi.href);
      url.searchParams.set("gexf", this.cut(url.searchParams.get("gexf") ?? ""));
      gephi.href = url.href;
    }
    const image = document.querySelector<HTMLImageElement>(".picture img");
    if (image && picture) image.src = this.cut(image.src);
  }

  private cut(address: string): string {
    const url = new URL(address, location.href);
    for (const name of CUTS) url.searchParams.delete(name);
    for (const [name, value] of this.views.cuts()) url.searchParams.set(name, value);
    return url.href;
  }

  private here(): URLSearchParams {
    const query = this.views.cuts();
    if (this.config.release) query.set("release", this.config.release);
    return query;
  }
}
