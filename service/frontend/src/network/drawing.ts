// The drawing: sigma (WebGL) for nodes and ties, a canvas above it for labels and the tie under the pointer.
import Graph from "graphology";
import Sigma from "sigma";
import { NodeSquareProgram } from "@sigma/node-square";
import { FONT, place, shortened, type Caption, type Spot } from "./captions";
import { mixed, type Tokens } from "./colours";
import type { Part } from "./cut";
import type { Network } from "./data";
import { hitAt, type Hit } from "./hits";
import { drawCaptions, drawNode, drawTie } from "./marks";
import type { Camera } from "./view";

export interface Look {
  part: Part;
  tokens: Tokens;
  colours: string[];
  /** Of ties. */
  faint: string;
  sizes: number[];
  node: number | null;
  tie: number | null;
}

interface Hearers {
  chosen: (hit: Hit) => void;
  moved: (camera: Camera) => void;
}

/** How far a pointer may wander and still have clicked. */
const STILL = 4;
/** Milliseconds of a frame; three in a row that are longer, and the drawing does less. */
const SLOW = 70;
/** How much of what is not looked at is covered. */
const VEIL = 0.8;
const STEP = 0.12;
/** From so many nodes or ties on a network is large: while it moves, ties are left out and only so many nodes are thought of for labels. */
const LARGE = { nodes: 1_000, ties: 8_000, labelled: 150 };
/** Milliseconds after which it no longer moves. */
const REST = 150;

export function drawable(): boolean {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") ?? canvas.getContext("webgl"));
}

export class Drawing {
  private readonly sigma: Sigma;
  private readonly over: CanvasRenderingContext2D;
  private readonly texts: string[];
  private readonly font: string;
  private look: Look | undefined;
  private order: number[] = [];
  private hit: Hit = null;
  private slow = 0;
  private seen = "";
  private resting: ReturnType<typeof setTimeout> | undefined;
  private lit = new Set<number>();
  captions: Caption[] = [];

  constructor(
    readonly stage: HTMLElement,
    private readonly network: Network,
    private readonly hearers: Hearers,
  ) {
    this.texts = network.things.map((thing) => shortened(thing.label));
    const graph = new Graph({ type: network.directed ? "directed" : "undirected" });
    network.things.forEach(({ x, y, second }, at) => {
      graph.addNode(at, { x: x ?? 0, y: y ?? 0, type: second ? "square" : "circle" });
    });
    network.ties.forEach(({ source, target }, at) => graph.addEdgeWithKey(at, source, target));
    this.sigma = new Sigma(graph, stage, {
      renderLabels: false, // ours are placed so that none covers another
      defaultEdgeType: network.directed ? "arrow" : "line",
      nodeProgramClasses: { square: NodeSquareProgram },
      nodeHoverProgramClasses: { square: NodeSquareProgram },
      defaultDrawNodeHover: () => undefined,
      nodeReducer: (key, data) => ({ ...data, ...this.node(Number(key)) }),
      edgeReducer: (key, data) => ({ ...data, ...this.edge(Number(key)) }),
      hideEdgesOnMove: network.ties.length > LARGE.ties,
      allowInvalidContainer: true, // while it is hidden, printed for one
      stagePadding: 48,
      minCameraRatio: 0.02,
      maxCameraRatio: 4,
      zoomDuration: still() ? 0 : 200,
      inertiaDuration: still() ? 0 : 200,
      inertiaRatio: still() ? 0 : 3,
    });
    NodeSquareProgram.prototype.drawHover = () => undefined;
    this.sigma.createCanvasContext("over", { style: { pointerEvents: "none" } }).resize(true);
    this.font = getComputedStyle(stage).fontFamily;
    this.over = this.sigma.getCanvases().over!.getContext("2d")!;
    this.listen();
  }

  /** Draw it so. WebGL is told only of what it shows otherwise: what is looked at is drawn above it. */
  show(look: Look): void {
    const before = this.look;
    this.look = look;
    const same =
      before && before.part === look.part && before.colours === look.colours && before.sizes === look.sizes;
    if (!same) {
      this.order = this.network.things
        .map((_, at) => at)
        .filter((at) => look.part.nodes[at])
        .sort((a, b) => (look.sizes[b] ?? 0) - (look.sizes[a] ?? 0) || a - b);
      this.sigma.refresh({ skipIndexation: Boolean(before) });
    } else this.write();
  }

  get camera(): Camera {
    const { x, y, ratio } = this.sigma.getCamera().getState();
    return { x, y, ratio };
  }

  /** Look from there; null for the whole. */
  turn(camera: Camera | null, slowly = false): void {
    const to = camera ?? { x: 0.5, y: 0.5, ratio: 1 };
    if (slowly && !still()) void this.sigma.getCamera().animate(to, { duration: 250 });
    else this.sigma.getCamera().setState(to);
  }

  zoom(factor: number): void {
    const { x, y, ratio } = this.camera;
    this.turn({ x, y, ratio: Math.min(4, Math.max(0.02, ratio * factor)) }, true);
  }

  pan(x: number, y: number): void {
    const camera = this.camera;
    this.turn({ ...camera, x: camera.x + x * STEP * camera.ratio, y: camera.y + y * STEP * camera.ratio });
  }

  /** Bring a node into sight if it is out of it. */
  reveal(node: number): void {
    const spot = this.spot(node);
    const { width, height } = this.sigma.getDimensions();
    if (spot.x > 20 && spot.y > 20 && spot.x < width - 20 && spot.y < height - 20) return;
    const at = this.sigma.getNodeDisplayData(String(node));
    if (at) this.turn({ x: at.x, y: at.y, ratio: this.camera.ratio }, true);
  }

  /** Where a node is drawn, in pixels of the stage, and how large. */
  spot(node: number): Spot {
    const data = this.sigma.getNodeDisplayData(String(node));
    const { x, y } = this.sigma.framedGraphToViewport({ x: data?.x ?? 0, y: data?.y ?? 0 });
    return { node, text: this.texts[node] ?? "", x, y, radius: this.sigma.scaleSize(data?.size ?? 0) };
  }

  get size(): { width: number; height: number } {
    return this.sigma.getDimensions();
  }

  width(tie: number): number {
    return this.sigma.scaleSize(this.thickness(tie));
  }

  /** Positions from a layout that is made in the browser. */
  move(positions: Float32Array): void {
    this.sigma.getGraph().updateEachNodeAttributes(
      (key, attributes) => ({
        ...attributes,
        x: positions[2 * Number(key)],
        y: positions[2 * Number(key) + 1],
      }),
      { attributes: ["x", "y"] },
    );
  }

  /** What is looked at: what is under the pointer, or else what is selected. */
  private get looked(): { node: number | null; tie: number | null } {
    const { hit, look } = this;
    if (hit) return { node: null, tie: null, ...hit };
    return {
      node: look && look.node !== null && look.part.nodes[look.node] ? look.node : null,
      tie: look?.tie ?? null,
    };
  }

  private around({ node, tie }: { node: number | null; tie: number | null }): {
    nodes: Set<number>;
    ties: number[];
  } {
    const { network, look } = this;
    const ties = (tie !== null ? [tie] : node !== null ? (network.tiesOf[node] ?? []) : []).filter(
      (at) => look?.part.ties[at],
    );
    const nodes = new Set(node === null ? [] : [node]);
    for (const at of ties) {
      const found = network.ties[at];
      if (found) nodes.add(found.source).add(found.target);
    }
    return { nodes, ties };
  }

  private node(at: number) {
    const look = this.look;
    return {
      size: look?.sizes[at] ?? 3,
      color: look?.colours[at] ?? "#888888",
      hidden: !look?.part.nodes[at],
    };
  }

  private edge(at: number) {
    const look = this.look;
    return look?.part.ties[at] ? { size: this.thickness(at), color: look.faint } : { hidden: true };
  }

  /** Whether a tie is of what is looked at. */
  private near(at: number, { node, tie }: { node: number | null; tie: number | null }): boolean {
    const found = this.network.ties[at];
    return tie !== null ? at === tie : found?.source === node || found?.target === node;
  }

  /** The colour of a node in a picture. */
  colourOf(node: number): string {
    const { look, lit } = this;
    const colour = look?.colours[node] ?? "";
    return look && lit.size && !lit.has(node) ? mixed(colour, look.tokens.paper, VEIL) : colour;
  }

  /** The colour of a tie in a picture. */
  colourOfTie(tie: number): string {
    const look = this.look;
    if (!look) return "";
    if (!this.lit.size) return look.faint;
    return this.near(tie, look) ? look.tokens.accent : mixed(look.faint, look.tokens.paper, VEIL);
  }

  private thickness(at: number): number {
    const most = Math.max(1, this.heaviest);
    const least = this.network.ties.length > 2_000 ? 0.4 : 0.8;
    return least + (most > 1 ? 3.2 * Math.sqrt((this.look?.part.weights[at] ?? 0) / most) : 0.8);
  }

  private get heaviest(): number {
    return (this.most ??= this.network.ties.reduce((most, tie) => Math.max(most, tie.weight), 0));
  }
  private most: number | undefined;

  private listen(): void {
    const { sigma, stage } = this;
    sigma.on("afterRender", () => this.write());
    sigma.on(
      "afterProcess",
      () => (stage.dataset.processed = String(Number(stage.dataset.processed ?? 0) + 1)),
    );
    sigma.on("beforeRender", () => this.watch());
    // Sigma finds the node under the pointer by reading back what the graphics card drew, at every movement, which waits for the drawing to be
    // done; and only what is exactly under it. Ours looks at where nodes and ties are.
    sigma.getMouseCaptor().removeAllListeners("mousemove");
    sigma.getTouchCaptor().removeAllListeners("touchmove");
    sigma
      .getTouchCaptor()
      .on("tap", ({ touches: [touch] }) => touch && this.hearers.chosen(this.at(touch.x, touch.y)));
    // Sigma takes two clicks in short order for a double click, wherever they were, keeps the second one to itself, and zooms; people choose
    // one thing after another.
    let [before, down] = [
      { x: 0, y: 0 },
      { x: 0, y: 0 },
    ];
    stage.addEventListener("pointerdown", ({ clientX: x, clientY: y }) => {
      [before, down] = [down, { x, y }];
      stage.focus({ preventScroll: true });
    });
    const clicked = ({ clientX: x, clientY: y }: MouseEvent) => {
      if (Math.hypot(x - down.x, y - down.y) > STILL) return; // it was dragged
      const box = stage.getBoundingClientRect();
      this.hearers.chosen(this.at(x - box.left, y - box.top));
    };
    stage.addEventListener("click", clicked, { capture: true });
    sigma.getMouseCaptor().on("doubleClick", (event) => {
      if (Math.hypot(before.x - down.x, before.y - down.y) > STILL) event.preventSigmaDefault();
    });
    let asked = 0;
    sigma.on("moveBody", ({ event: { x, y } }) => {
      if (sigma.getMouseCaptor().isMoving) return; // it is being dragged
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        this.point(this.at(x, y));
      });
    });
    stage.addEventListener("pointerleave", () => this.point(null));
    sigma.getCamera().on("updated", () => this.hearers.moved(this.camera));
    // The page scrolls until somebody is at work in the drawing; then the wheel zooms it.
    stage.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !stage.matches(":focus-within")) event.stopImmediatePropagation();
      },
      { capture: true, passive: true },
    );
    new ResizeObserver(() => sigma.refresh({ skipIndexation: true })).observe(stage);
  }

  private point(hit: Hit): void {
    const same = (one: Hit, two: Hit) => JSON.stringify(one) === JSON.stringify(two);
    if (same(hit, this.hit) || !this.look) return;
    this.hit = hit;
    this.stage.style.cursor = hit ? "pointer" : "";
    this.write();
  }

  private at(x: number, y: number): Hit {
    const { look, network } = this;
    if (!look) return null;
    const spots = network.things.map((_, at) => (look.part.nodes[at] ? this.spot(at) : null));
    return hitAt(x, y, spots, network.ties, look.part.ties);
  }

  /** Where frames take long, ties are left out while the drawing moves. */
  private watch(): void {
    const { sigma } = this;
    if (sigma.getSetting("hideEdgesOnMove")) return;
    const begun = performance.now();
    requestAnimationFrame(() => {
      this.slow = performance.now() - begun > SLOW ? this.slow + 1 : 0;
      if (this.slow >= 3) sigma.setSetting("hideEdgesOnMove", true);
    });
  }

  /** What stands above the drawing: what is looked at, on a veil over the rest, and labels. */
  private write(): void {
    const { look, over } = this;
    if (!look) return;
    const { width, height } = this.size;
    const { nodes, ties } = this.around(this.looked);
    this.lit = nodes;
    over.clearRect(0, 0, width, height);
    if (nodes.size) {
      over.globalAlpha = VEIL;
      over.fillStyle = look.tokens.paper;
      over.fillRect(0, 0, width, height);
      over.globalAlpha = 1;
      for (const tie of ties) this.line(tie, look);
      for (const node of nodes) this.dot(node, look);
    }
    over.font = `${FONT}px ${this.font}`;
    // What is looked at may be labelled, else everything, the largest first.
    const order = nodes.size
      ? [...nodes].sort((a, b) => (look.sizes[b] ?? 0) - (look.sizes[a] ?? 0))
      : this.order;
    const thought = this.moves() && !nodes.size ? order.slice(0, LARGE.labelled) : order;
    this.captions = place(
      thought.map((at) => this.spot(at)),
      (text) => over.measureText(text).width,
      width,
      height,
    );
    drawCaptions(over, this.captions, look.tokens);
    this.stage.dataset.drawn = String(Number(this.stage.dataset.drawn ?? 0) + 1);
  }

  /** Whether a large drawing is being moved; when it rests, labels are written again. */
  private moves(): boolean {
    if (this.network.things.length < LARGE.nodes) return false;
    const { x, y, ratio } = this.camera;
    const now = `${x} ${y} ${ratio}`;
    const moved = this.seen !== "" && this.seen !== now;
    this.seen = now;
    if (moved) {
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.write(), REST);
    }
    return moved;
  }

  private line(at: number, { tokens }: Look): void {
    const tie = this.network.ties[at];
    if (!tie) return;
    const [from, to] = [this.spot(tie.source), this.spot(tie.target)];
    drawTie(this.over, from, to, this.width(at) + 0.4, tokens.accent, this.network.directed);
  }

  private dot(at: number, look: Look): void {
    const ring = at === this.looked.node || at === look.node ? look.tokens.accent : null;
    const square = Boolean(this.network.things[at]?.second);
    drawNode(this.over, this.spot(at), square, look.colours[at] ?? "", ring);
  }
}

function still(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
