// The map comes alive: zoom and pan by buttons, wheel and keys; a bar of the time filter shows its places without a new page.
import { draggable } from "../shared/drag";
import { shift, withRoom } from "../shared/labels";
import { swap } from "../shared/swap";

interface View {
  x: number;
  y: number;
  width: number;
}

const NEAREST = 250;
const RATIO = 16 / 9;

enliven();
document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<Element>(".times a");
  const mouse = event as MouseEvent;
  if (!link || mouse.ctrlKey || mouse.metaKey || mouse.shiftKey || mouse.button) return;
  event.preventDefault();
  void turnTo(link.getAttribute("href")!, true);
});
addEventListener("popstate", () => void turnTo(location.pathname + location.search + location.hash, false));

/** Shows the places of another time, with the same part of the world if one was chosen. */
async function turnTo(address: string, remember: boolean): Promise<void> {
  const [path] = address.split("#");
  try {
    await swap(path!, ".mapped", ".times", ".views", "form.filters");
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") return;
    throw problem;
  }
  if (remember) history.pushState(null, "", path + location.hash);
  enliven();
  document.querySelector<HTMLElement>("#places")?.focus({ preventScroll: true });
}

function enliven(): void {
  const found = document.querySelector<HTMLElement>("[data-map]");
  if (!found) return;
  const place = found;
  const world = place.querySelector<SVGSVGElement>("svg.world")!;
  const points = [...place.querySelectorAll<SVGAElement>(".points a")].map((link) => {
    const circle = link.querySelector("circle")!;
    return {
      link,
      circle,
      radius: Number(circle.getAttribute("r")),
      x: Number(link.dataset.x),
      y: Number(link.dataset.y),
    };
  });
  const names = [...place.querySelectorAll<SVGTextElement>(".names text")];
  const [x, y, width] = place.dataset.map!.split(" ").map(Number) as [number, number, number];
  const whole = Number(place.dataset.world);
  const start: View = { x, y, width };
  let view = ofHash() ?? start;
  let painting = 0;

  function paint(): void {
    painting = 0;
    const height = view.width / RATIO;
    const drawn = place.clientWidth;
    const scale = drawn / view.width;
    world.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${height}`);
    const boxed = points.map((point, at) => {
      const [left, top] = [(point.x - view.x) * scale, (point.y - view.y) * scale];
      point.circle.setAttribute("cx", `${left}`);
      point.circle.setAttribute("cy", `${top}`);
      const inside = left >= 0 && left <= drawn && top >= 0 && top <= drawn / RATIO;
      point.link.classList.toggle("outside", !inside);
      return { x: left, y: top, radius: point.radius, letters: names[at]!.textContent!.length };
    });
    const sides = withRoom(boxed, drawn, drawn / RATIO);
    for (const [at, name] of names.entries()) {
      const [point, side] = [boxed[at]!, sides[at] ?? "right"];
      const [right, down] = shift(point.radius, side);
      name.setAttribute("class", `${sides[at] ? "at-all" : "at-none"} ${side}`);
      for (const [key, value] of Object.entries({ x: point.x, y: point.y, dx: right, dy: down })) {
        name.setAttribute(key, `${value}`);
      }
    }
  }

  function go(next: View): void {
    const width = Math.min(Math.max(next.width, NEAREST), whole);
    const height = width / RATIO;
    const tall = whole / RATIO;
    const [centreX, centreY] = [next.x + next.width / 2, next.y + next.width / RATIO / 2];
    const top = start.width === whole ? start.y : (whole * 0.4867 - tall) / 2;
    view = {
      width,
      x: Math.min(Math.max(centreX - width / 2, 0), whole - width),
      y: Math.min(Math.max(centreY - height / 2, top), top + tall - height),
    };
    const hash = `#${[view.x, view.y, view.width].map(Math.round).join(",")}`;
    history.replaceState(null, "", location.pathname + location.search + hash);
    painting ||= requestAnimationFrame(paint);
  }

  function zoom(by: number, left = 0.5, top = 0.5): void {
    const width = Math.min(Math.max(view.width * by, NEAREST), whole);
    const gone = view.width - width;
    go({ x: view.x + gone * left, y: view.y + (gone / RATIO) * top, width });
  }

  const pan = (right: number, down: number) =>
    go({ ...view, x: view.x + right * view.width, y: view.y + (down * view.width) / RATIO });

  const actions: [string, string, () => void][] = [
    ["+", "Zoom in", () => zoom(0.5)],
    ["−", "Zoom out", () => zoom(2)],
    ["All", "All places", () => go(start)],
  ];
  const bar = document.createElement("div");
  bar.className = "tools";
  for (const [sign, name, act] of actions) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = sign;
    button.setAttribute("aria-label", name);
    button.title = name;
    button.addEventListener("click", act);
    bar.append(button);
  }
  place.append(bar);
  place.tabIndex = 0;
  place.role = "group";
  place.setAttribute("aria-label", "Map: plus and minus zoom, arrows move, 0 shows all places");
  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Record<string, () => void> = {
      "+": () => zoom(0.5),
      "=": () => zoom(0.5),
      "-": () => zoom(2),
      "0": () => go(start),
      ArrowLeft: () => pan(-0.15, 0),
      ArrowRight: () => pan(0.15, 0),
      ArrowUp: () => pan(0, -0.15),
      ArrowDown: () => pan(0, 0.15),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  });
  place.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // a wheel alone scrolls the page
      event.preventDefault();
      const box = place.getBoundingClientRect();
      const by = Math.exp(Math.max(Math.min(event.deltaY, 100), -100) / 200);
      zoom(by, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    },
    { passive: false },
  );
  draggable(place, Math.hypot, () => {
    const from = view;
    const scale = view.width / place.clientWidth;
    return (right, low) => go({ ...from, x: from.x + right * scale, y: from.y + low * scale });
  });
  new ResizeObserver(() => (painting ||= requestAnimationFrame(paint))).observe(place);
  place.dataset.ready = "";
}

function ofHash(): View | undefined {
  const numbers = location.hash.slice(1).split(",").map(Number);
  if (numbers.length !== 3 || !numbers.every(Number.isFinite)) return undefined;
  const [x, y, width] = numbers as [number, number, number];
  return width > 0 ? { x, y, width } : undefined;
}
