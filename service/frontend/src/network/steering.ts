// Controls beside the drawing: they show the view, and change it.
import type { Drawing } from "./drawing";
import { number } from "./elements";
import type { Network } from "./data";
import type { View, Views } from "./view";
import { combobox } from "../shared/combobox";

const STOPS = 60;
const SAME = "nothing: all the same";

export interface Acts {
  svg: () => void;
  png: () => void;
  link: () => void;
  clear: () => void;
}

export class Steering {
  private readonly size: HTMLSelectElement;
  private readonly colour: HTMLSelectElement;
  private readonly weight: HTMLInputElement;
  private readonly certain: HTMLInputElement;
  private readonly weights: number[];

  constructor(
    private readonly page: HTMLElement,
    private readonly network: Network,
    private readonly views: Views,
    sizes: [string, string][],
    colours: string[],
    private readonly shown: (node: number) => boolean,
  ) {
    this.size = page.querySelector("[name=size]")!;
    this.colour = page.querySelector("[name=colour]")!;
    this.weight = page.querySelector("[name=weight]")!;
    this.certain = page.querySelector("[name=certain]")!;
    this.size.append(...sizes.map(([name, words]) => new Option(words, name)), new Option(SAME, "none"));
    this.colour.append(...colours.map((name) => new Option(name, name)), new Option(SAME, "none"));
    this.weights = stops(network);
    this.weight.max = String(this.weights.length - 1);
    page.querySelector<HTMLElement>(".weight")!.hidden = this.weights.length < 2;
    this.size.addEventListener("change", () => views.go({ size: this.size.value }));
    this.colour.addEventListener("change", () => views.go({ colour: this.colour.value }));
    this.certain.addEventListener("change", () =>
      views.go({ dates: this.certain.checked ? "certain" : "possible" }),
    );
    this.weight.addEventListener("input", () => {
      const stop = Number(this.weight.value);
      views.move({ minWeight: stop ? (this.weights[stop] ?? null) : null });
    });
    const find = page.querySelector<HTMLInputElement>("[name=find]")!;
    combobox(
      find,
      (text) => this.find(text),
      (id) => {
        find.value = "";
        views.go({ node: id, tie: null });
      },
    );
    const small = matchMedia("(max-width: 60rem)");
    const fold = () => (page.querySelector<HTMLDetailsElement>("details.steer")!.open = !small.matches);
    small.addEventListener("change", fold);
    fold();
  }

  /** Buttons, and keys in the drawing. */
  bind(drawing: Drawing | null, acts: Acts): void {
    const turn = {
      in: () => drawing?.zoom(1 / 1.5),
      out: () => drawing?.zoom(1.5),
      whole: () => drawing?.turn(null, true),
      reset: () => this.views.go({ since: null, until: null, dates: "possible", minWeight: null }),
    };
    const presses: Record<string, () => void> = { ...turn, ...acts };
    for (const button of this.page.querySelectorAll<HTMLButtonElement>("button[data-act]")) {
      button.addEventListener("click", () => presses[button.dataset.act ?? ""]?.());
      if (!drawing && ["svg", "png"].includes(button.dataset.act ?? "")) button.hidden = true;
    }
    const keys: Record<string, () => void> = {
      ArrowLeft: () => drawing?.pan(-1, 0),
      ArrowRight: () => drawing?.pan(1, 0),
      ArrowUp: () => drawing?.pan(0, 1),
      ArrowDown: () => drawing?.pan(0, -1),
      "+": turn.in,
      "-": turn.out,
      "0": turn.whole,
      Escape: acts.clear,
    };
    drawing?.stage.addEventListener("keydown", (event) => {
      const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
      if (act) event.preventDefault();
      act?.();
    });
  }

  show(view: View): void {
    this.size.value = view.size;
    this.colour.value = view.colour;
    this.certain.checked = view.dates === "certain";
    const { minWeight } = view;
    const stop = minWeight === null ? 0 : this.weights.findIndex((weight) => weight >= minWeight);
    this.weight.value = String(stop < 0 ? this.weights.length - 1 : stop);
    const words = minWeight === null ? "any" : `at least ${number(minWeight)}`;
    this.weight.setAttribute("aria-valuetext", words);
    this.page.querySelector(".weight output")!.textContent = words;
    this.page.querySelector<HTMLElement>("[data-act=reset]")!.hidden = this.views.cuts().size === 0;
  }

  private find(text: string) {
    const wanted = folded(text);
    const later = (label: string) => Number(!folded(label).startsWith(wanted));
    return this.network.things
      .map((thing, at) => ({ ...thing, at }))
      .filter(({ label }) => folded(label).includes(wanted))
      .sort((a, b) => later(a.label) - later(b.label) || a.label.localeCompare(b.label))
      .slice(0, 10)
      .map(({ id, label, at }) => ({
        name: label.slice(0, 200),
        more: this.shown(at) ? "" : "not in this part",
        value: id,
      }));
  }
}

/** Without accents and capitals. */
function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Weights that a slider stops at: all, or as many as can be hit. */
function stops({ ties }: Network): number[] {
  const found = [...new Set(ties.map(({ weight }) => weight))].sort((a, b) => a - b);
  if (found.length <= STOPS) return found;
  return Array.from(
    { length: STOPS },
    (_, at) => found[Math.floor((at * (found.length - 1)) / (STOPS - 1))] ?? 0,
  );
}
