import { svg } from "../shared/svg";

export { svg };

/** A drawing of a size in its own units, which scales with the page, with a sentence for those who do not see it. */
export function picture(width: number, height: number, says: string, ...children: Node[]): SVGElement {
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": says, class: "drawing" },
    ...children,
  );
}

/** A link around a shape, to the description of a thing. */
export function linked(iri: string | undefined, shape: SVGElement): SVGElement {
  return iri ? svg("a", { href: described(iri) }, shape) : shape;
}

/** Where a thing is described. */
export const described = (iri: string) => `/doc?${new URLSearchParams({ iri })}`;

export const short = (text: string, most: number) =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;
