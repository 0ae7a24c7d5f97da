// What is looked at, and its address. Cuts are the parameters that the server knows too, so that the address is the same part of the network without
// JavaScript; what only the drawing knows stands behind `#`.

export interface View {
  since: string | null;
  until: string | null;
  dates: "possible" | "certain";
  minWeight: number | null;
  size: string;
  colour: string;
  /** What is selected: IRIs. */
  node: string | null;
  tie: [string, string] | null;
  camera: Camera | null;
}

export interface Camera {
  x: number;
  y: number;
  ratio: number;
}

export class Views {
  current: View;
  private readonly heard: ((view: View, before: View) => void)[] = [];
  private waiting = 0;

  constructor(
    private readonly prefix: string,
    private readonly usual: { size: string; colour: string },
  ) {
    this.current = this.read();
    addEventListener("popstate", () => {
      clearTimeout(this.waiting);
      this.waiting = 0;
      this.set(this.read());
    });
    addEventListener("pagehide", () => this.flush());
  }

  listen(to: (view: View, before: View) => void): void {
    this.heard.push(to);
  }

  /** A step that the back button undoes: a selection, a filter that was set. */
  go(change: Partial<View>): void {
    this.flush();
    const view = { ...this.current, ...change };
    const address = this.address(view);
    if (address !== this.address(this.current)) history.pushState(null, "", address);
    this.set(view);
  }

  /** A movement on the way: sliders, camera. The address follows when it rests (browsers refuse hundreds of changes). */
  move(change: Partial<View>): void {
    this.set({ ...this.current, ...change });
    this.waiting ||= window.setTimeout(() => this.flush(), 250);
  }

  /** The cuts, as parameters for the server. */
  cuts(): URLSearchParams {
    return this.query(this.current, new URLSearchParams());
  }

  short(iri: string): string {
    return iri.startsWith(this.prefix) ? iri.slice(this.prefix.length) : iri;
  }

  private set(view: View): void {
    const before = this.current;
    this.current = view;
    for (const hear of this.heard) hear(view, before);
  }

  private flush(): void {
    if (!this.waiting) return;
    clearTimeout(this.waiting);
    this.waiting = 0;
    history.replaceState(null, "", this.address(this.current));
  }

  private address(view: View): string {
    const query = this.query(view, new URLSearchParams(location.search)).toString();
    const hash = new URLSearchParams();
    if (view.node) hash.set("node", this.short(view.node));
    if (view.tie) for (const end of view.tie) hash.append("tie", this.short(end));
    if (view.size !== this.usual.size) hash.set("size", view.size);
    if (view.colour !== this.usual.colour) hash.set("colour", view.colour);
    if (view.camera) {
      const { x, y, ratio } = view.camera;
      hash.set("at", [x, y, ratio].map((number) => Number(number.toFixed(4))).join("_"));
    }
    const text = hash.toString().replaceAll("%2F", "/").replaceAll("%3A", ":");
    return `${location.pathname}${query && `?${query}`}${text && `#${text}`}`;
  }

  private query(view: View, query: URLSearchParams): URLSearchParams {
    const values = {
      since: view.since,
      until: view.until,
      dates: view.dates === "certain" ? "certain" : null,
      min_weight: view.minWeight === null ? null : String(view.minWeight),
    };
    for (const [name, value] of Object.entries(values)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    return query;
  }

  private read(): View {
    const query = new URLSearchParams(location.search);
    const hash = new URLSearchParams(location.hash.slice(1));
    const [x, y, ratio] = (hash.get("at") ?? "").split("_").map(Number);
    const ends = hash.getAll("tie").map((end) => this.long(end));
    const weight = Number(query.get("min_weight") || NaN);
    return {
      since: query.get("since") || null,
      until: query.get("until") || null,
      dates: query.get("dates") === "certain" ? "certain" : "possible",
      minWeight: Number.isFinite(weight) ? weight : null,
      size: hash.get("size") ?? this.usual.size,
      colour: hash.get("colour") ?? this.usual.colour,
      node: hash.has("node") ? this.long(hash.get("node") ?? "") : null,
      tie: ends.length === 2 ? [ends[0] ?? "", ends[1] ?? ""] : null,
      camera:
        x !== undefined && y !== undefined && ratio && Number.isFinite(x + y + ratio)
          ? { x, y, ratio }
          : null,
    };
  }

  private long(name: string): string {
    return name.includes(":") ? name : this.prefix + name;
  }
}
