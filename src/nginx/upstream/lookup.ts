import { ADDRCONFIG } from "node:dns";
import { lookup, Resolver } from "node:dns/promises";

/** Addresses of a name, in the order in which they are used. */
export interface Found {
  readonly addresses: readonly string[];
  /** How long they hold; undefined: nobody said. */
  readonly ttlMs: number | undefined;
}

/** Resolves a name; fails, or gives no address, where there is none. */
export type Lookup = (name: string) => Promise<Found>;

/** The system's (getaddrinfo), as at nginx's start. */
export const systemLookup: Lookup = async (name) => {
  const found = await lookup(name, { all: true, verbatim: true, hints: ADDRCONFIG });
  return { addresses: [...new Set(found.map(({ address }) => address))], ttlMs: undefined };
};

export interface NameserverSettings {
  /** "127.0.0.1", "127.0.0.1:53", "[::1]:53". */
  readonly servers: readonly string[];
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  /** `valid=`: instead of the TTL. */
  readonly validMs: number | undefined;
  /** `resolver_timeout`. */
  readonly timeoutMs: number;
}

/** By the name servers of `resolver`. */
export function nameserverLookup(settings: NameserverSettings): Lookup {
  const resolver = new Resolver({ timeout: Math.max(1, Math.ceil(settings.timeoutMs / 2)), tries: 2 });
  resolver.setServers(settings.servers);
  const ask4 = (name: string) => resolver.resolve4(name, { ttl: true });
  const ask6 = (name: string) => resolver.resolve6(name, { ttl: true });
  return async (name) => {
    const asked = [...(settings.ipv4 ? [ask4(name)] : []), ...(settings.ipv6 ? [ask6(name)] : [])];
    const answers = await Promise.allSettled(asked);
    const records = answers.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
    const refused = answers.find((each) => each.status === "rejected");
    if (records.length === 0 && refused !== undefined) throw refused.reason;
    const ttlMs = 1000 * Math.min(...records.map(({ ttl }) => ttl));
    return { addresses: records.map(({ address }) => address), ttlMs: settings.validMs ?? ttlMs };
  };
}
