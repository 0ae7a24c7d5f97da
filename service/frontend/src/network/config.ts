/** What the server tells the script of a page of a network (service/muniment_service/network_page.py). */
export interface Config {
  name: string;
  /** Addresses: the page, the network as compact JSON, and why two are tied. */
  network: string;
  compact: string;
  tie: string;
  release: string | null;
  /** What IRIs of things of this dataset begin with, and where they are described. */
  prefix: string;
  document: string;
  /** The namespace of our own classes. */
  terms: string;
  /** Names of measures, and words for them. */
  measures: [string, string][];
  /** Those that came with the network. */
  shown: string[];
  /** Attributes of nodes. */
  attributes: string[];
}
