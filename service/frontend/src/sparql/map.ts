// Rows as dots on the outlines of the world, in the Equal Earth projection that those are drawn in.
// B. Šavrič, T. Patterson, B. Jenny: The Equal Earth map projection. IJGIS 33 (2019), doi:10.1080/13658816.2018.1504949.
import { shift, withRoom } from "../shared/labels";
import { places, naming, type Row } from "./columns";
import { Drawing } from "./drawings";
import { linked, picture, short, svg } from "./svg";

const [A1, A2, A3, A4] = [1.340264, -0.081106, 0.000893, 0.003796];
const WORLD = 10_000;
const NEAREST = 1_200;
const RATIO = 16 / 9;
const RADIUS = 5;

function equalEarth(longitude: number, latitude: number): [number, number] {
  const theta = Math.asin((Math.sqrt(3) / 2) * Math.sin((latitude * Math.PI) / 180));
  const square = theta ** 2;
  const sixth = theta ** 6;
  const x = (2 * Math.sqrt(3) * ((longitude * Math.PI) / 180) * Math.cos(theta)) / 3;
  return [
    x / (A1 + 3 * A2 * square + sixth * (7 * A3 + 9 * A4 * square)),
    theta * (A1 + A2 * square + sixth * (A3 + A4 * square)),
  ];
}

const RIGHT = equalEarth(180, 0)[0];
const TOP = equalEarth(0, 90)[1];
const HEIGHT = Math.round((WORLD * TOP) / RIGHT);

export class Places extends Drawing {
  label = "Map";
  protected icon = "M1 4l4-2 6 2 4-2v10l-4 2-6-2-4 2zM5 2v10M11 4v10";
  /** Where the outlines are. */
  static outlines = "";

  drawing(variables: string[], rows: Row[]) {
    const where = places(variables, rows);
    if (!where) return undefined;
    const name = naming(variables, rows, []);
    return () => {
      const found = rows.flatMap((row) => {
        const at = where(row);
        if (!at || Math.abs(at[0]) > 180 || Math.abs(at[1]) > 90) return [];
        const [x, y] = equalEarth(...at);
        return [{ row, x: (WORLD / 2) * (1 + x / RIGHT), y: (HEIGHT / 2) * (1 - y / TOP) }];
      });
      const [xs, ys] = [found.map((one) => one.x), found.map((one) => one.y)];
      const [left, right] = [Math.min(...xs), Math.max(...xs)];
      const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
      const width = Math.min(WORLD, Math.max((right - left) * 1.3, (bottom - top) * 1.4 * RATIO, NEAREST));
      const scale = 1000 / width;
      const x = (at: number) => (at - (left + right) / 2) * scale + 500;
      const y = (at: number) => (at - (top + bottom) / 2) * scale + 500 / RATIO;
      const world = svg("g", {
        transform: `translate(${x(0)} ${y(0)}) scale(${scale})`,
        class: "world",
        "aria-hidden": "true",
      });
      for (const part of ["sphere", "land", "borders"]) {
        world.append(svg("use", { href: `${Places.outlines}#${part}`, class: part }));
      }
      const texts = found.map(({ row }) => short(name ? this.name(row[name]) : "", 28));
      const height = Math.round(1000 / RATIO);
      const points = found.map((one, at) => ({
        x: x(one.x),
        y: y(one.y),
        radius: RADIUS,
        letters: texts[at]?.length ?? 0,
      }));
      const sides = withRoom(points, 1000, height);
      const dots = found.map(({ row }, at) => {
        const side = sides[at];
        const [right, down] = side ? shift(RADIUS, side) : [0, 0];
        const anchor = side === "right" ? "start" : side === "left" ? "end" : "middle";
        const thing = Object.values(row).find((term) => term?.type === "uri");
        return linked(
          thing?.value,
          svg(
            "g",
            { transform: `translate(${points[at]?.x ?? 0} ${points[at]?.y ?? 0})` },
            svg("title", {}, texts[at] ?? ""),
            svg("circle", { r: RADIUS, class: "c1" }),
            ...(side ? [svg("text", { x: right, y: down, "text-anchor": anchor }, texts[at] ?? "")] : []),
          ),
        );
      });
      const says = `${found.length} of ${rows.length} rows on a map; the table says the same.`;
      return picture(1000, height, says, world, ...dots);
    };
  }
}
