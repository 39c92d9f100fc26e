import { webRoot } from "../host-files.js";
import { type HostSpec, type Topology, withoutPrefix } from "../topology.js";

/** What a web server's host has that says where its store is: a {@link StorePlace}. */
export const placeFile = "/etc/rondo/store.json";
/** What a store's host has that says what it gives to whom: an {@link Exports}. */
export const exportsFile = "/etc/rondo/exports.json";

/** What clients may change lies in this folder, which is there from the beginning. */
export const sharedFolder = "/shared";

/** Where a store's file service is. */
export interface StorePlace {
  /** The store's host. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** What a store's file service gives out and takes in. */
export interface Exports {
  readonly port: number;
  /** All below this folder. */
  readonly folder: string;
  /** Addresses of the hosts whose web servers serve from here. */
  readonly to: readonly string[];
}

/** The store of a host's web server, at its address on the first network that both are on. */
export function storePlace(topology: Topology, { web, interfaces }: HostSpec): StorePlace | undefined {
  const store = topology.hosts.find(({ name }) => name === web?.store);
  if (!store?.store) return undefined;
  for (const { network } of interfaces)
    for (const card of store.interfaces) {
      const [first] = card.network === network ? card.addresses : [];
      if (first) return { name: store.name, address: withoutPrefix(first.address), port: store.store.port };
    }
  return undefined;
}

/** What a store gives to the hosts whose web servers name it. */
function exportsOf(topology: Topology, { name, store }: HostSpec): Exports | undefined {
  if (!store) return undefined;
  const served = topology.hosts.filter(({ web }) => web?.store === name);
  const to = served.flatMap(({ interfaces }) =>
    interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => withoutPrefix(address))),
  );
  return { port: store.port, folder: webRoot, to };
}

/** Files that a host gets for it. */
export function storeFiles(topology: Topology, host: HostSpec): Record<string, string> {
  const files: Record<string, string> = {};
  const add = (name: string, value: unknown) => {
    if (value !== undefined) files[name] = `${JSON.stringify(value)}\n`;
  };
  add(placeFile, storePlace(topology, host));
  add(exportsFile, exportsOf(topology, host));
  return files;
}
