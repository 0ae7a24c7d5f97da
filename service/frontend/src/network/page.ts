// One network: the drawing, what steers it, and the tables beside it. All of them show one view, which is in the address.
import { Addresses } from "./addresses";
import { grouping, mixed, tokens, type Grouping } from "./colours";
import type { Config } from "./config";
import { cut, type Part } from "./cut";
import { Refused, type Network } from "./data";
import { Details } from "./details";
import { Drawing, drawable, type Look } from "./drawing";
import { element, isolated } from "./elements";
import type { Hit } from "./hits";
import type { Wanted } from "./layout.worker";
import { Measures } from "./measures";
import { png, save, svg } from "./picture";
import { Steering } from "./steering";
import type { Table } from "./table";
import { nodeTable, tieTable } from "./tables";
import { TimeSlider } from "./time";
import { Views, type Camera, type View } from "./view";

const CUT = ["since", "until", "dates", "minWeight"] as const;

export class NetworkPage {
  private readonly views: Views;
  private readonly addresses: Addresses;
  private readonly measures: Measures;
  private readonly numbers: Map<string, number>;
  private readonly tieNumbers: Map<string, number>;
  private readonly drawing: Drawing | null;
  private readonly slider: TimeSlider;
  private readonly steering: Steering;
  private readonly details: Details;
  private readonly tables: [Table<number>, Table<number>];
  private part: Part;
  private groups: Grouping;
  private look: Look | undefined;

  constructor(
    private readonly page: HTMLElement,
    private readonly config: Config,
    private readonly network: Network,
    private readonly say: (words: string) => void,
  ) {
    const colours = ["community", "class", ...config.attributes].filter(
      (by) => new Set(grouping(network, by).of).size > 1,
    );
    this.views = new Views(config.prefix, { size: "degree", colour: colours[0] ?? "none" });
    const view = this.views.current;
    this.addresses = new Addresses(config, this.views);
    this.part = cut(network, view);
    this.groups = grouping(network, view.colour);
    this.measures = new Measures(
      network,
      config,
      () => this.part,
      (name) => this.addresses.measure(name),
    );
    this.numbers = new Map(network.things.map(({ id }, at) => [id, at]));
    this.tieNumbers = new Map(network.ties.map(({ source, target }, at) => [`${source} ${target}`, at]));
    const choose = (hit: Hit) => this.choose(hit);
    page.hidden = false;
    this.drawing = drawable()
      ? new Drawing(this.one("#stage"), network, { chosen: choose, moved: (camera) => this.moved(camera) })
      : null;
    document.body.classList.add("steered");
    document.body.classList.toggle("drawn", Boolean(this.drawing));
    this.one("#stage").hidden = this.one(".zoom").hidden = !this.drawing;
    if (!this.drawing)
      say("This browser has no WebGL: the drawing stays a picture. Filters and tables work.");
    this.slider = new TimeSlider(this.one(".time"), network, this.views);
    this.steering = new Steering(
      page,
      network,
      this.views,
      this.measures.all,
      colours,
      (at) => this.part.nodes[at] === 1,
    );
    this.details = new Details(this.one(".details"), network, config.attributes, this.addresses, choose);
    this.tables = [
      nodeTable(table("nodes"), network, config, this.addresses, this.measures.shown("degree"), choose),
      tieTable(table("ties"), network, this.addresses, () => this.part, choose),
    ];
    this.steering.bind(this.drawing, {
      svg: () => this.save("svg"),
      png: () => this.save("png"),
      link: () => void this.copy(),
      clear: () => this.choose(null),
    });
    this.begin(view);
  }

  private begin(view: View): void {
    const stage = this.one("#stage");
    this.views.listen((now, before) => void this.show(now, before));
    if (this.network.things.every(({ x }) => x === null)) this.lay();
    if (view.camera) this.drawing?.turn(view.camera);
    const redraw = () => this.draw(this.views.current, true);
    document.addEventListener("themechange", redraw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    stage.addEventListener("locate", (event) => this.locate(event as CustomEvent<Place>));
    void this.show(view, null).then(() => (stage.dataset.ready = ""));
  }

  /** Bring everything in line with the view. */
  private async show(view: View, before: View | null): Promise<void> {
    const changed = (...names: (keyof View)[]) =>
      !before || names.some((name) => JSON.stringify(view[name]) !== JSON.stringify(before[name]));
    if (before && changed("camera")) this.turn(view.camera);
    if (!changed(...CUT, "size", "colour", "node", "tie")) return;
    if (view.size !== "none" && !this.measures.known(view.size)) await this.measure(view.size);
    if (changed(...CUT)) this.part = cut(this.network, view);
    if (changed("colour")) {
      this.groups = grouping(this.network, view.colour);
      this.legend();
    }
    const [node, tie] = this.selected(view);
    this.draw(view, changed(...CUT, "size", "colour"));
    if (node !== null && changed("node")) this.drawing?.reveal(node);
    this.steering.show(view);
    this.slider.show(view);
    this.details.show(this.part, node, tie, this.measures.shown(view.size));
    const shown = (marks: Uint8Array) => Array.from(marks.keys()).filter((at) => marks[at]);
    this.tables[0].show(shown(this.part.nodes), node);
    this.tables[1].show(shown(this.part.ties), tie);
    this.addresses.turn(!this.drawing && changed(...CUT));
  }

  private draw(view: View, anew: boolean): void {
    const [node, tie] = this.selected(view);
    this.look = this.look && !anew ? { ...this.look, node, tie } : this.dressed(view, node, tie);
    this.drawing?.show(this.look);
    this.one("[role=status]").textContent = this.counted();
    Object.assign(this.page.dataset, { nodes: this.part.nodeCount, ties: this.part.tieCount });
  }

  private dressed(view: View, node: number | null, tie: number | null): Look {
    const found = tokens();
    const same = view.size === "none";
    const value = same ? () => 1 : this.measures.of(view.size).value;
    const values = this.network.things.map((_, at) => Math.max(0, value(at)));
    const most = values.reduce((a, b) => Math.max(a, b), 0) || 1;
    const [least, largest] = values.length > 2_000 ? [1.6, 9] : values.length > 300 ? [2.5, 11] : [4, 13];
    const size = (one: number) =>
      same ? (least + largest) / 3 : least + (largest - least) * Math.sqrt(one / most);
    const colour = (group: number) =>
      this.groups.groups[group]?.token === "edge" ? found.edge : found.groups[group];
    return {
      part: this.part,
      tokens: found,
      colours: this.groups.of.map((group) => colour(group) ?? found.edge),
      faint: mixed(found.edge, found.paper, 0.4),
      sizes: values.map(size),
      node,
      tie,
    };
  }

  private counted(): string {
    const { nodeCount, tieCount } = this.part;
    const of = (shown: number, all: number, one: string) =>
      `${shown.toLocaleString("en")}${shown === all ? "" : ` of ${all.toLocaleString("en")}`} ${all === 1 ? one : `${one}s`}`;
    return `${of(nodeCount, this.network.things.length, "node")}, ${of(tieCount, this.network.ties.length, "tie")}`;
  }

  /** Fetch a measure that did not come with the network; if it cannot be had, say why and stay with ties. */
  private async measure(name: string): Promise<void> {
    try {
      await this.measures.fetch(name);
      this.say("");
    } catch (error) {
      this.say(error instanceof Refused ? error.message : "The measure could not be fetched.");
      this.views.move({ size: "degree" });
    }
  }

  private choose(hit: Hit): void {
    const id = (at: number) => this.network.things[at]?.id ?? "";
    if (hit && "node" in hit) return this.views.go({ node: id(hit.node), tie: null });
    const tie = hit && this.network.ties[hit.tie];
    this.views.go({ node: null, tie: tie ? [id(tie.source), id(tie.target)] : null });
  }

  private selected({ node, tie }: View): [node: number | null, tie: number | null] {
    const number = node === null ? undefined : this.numbers.get(node);
    const [a, b] = (tie ?? []).map((id) => this.numbers.get(id));
    const found =
      this.tieNumbers.get(`${a} ${b}`) ?? (this.network.directed ? null : this.tieNumbers.get(`${b} ${a}`));
    return [number ?? null, found ?? null];
  }

  private turn(camera: Camera | null): void {
    if (!this.drawing || JSON.stringify(camera ?? whole) === JSON.stringify(this.drawing.camera)) return;
    this.drawing.turn(camera);
  }

  private moved(camera: Camera): void {
    const all =
      Math.abs(camera.x - whole.x) + Math.abs(camera.y - whole.y) + Math.abs(camera.ratio - whole.ratio) <
      1e-4;
    this.views.move({ camera: all ? null : camera });
  }

  private legend(): void {
    const rows = this.groups.groups.map(({ name, count, token }) =>
      element(
        "li",
        {},
        element("span", { className: `swatch ${token}` }),
        isolated(name),
        element("span", { className: "soft", textContent: count.toLocaleString("en") }),
      ),
    );
    this.one(".legend").replaceChildren(...rows);
  }

  private save(kind: "svg" | "png"): void {
    if (!this.drawing || !this.look) return;
    const dates = this.one(".time").hidden ? "" : `; ${this.one(".time output").textContent}`;
    const picture = svg(this.drawing, this.network, this.look, this.groups.groups, this.counted() + dates);
    const name = `${this.config.name}.${kind}`;
    if (kind === "svg") return save(new Blob([picture], { type: "image/svg+xml" }), name);
    png(picture).then(
      (blob) => save(blob, name),
      (error: Error) => this.say(error.message),
    );
  }

  private async copy(): Promise<void> {
    this.views.go({});
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("The address of this view is copied.");
    } catch {
      this.say("The address of this page is that of this view: copy it from the browser.");
    }
  }

  /** Positions that the server does not send (networks of many thousands) are made here, beside the page. */
  private lay(): void {
    if (!this.drawing) return;
    const worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    const ends = Uint32Array.from(this.network.ties.flatMap(({ source, target }) => [source, target]));
    worker.addEventListener(
      "message",
      ({ data }: MessageEvent<{ positions: Float32Array; done: boolean }>) => {
        this.drawing?.move(data.positions);
        if (!data.done) return;
        worker.terminate();
        this.one("#stage").dataset.laid = "";
      },
    );
    worker.postMessage({ count: this.network.things.length, ends } satisfies Wanted);
  }

  /** Where on the screen a node or a tie is drawn, for tests, which use the mouse. */
  private locate({ detail }: CustomEvent<Place>): void {
    const box = this.one("#stage").getBoundingClientRect();
    const spots = detail.of.map((id) => this.drawing?.spot(this.numbers.get(id) ?? -1) ?? { x: NaN, y: NaN });
    detail.x = box.left + spots.reduce((sum, { x }) => sum + x, 0) / spots.length;
    detail.y = box.top + spots.reduce((sum, { y }) => sum + y, 0) / spots.length;
  }

  private one<E extends HTMLElement = HTMLElement>(selector: string): E {
    return this.page.querySelector<E>(selector)!;
  }
}

const whole: Camera = { x: 0.5, y: 0.5, ratio: 1 };

/** The detail of an event `locate` at the stage: IRIs of a node, or of the two ends of a tie; `x` and `y` are filled in. */
interface Place {
  of: string[];
  x?: number;
  y?: number;
}

function table(name: string): HTMLTableElement {
  return document.querySelector<HTMLTableElement>(`table.${name}`)!;
}
