import { lookup, Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import {
  HostsFile,
  HostWanted,
  inetNtop,
  type NameSource,
  type NameTable,
  ServicesFile,
} from "../config/ipvsadm/index.js";
import { IpAddress } from "../wire/address.js";

/** Names of hosts and services, as the host knows them. */
export interface HostNames {
  /** The IPv4 address of a host, as the system's resolver finds it; undefined if it finds none. */
  address(name: string): Promise<IpAddress | undefined>;
  /** Names for addresses; those that nobody tells in time are missing. */
  namesOf(addresses: readonly IpAddress[]): Promise<ReadonlyMap<string, string>>;
  /** Contents of /etc/services. */
  readonly services: ServicesFile;
}

interface SystemNamesOptions {
  /** How long a listing waits for names of addresses, in milliseconds, for all of them together; default 2000. */
  readonly patience?: number;
  /** Name servers to ask for names of addresses; default: those of /etc/resolv.conf. */
  readonly servers?: readonly string[];
}

/** The names of this host: /etc/hosts, /etc/services and the name servers of /etc/resolv.conf. */
export function systemNames(options: SystemNamesOptions = {}): HostNames {
  let services: ServicesFile | undefined;
  return {
    get services() {
      return (services ??= new ServicesFile(contents("/etc/services")));
    },
    async address(name) {
      const found = await lookup(name, { family: 4 }).catch(() => undefined);
      return found && IpAddress.parse(found.address);
    },
    async namesOf(addresses) {
      const hosts = new HostsFile(contents("/etc/hosts"));
      const found = new Map<string, string>();
      const unknown: string[] = [];
      for (const address of addresses) {
        const name = hosts.name(address);
        if (name === undefined) unknown.push(inetNtop(address));
        else found.set(inetNtop(address), name);
      }
      await askServers(unknown, found, options);
      return found;
    },
  };
}

/** Asks name servers for all addresses at once and gives up on those that are not answered in time. */
async function askServers(
  addresses: readonly string[],
  found: Map<string, string>,
  { patience = 2000, servers }: SystemNamesOptions,
): Promise<void> {
  if (addresses.length === 0) return;
  const resolver = new Resolver({ timeout: patience / 2, tries: 1 });
  if (servers) resolver.setServers(servers);
  const timer = setTimeout(() => resolver.cancel(), patience);
  const ask = async (address: string) => {
    const names = await resolver.reverse(address).catch(() => []);
    if (names[0] !== undefined) found.set(address, names[0]);
  };
  await Promise.all(addresses.map(ask));
  clearTimeout(timer);
}

/** A file's text; one that cannot be read knows nothing. */
function contents(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/**
 * Runs what needs typed names: `use` is called with a table of what is known, and again after every host that it
 * wanted has been looked up.
 */
export async function withTypedNames<T>(names: HostNames, use: (table: NameTable) => T): Promise<T> {
  const known = new Map<string, IpAddress | undefined>();
  const table: NameTable = {
    hostAddress(name) {
      if (!known.has(name)) throw new HostWanted(name);
      return known.get(name);
    },
    servicePort: (name, protocol) => names.services.port(name, protocol),
  };
  for (;;) {
    try {
      return use(table);
    } catch (error) {
      if (!(error instanceof HostWanted)) throw error;
      known.set(error.host, await names.address(error.host));
    }
  }
}

/** What is known without asking anybody: services by name. A host by name is a {@link HostWanted}. */
export const knownNames = (names: HostNames): NameTable => ({
  hostAddress(name) {
    throw new HostWanted(name);
  },
  servicePort: (name, protocol) => names.services.port(name, protocol),
});

/** What a listing without `-n` shows for these addresses and for all ports. */
export async function shownNames(names: HostNames, addresses: Iterable<IpAddress>): Promise<NameSource> {
  const distinct = new Map<string, IpAddress>();
  for (const address of addresses) distinct.set(inetNtop(address), address);
  const found = await names.namesOf([...distinct.values()]);
  return {
    host: (address) => found.get(inetNtop(address)) ?? inetNtop(address),
    port: (port, protocol) => names.services.name(port, protocol) ?? `${port}`,
  };
}
