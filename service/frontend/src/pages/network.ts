import type { Config } from "../network/config";
import { fetched, Refused, type Network } from "../network/data";
import { NetworkPage } from "../network/page";

const page = document.querySelector<HTMLElement>("#drawing");
const config = JSON.parse(document.querySelector("#network-config")?.textContent ?? "null") as Config | null;
if (page && config) void begin(page, config);

async function begin(page: HTMLElement, config: Config): Promise<void> {
  const told = document.querySelector<HTMLElement>("#drawing-told")!;
  const say = (words: string) => {
    told.textContent = words;
    told.hidden = !words;
  };
  let network: Network;
  try {
    network = await fetched(config.compact, config.terms);
  } catch (error) {
    const why = error instanceof Refused ? error.message : "the server could not be reached.";
    say(`The drawing could not be made: ${why} The picture and the tables are as the server made them.`);
    return;
  }
  new NetworkPage(page, config, network, say);
}
