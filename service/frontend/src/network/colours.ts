// Colours: the tokens of the stylesheet as the theme has them now, and the groups that they tell apart.
import { shortened } from "./captions";
import type { Network, Thing } from "./data";

export interface Tokens {
  paper: string;
  ink: string;
  soft: string;
  edge: string;
  accent: string;
  raised: string;
  /** Of groups. */
  groups: string[];
}

export interface Group {
  name: string;
  count: number;
  /** Its token, `c1` to `c8`, or `edge` for what is left. */
  token: string;
}

export interface Grouping {
  groups: Group[];
  /** The group of each node. */
  of: number[];
}

const GROUPS = 8;

/** Tokens as `#rrggbb`. Custom properties are not resolved by getComputedStyle (`light-dark(...)`); the colour of an element is. */
export function tokens(): Tokens {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const token = (name: string) => {
    probe.style.color = `var(--${name})`;
    return hex(getComputedStyle(probe).color);
  };
  const found = {
    paper: token("paper"),
    ink: token("ink"),
    soft: token("soft"),
    edge: token("edge"),
    accent: token("accent"),
    raised: token("raised"),
    groups: Array.from({ length: GROUPS }, (_, at) => token(`c${at + 1}`)),
  };
  probe.remove();
  return found;
}

function hex(colour: string): string {
  const parts = colour.match(/[\d.]+/g)?.slice(0, 3) ?? ["0", "0", "0"];
  return `#${parts.map((part) => Math.round(Number(part)).toString(16).padStart(2, "0")).join("")}`;
}

/** So much of the second colour in the first. */
export function mixed(one: string, other: string, share: number): string {
  const channel = (colour: string, at: number) => parseInt(colour.slice(at, at + 2), 16);
  const parts = [1, 3, 5].map((at) => channel(one, at) * (1 - share) + channel(other, at) * share);
  return `#${parts.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

/** Groups of nodes by `community`, `class`, or an attribute; the eight largest have colours of their own. */
export function grouping(network: Network, by: string): Grouping {
  const classes = by === "class" ? rarity(network) : null;
  const keys = network.things.map((thing) => {
    if (by === "community") return String(thing.values.community ?? "");
    if (classes) return ending(telling(thing, classes, network.terms));
    return by === "none" ? "" : said(network, thing, by);
  });
  const members = new Map<string, number[]>();
  keys.forEach((key, at) => {
    const found = members.get(key);
    if (found) found.push(at);
    else members.set(key, [at]);
  });
  const ordered = [...members].sort(([, a], [, b]) => b.length - a.length);
  const shown =
    by === "none"
      ? []
      : ordered.filter(([key, group]) => key !== "" && (by !== "community" || group.length > 1));
  const own = shown.slice(0, GROUPS);
  const numbers = new Map(own.map(([key], at) => [key, at]));
  const groups = own.map(([key, group], at): Group => ({
    name: by === "community" ? `around ${shortened(central(network, group))}` : key,
    count: group.length,
    token: `c${at + 1}`,
  }));
  const left = network.things.length - own.reduce((sum, [, group]) => sum + group.length, 0);
  if (left && by !== "none") {
    groups.push({
      name: by === "community" ? "smaller ones" : shown.length > GROUPS ? "others" : "not said",
      count: left,
      token: "edge",
    });
  }
  return { groups, of: keys.map((key) => numbers.get(key) ?? own.length) };
}

/** The values of an attribute for people. */
export function said(network: Network, thing: Thing, attribute: string): string {
  const value = thing.values[attribute] ?? "";
  const several = Array.isArray(value) ? value : [value];
  return several.map((one) => network.labels[String(one)] ?? String(one)).join(", ");
}

export function ending(iri: string): string {
  return iri.split(/[#/]/).at(-1) ?? iri;
}

function central(network: Network, group: number[]): string {
  const most = group.reduce((a, b) =>
    (network.tiesOf[b]?.length ?? 0) > (network.tiesOf[a]?.length ?? 0) ? b : a,
  );
  return network.things[most]?.label ?? "";
}

/** The class of a node that says most: the rarest, and of several one of our own terms. */
function telling(thing: Thing, counts: Map<string, number>, terms: string): string {
  const rank = (iri: string) => 2 * (counts.get(iri) ?? 0) - Number(iri.startsWith(terms));
  return [...thing.classes].sort((a, b) => rank(a) - rank(b))[0] ?? "";
}

/** How many nodes are of each class. */
function rarity(network: Network): Map<string, number> {
  const found = new Map<string, number>();
  for (const thing of network.things)
    for (const iri of thing.classes) found.set(iri, (found.get(iri) ?? 0) + 1);
  return found;
}
