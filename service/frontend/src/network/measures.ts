// Measures of nodes: ties and their weights in the part that is shown, others in the whole network, fetched when they are wanted.
import type { Config } from "./config";
import type { Part } from "./cut";
import { measured, type Network } from "./data";

const LIVE = ["degree", "strength"];

export interface Measure {
  name: string;
  words: string;
  value: (node: number) => number;
}

export class Measures {
  private readonly asked = new Map<string, Map<string, number>>();
  private readonly words: ReadonlyMap<string, string>;

  constructor(
    private readonly network: Network,
    private readonly config: Config,
    private readonly part: () => Part,
    private readonly address: (measure: string) => string,
  ) {
    this.words = new Map(config.measures);
  }

  /** Names and words of all that can be had. */
  get all(): [string, string][] {
    return [...this.words];
  }

  /** Those that a table has columns for. */
  shown(wanted: string): Measure[] {
    const names = new Set([...LIVE, ...this.config.shown, wanted]);
    return [...names].filter((name) => this.words.has(name) && this.known(name)).map((name) => this.of(name));
  }

  of(name: string): Measure {
    return { name, words: this.words.get(name) ?? name, value: this.value(name) };
  }

  known(name: string): boolean {
    return (
      LIVE.includes(name) || this.asked.has(name) || this.network.things.every(({ values }) => name in values)
    );
  }

  /** Raises what `measured` does. */
  async fetch(name: string): Promise<void> {
    if (!this.known(name)) this.asked.set(name, await measured(this.address(name), name));
  }

  private value(name: string): (node: number) => number {
    const { network } = this;
    if (name === "degree") return (node) => this.part().degrees[node] ?? 0;
    if (name === "strength") {
      return (node) =>
        (network.tiesOf[node] ?? []).reduce((sum, tie) => sum + (this.part().weights[tie] ?? 0), 0);
    }
    const asked = this.asked.get(name);
    return (node) => {
      const thing = network.things[node];
      return asked?.get(thing?.id ?? "") ?? Number(thing?.values[name] ?? 0);
    };
  }
}
