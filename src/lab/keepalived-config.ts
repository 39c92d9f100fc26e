import {
  fixConfig,
  type InterfaceAnswer,
  type ReadOptions,
  type ReadResult,
  readConfig,
} from "../config/keepalived/index.js";
import { keepalivedFile } from "./keepalived.js";
import type { HostSpec, Topology } from "./topology.js";

/** A host is data: its file says the same each time that it is read. */
const read = new WeakMap<HostSpec, ReadResult>();

/** Reads a host's keepalived.conf, without the words that are mistyped, as that host would, wherever this process is. */
export function readKeepalived(host: HostSpec): ReadResult {
  let result = read.get(host);
  if (result === undefined) {
    result = readConfig(keepalivedFile, optionsFor(host, mended(host)));
    read.set(host, result);
  }
  return result;
}

function optionsFor(host: HostSpec, text: string): ReadOptions {
  return {
    configId: host.name,
    world: {
      workingDirectory: () => "/",
      hostName: () => host.name,
      directory: (path) => path,
      glob: (pattern) => ({ paths: [pattern], missing: 0, wildcards: false }),
      interface: (name) => interfaceOf(host, name),
      read: (path) =>
        path === keepalivedFile ? { kind: "text", text, encoding: "utf8" } : { kind: "missing" },
    },
  };
}

/** The file of a host without the words that are mistyped. */
export function mended(host: HostSpec): string {
  const text = host.keepalived?.config ?? "";
  return fixConfig(keepalivedFile, optionsFor(host, text)).files[0]?.text ?? text;
}

function interfaceOf(host: HostSpec, name: string): InterfaceAnswer | null {
  const found = host.interfaces.find((card) => card.name === name);
  if (!found && name !== "lo") return null;
  return {
    loopback: name === "lo",
    multicast: name !== "lo",
    ethernet: name !== "lo",
    mtu: name === "lo" ? 65_536 : 1500,
    addresses: (found?.addresses ?? []).map(({ address }) => address),
  };
}

/** The addresses that keepalived may give a host. */
export function virtualAddresses(host: HostSpec): string[] {
  if (!host.keepalived) return [];
  return readKeepalived(host).config.instances.flatMap(({ addresses, excludedAddresses }) =>
    [...addresses, ...excludedAddresses].map(({ address }) => address.toString()),
  );
}

/** The host that keepalived gives an address to: the one with the highest priority. */
export function masterOf(topology: Topology, address: string): HostSpec | undefined {
  const candidates = topology.hosts.flatMap((host) =>
    host.keepalived
      ? readKeepalived(host)
          .config.instances.filter(({ addresses }) =>
            addresses.some((entry) => entry.address.toString() === address),
          )
          .map(({ priority }) => ({ host, priority }))
      : [],
  );
  return candidates.sort((one, other) => other.priority - one.priority)[0]?.host;
}
