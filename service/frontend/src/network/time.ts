// The slider of dates: from, to, how much falls into each step, and a player.
import type { Network } from "./data";
import { bounds, spoken, steps } from "./dates";
import type { View, Views } from "./view";

const SVG = "http://www.w3.org/2000/svg";
const PACE = 700;

export class TimeSlider {
  private readonly steps: string[];
  private readonly from: HTMLInputElement;
  private readonly to: HTMLInputElement;
  private readonly button: HTMLButtonElement;
  private readonly bars: SVGRectElement[] = [];
  private timer = 0;

  /** `place` is hidden for good where nothing has a date. */
  constructor(
    private readonly place: HTMLElement,
    network: Network,
    private readonly views: Views,
  ) {
    this.from = place.querySelector("[name=from]")!;
    this.to = place.querySelector("[name=to]")!;
    this.button = place.querySelector("button")!;
    const spans = network.reasons.flatMap(({ begins, ends }) =>
      begins && ends ? [[begins[0], ends[1]] as const] : [],
    );
    const first = spans.reduce((least, [day]) => Math.min(least, day), Infinity);
    const last = spans.reduce((most, [, day]) => Math.max(most, day), -Infinity);
    this.steps = spans.length ? steps(first, last) : [];
    place.hidden = this.steps.length < 2;
    if (place.hidden) return;
    for (const slider of [this.from, this.to]) slider.max = String(this.steps.length - 1);
    this.draw(spans);
    this.from.addEventListener("input", () => this.drag(this.from));
    this.to.addEventListener("input", () => this.drag(this.to));
    for (const slider of [this.from, this.to]) slider.addEventListener("change", () => views.go({}));
    this.button.addEventListener("click", () => this.press());
    this.name();
    matchMedia("(prefers-reduced-motion: reduce)").addEventListener("change", () => this.stop());
  }

  /** Stand where the view says. */
  show(view: View): void {
    if (this.place.hidden) return;
    const end = this.steps.length - 1;
    this.from.value = String(view.since ? this.step(bounds(view.since)?.[0], 0) : 0);
    this.to.value = String(view.until ? this.step(bounds(view.until)?.[1], end) : end);
    for (const slider of [this.from, this.to]) {
      slider.setAttribute("aria-valuetext", spoken(this.steps[Number(slider.value)] ?? ""));
    }
    const [from, to] = [Number(this.from.value), Number(this.to.value)];
    this.bars.forEach((bar, at) => bar.classList.toggle("in", at >= from && at <= to));
    const whole = !view.since && !view.until;
    this.place.querySelector("output")!.textContent = whole
      ? "all dates, and what has none"
      : `${spoken(view.since ?? this.steps[0] ?? "")} to ${spoken(view.until ?? this.steps[end] ?? "")}`;
  }

  private drag(slider: HTMLInputElement): void {
    this.stop();
    if (Number(this.from.value) > Number(this.to.value)) {
      if (slider === this.from) this.to.value = this.from.value;
      else this.from.value = this.to.value;
    }
    this.set(Number(this.from.value), Number(this.to.value));
  }

  private set(from: number, to: number): void {
    const end = this.steps.length - 1;
    this.views.move({
      since: from === 0 ? null : (this.steps[from] ?? null),
      until: to === end ? null : (this.steps[to] ?? null),
    });
  }

  private press(): void {
    if (this.timer) return this.stop();
    if (reduced()) return void this.next();
    this.next();
    this.timer = window.setInterval(() => this.next() || this.stop(), PACE);
    this.name();
  }

  /** One step on: a window that begins with the first step grows, another wanders. False at the end. */
  private next(): boolean {
    const end = this.steps.length - 1;
    const [from, to] = [Number(this.from.value), Number(this.to.value)];
    if (to >= end) this.set(from === 0 ? 0 : 0, from === 0 ? 0 : to - from);
    else if (from === 0) this.set(0, to + 1);
    else this.set(from + 1, to + 1);
    return Number(this.to.value) < end;
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = 0;
    this.name();
  }

  private name(): void {
    this.button.textContent = this.timer ? "Pause" : reduced() ? "Next step" : "Play";
  }

  private step(day: number | undefined, otherwise: number): number {
    if (day === undefined) return otherwise;
    const found = this.steps.findIndex((text) => (bounds(text)?.[1] ?? 0) >= day);
    return found < 0 ? this.steps.length - 1 : found;
  }

  /** A bar for each step: how many events or documents may be of it. */
  private draw(spans: (readonly [number, number])[]): void {
    const picture = this.place.querySelector("svg")!;
    const counts = this.steps.map((text) => {
      const [first, last] = bounds(text) ?? [0, 0];
      return spans.filter(([begins, ends]) => begins <= last && ends >= first).length;
    });
    const most = Math.max(...counts);
    picture.setAttribute("viewBox", `0 0 ${counts.length} 1`);
    counts.forEach((count, at) => {
      const bar = document.createElementNS(SVG, "rect");
      const high = count ? Math.max(0.06, count / most) : 0;
      for (const [name, value] of Object.entries({ x: at + 0.08, y: 1 - high, width: 0.84, height: high })) {
        bar.setAttribute(name, String(value));
      }
      this.bars.push(bar);
    });
    picture.replaceChildren(...this.bars);
  }
}

function reduced(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
