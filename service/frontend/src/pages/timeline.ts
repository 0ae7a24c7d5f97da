// The timeline comes alive: zoom and pan by buttons, wheel, touch and keys; more is fetched as one comes closer.
import { firstDay, isoDay, lastDay, ticks } from "../shared/days";
import { draggable } from "../shared/drag";
import { fingers } from "../shared/fingers";
import { HEAD, lay, orderOf, ROW, type Event } from "../shared/lanes";
import { svg } from "../shared/svg";
import { swap } from "../shared/swap";

interface Period {
  from: string;
  until: string;
  name: string;
  events: number;
}

interface Lane {
  name: string;
  events: number;
  colour: number;
  periods: Period[];
}

interface Answer {
  extent: [string, string] | null;
  events?: Event[];
  counts: { unit: string; periods: Period[] } | null;
  lanes?: Lane[];
}

const HEIGHT_OF_BARS = 260;
const ROW_OF_BARS = 68;
const NAME_OF_LANE = 24;
const LEAST = 3; // days
const AXIS = 24;
const LETTER = 7; // pixels, where nothing measures texts

const place = document.querySelector<HTMLElement>("[data-timeline]");
if (place) timeline(place);

function timeline(place: HTMLElement): void {
  const { first, last, begin, end } = place.dataset as Record<string, string>;
  const whole = { first: firstDay(begin!), last: lastDay(end!) };
  const loadedAt = new URL(location.href);
  let shown = { first: firstDay(first!), last: lastDay(last!) };
  let by = place.dataset.lanes ?? "type";
  let answer: Answer | undefined;
  let covers = { first: 0, last: -1 }; // the time that the events in hand cover
  let order = new Map<string, number>();
  let settling: ReturnType<typeof setTimeout> | undefined;
  let painting = 0;
  let held = false; // by fingers

  const pen = document.createElement("canvas").getContext("2d");

  const card = document.createElement("div");
  card.className = "card";
  card.hidden = true;
  card.role = "status";
  const canvas = svg("svg", { class: "lanes live", width: "100%" }) as SVGSVGElement;

  const width = () => place.clientWidth;
  const x = (day: number) => ((day - shown.first) / Math.max(shown.last - shown.first, 1)) * width();

  async function load(): Promise<void> {
    const within = covers.first <= shown.first && covers.last >= shown.last;
    if (answer?.events && within) return;
    const asked = address("/timeline.json", answer !== undefined);
    const found = (await (await fetch(asked, { headers: { Accept: "application/json" } })).json()) as Answer;
    const all = answer === undefined;
    answer = found;
    covers = found.events
      ? all
        ? { first: -Infinity, last: Infinity }
        : { ...shown }
      : { first: 0, last: -1 };
    if (found.events) order = orderOf(found.events, by);
    if (all && !found.events && !isWhole()) await load();
  }

  function address(path: string, windowed: boolean): string {
    const url = new URL(loadedAt);
    url.pathname = path;
    url.hash = "";
    for (const name of ["from", "until", "lanes"]) url.searchParams.delete(name);
    if (windowed && !isWhole()) {
      url.searchParams.set("from", isoDay(shown.first));
      url.searchParams.set("until", isoDay(shown.last));
    }
    if (by !== "type") url.searchParams.set("lanes", by);
    return url.pathname + url.search;
  }

  const isWhole = () => shown.first <= whole.first && shown.last >= whole.last;

  function paint(): void {
    painting = 0;
    if (!answer || !width()) return;
    canvas.replaceChildren();
    canvas.setAttribute("class", answer.events ? "lanes live" : "density stacked");
    if (answer.events) events(answer.events);
    else bars();
    canvas.setAttribute("aria-label", "Events drawn over time; the list below has the same");
    canvas.setAttribute("role", "group");
  }

  const repaint = () => (painting ||= requestAnimationFrame(paint));

  function axis(height: number): void {
    for (const { day, name } of ticks(shown.first, shown.last, width() / 80)) {
      canvas.append(
        svg("line", { class: "tick", x1: x(day), x2: x(day), y1: 18, y2: height }),
        svg("text", { class: "tick", x: x(day) + 4, y: 12 }, name),
      );
    }
    canvas.setAttribute("height", String(height));
  }

  /** Tells how wide texts of the drawing are. */
  function widths(): (text: string) => number {
    const probe = svg("text", {});
    canvas.append(probe);
    const { fontSize, fontFamily } = getComputedStyle(probe);
    probe.remove();
    if (pen) pen.font = `${fontSize} ${fontFamily}`;
    return (text) => pen?.measureText(text).width ?? text.length * LETTER;
  }

  function events(all: Event[]): void {
    const seen = all
      .map((event) => ({ event, first: firstDay(event.first), last: lastDay(event.last) }))
      .filter((one) => one.last >= shown.first && one.first <= shown.last)
      .map(({ event, first, last }) => {
        const left = x(Math.max(first, shown.first));
        // A day has no width from afar; near by, it has that of a day.
        return { event, left, right: Math.max(x(Math.min(last, shown.last)), left) };
      });
    const lanes = lay(seen, by, order, width(), widths());
    axis(lanes.reduce((sum, lane) => sum + HEAD + lane.rows * ROW, AXIS + 8));
    let y = AXIS;
    for (const lane of lanes) {
      canvas.append(
        svg("line", { class: "axis", x1: 0, x2: "100%", y1: y, y2: y }),
        svg("text", { class: "lane", y: y + 18 }, `${lane.name} `, svg("tspan", {}, String(lane.count))),
      );
      for (const mark of lane.marks) {
        const at = y + HEAD + mark.row * ROW + 10;
        const [vagueStart, vagueEnd] = [
          mark.event.start.length < 10,
          (mark.event.end ?? mark.event.start).length < 10,
        ];
        const soft = vagueStart && vagueEnd ? "both" : vagueStart ? "start" : vagueEnd ? "end" : "";
        const shape = soft
          ? {
              class: `c${lane.colour} soft-${soft}`,
              mask: `url(#soft-${soft})`,
              x: mark.left,
              y: at - 6,
              height: 12,
            }
          : { class: `c${lane.colour}`, x1: mark.left, x2: mark.right, y1: at, y2: at };
        const drawn = soft
          ? svg("rect", { ...shape, width: Math.max(mark.right - mark.left, 6) })
          : svg("line", shape as Record<string, string | number>);
        const link = svg("a", { class: "event", href: mark.event.url }, drawn);
        if (mark.label) {
          const where = mark.turned ? { x: mark.left - 10, "text-anchor": "end" } : { x: mark.right + 10 };
          link.append(svg("text", { ...where, y: at + 4 } as Record<string, string | number>, mark.label));
        } else link.setAttribute("aria-label", mark.event.label);
        for (const type of ["mouseenter", "focus"]) link.addEventListener(type, () => tell(mark.event, link));
        for (const type of ["mouseleave", "blur"]) link.addEventListener(type, () => (card.hidden = true));
        canvas.append(link);
      }
      y += HEAD + lane.rows * ROW;
    }
  }

  /** How many events begin when; in lanes if they are known. */
  function bars(): void {
    const periods = answer?.counts?.periods ?? [];
    const lanes: (Lane | { periods: Period[]; colour?: number })[] = answer?.lanes ?? [{ periods }];
    const parted = answer?.lanes !== undefined;
    const row = parted ? ROW_OF_BARS : HEIGHT_OF_BARS - AXIS;
    const height = AXIS + row * lanes.length;
    axis(height);
    const most = Math.max(...lanes.flatMap((lane) => lane.periods.map((period) => period.events)), 1);
    const sides = (period: Period) => [x(firstDay(period.from)), x(lastDay(period.until) + 1)] as const;
    lanes.forEach((lane, at) => {
      const foot = AXIS + (at + 1) * row;
      const shape = lane.periods.map((period) => {
        const [left, right] = sides(period);
        const tall = Math.max((period.events / most) * (row - (parted ? NAME_OF_LANE : 12)), 2);
        return `M${left} ${foot}v${-tall}h${Math.max(right - left - 1, 1)}v${tall}z`;
      });
      canvas.append(
        svg("path", { class: parted ? `c${lane.colour}` : "bar", d: shape.join("") }),
        svg("line", { class: "axis", x1: 0, x2: "100%", y1: foot, y2: foot }),
      );
      if ("name" in lane)
        canvas.append(
          svg(
            "text",
            { class: "lane", y: foot - row + 18 },
            `${lane.name} `,
            svg("tspan", {}, lane.events.toLocaleString("en")),
          ),
        );
    });
    for (const period of periods) {
      const [left, right] = sides(period);
      if (right < 0 || left > width()) continue;
      const link = svg("a", { href: address("/timeline", false) });
      link.append(
        svg("title", {}, `${period.name}: ${period.events.toLocaleString("en")}`),
        svg("rect", { class: "all", x: left, y: AXIS, width: right - left, height: height - AXIS }),
      );
      link.addEventListener("click", (event) => {
        event.preventDefault();
        if (!dragged()) go(firstDay(period.from), lastDay(period.until));
      });
      canvas.append(link);
    }
  }

  function tell(event: Event, link: SVGElement): void {
    const name = document.createElement("strong");
    name.textContent = event.label;
    const lines = [event.when, event.status, event.places?.join("; "), event.organizers?.join(", ")].filter(
      Boolean,
    );
    card.replaceChildren(
      name,
      ...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })),
    );
    card.hidden = false;
    const [box, around] = [link.getBoundingClientRect(), place.getBoundingClientRect()];
    const left = Math.min(Math.max(box.left - around.left, 0), Math.max(width() - card.offsetWidth, 0));
    card.style.left = `${left}px`;
    card.style.top = `${box.bottom - around.top + 6}px`;
  }

  function go(first: number, last: number): void {
    const margin = Math.max((whole.last - whole.first) * 0.02, 15);
    const most = whole.last - whole.first + 2 * margin;
    const length = Math.min(Math.max(last - first, LEAST), most);
    const middle = (first + last) / 2;
    let start = middle - length / 2;
    start = Math.max(Math.min(start, whole.last + margin - length), whole.first - margin);
    shown = { first: start, last: start + length };
    if (length >= most * 0.98) shown = { ...whole };
    card.hidden = true;
    repaint();
    clearTimeout(settling);
    if (!held) settling = setTimeout(settle, 250);
  }

  /** Everything else on the page follows: address, list, overview, form, other views. */
  async function settle(): Promise<void> {
    const here = address("/timeline", true);
    history.replaceState(null, "", here);
    try {
      await load();
      cancelAnimationFrame(painting);
      paint(); // at once: a page in the background has no frames
      await swap(here, "#events", "svg.density", "[data-window]", ".views");
    } catch (problem) {
      if (!(problem instanceof DOMException && problem.name === "AbortError")) throw problem;
    }
    for (const name of ["from", "until"]) {
      const field = document.querySelector<HTMLInputElement>(`form.filters input[name=${name}]`);
      if (field) field.value = isWhole() ? "" : isoDay(name === "from" ? shown.first : shown.last);
    }
    place.dataset.settled = here;
  }

  function zoom(by: number, at = 0.5): void {
    const length = shown.last - shown.first;
    const centre = shown.first + length * at;
    go(centre - length * by * at, centre + length * by * (1 - at));
  }

  const pan = (part: number) => {
    const by = (shown.last - shown.first) * part;
    go(shown.first + by, shown.last + by);
  };

  /** Where most events are, so that zooming in by a button leads to something. */
  function centre(): number {
    const days = (answer?.events ?? []).map((event) => firstDay(event.first)).sort((a, b) => a - b);
    const inside = days.filter((day) => day >= shown.first && day <= shown.last);
    const middle = inside[Math.floor(inside.length / 2)];
    return middle === undefined ? 0.5 : (middle - shown.first) / (shown.last - shown.first);
  }

  const actions: [string, string, () => void][] = [
    ["−", "Zoom out", () => zoom(2)],
    ["+", "Zoom in", () => zoom(0.5, centre())],
    ["←", "Earlier", () => pan(-0.5)],
    ["→", "Later", () => pan(0.5)],
    ["All", "All of the time", () => go(whole.first, whole.last)],
  ];
  const bar = document.querySelector("[data-zoom]");
  for (const link of bar?.querySelectorAll("a") ?? []) link.remove();
  for (const [sign, name, act] of actions) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.textContent = sign;
    button.setAttribute("aria-label", name);
    button.title = name;
    button.addEventListener("click", act);
    bar?.append(button);
  }
  const hint = document.createElement("small");
  hint.className = "hint";
  hint.textContent = matchMedia("(pointer: coarse), (max-width: 30rem)").matches
    ? "Two fingers zoom, one moves."
    : "Ctrl and wheel or + and − zoom; drag or arrows move.";
  bar?.append(hint);

  place.tabIndex = 0;
  place.role = "group";
  place.setAttribute("aria-label", "Timeline: plus and minus zoom, arrows move, 0 shows all");
  place.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") zoom(0.5, centre());
    else if (event.key === "-") zoom(2);
    else if (event.key === "ArrowLeft") pan(-0.2);
    else if (event.key === "ArrowRight") pan(0.2);
    else if (event.key === "0") go(whole.first, whole.last);
    else if (event.key === "Escape") card.hidden = true;
    else return;
    event.preventDefault();
  });
  place.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const at = (event.clientX - place.getBoundingClientRect().left) / width();
        zoom(Math.exp(Math.max(Math.min(event.deltaY, 100), -100) / 200), at);
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        pan(event.deltaX / width());
      }
    },
    { passive: false },
  );
  const dragged = draggable(place, Math.abs, () => {
    const from = { ...shown };
    return (right) => {
      const by = (right / width()) * (from.last - from.first);
      go(from.first + by, from.last + by);
    };
  });
  fingers(
    place,
    () => {
      const from = { ...shown };
      return (spread, left, now) => {
        held = true;
        const [before, length] = [from.last - from.first, (from.last - from.first) / spread];
        const first = from.first + (left / width()) * before - (now / width()) * length;
        go(first, first + length);
      };
    },
    () => {
      held = false;
      go(shown.first, shown.last);
    },
  );
  document.querySelector<HTMLSelectElement>("select[name=lanes]")?.addEventListener("change", (event) => {
    by = (event.target as HTMLSelectElement).value;
    if (answer?.events) order = orderOf(answer.events, by);
    else answer = undefined; // what was counted are other lanes
    go(shown.first, shown.last);
  });
  new ResizeObserver(repaint).observe(place);
  void load().then(() => {
    place.replaceChildren(canvas, card);
    paint();
    place.dataset.settled = address("/timeline", true);
  });
}
