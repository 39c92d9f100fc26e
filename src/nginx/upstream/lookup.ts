import { ADDRCONFIG } from "node:dns";
import { lookup, Resolver } from "node:dns/promises";
import { isNoName } from "./resolve-failure.js";
import { rank, type Target } from "./srv.js";
import type { FoundAddress } from "./table.js";

/** Addresses of a name, in the order in which they are used. */
export interface Found {
  readonly addresses: readonly FoundAddress[];
  /** How long they hold; undefined: nobody said. */
  readonly ttlMs: number | undefined;
}

/** Resolves a name, or with `service` its SRV records; fails, or gives no address, where there is none. */
export type Lookup = (name: string, service?: string) => Promise<Found>;

/** The system's (getaddrinfo), as at nginx's start. */
export const systemLookup: Lookup = async (name) => {
  const found = await lookup(name, { all: true, verbatim: true, hints: ADDRCONFIG });
  const unique = [...new Set(found.map(({ address }) => address))];
  return { addresses: unique.map((address) => ({ address })), ttlMs: undefined };
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

/** An alias leads to an alias so often at most (NGX_RESOLVER_MAX_RECURSION). */
const MOST_ALIASES = 50;

const noRecords = (name: string): Error =>
  Object.assign(new Error(`${name} has no records`), { code: "ENODATA" });

/** Where a name server answers with an alias alone, and leaves it to us to ask for that one. */
async function aliasOf(resolver: Resolver, name: string): Promise<string | undefined> {
  try {
    return (await resolver.resolveCname(name))[0];
  } catch {
    return undefined;
  }
}

/** By the name servers of `resolver`. */
export function nameserverLookup(settings: NameserverSettings): Lookup {
  const resolver = new Resolver({ timeout: Math.max(1, Math.ceil(settings.timeoutMs / 2)), tries: 2 });
  resolver.setServers(settings.servers);
  const ask4 = (name: string) => resolver.resolve4(name, { ttl: true });
  const ask6 = (name: string) => resolver.resolve6(name, { ttl: true });
  const { validMs } = settings;
  const ask = async (name: string, aliases = 0): Promise<Found> => {
    const asked = [...(settings.ipv4 ? [ask4(name)] : []), ...(settings.ipv6 ? [ask6(name)] : [])];
    const answers = await Promise.allSettled(asked);
    const records = answers.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
    const refused = answers.flatMap((each) => (each.status === "rejected" ? [each.reason as Error] : []));
    if (records.length === 0) {
      // That one family has no records says nothing of the other, whose answer may only be late.
      const worst = refused.find((error) => !isNoName(error));
      if (worst !== undefined) throw worst;
      const alias = aliases < MOST_ALIASES ? await aliasOf(resolver, name) : undefined;
      if (alias !== undefined) return await ask(alias, aliases + 1);
      throw refused[0] ?? noRecords(name);
    }
    const ttlMs = 1000 * Math.min(...records.map(({ ttl }) => ttl));
    return { addresses: records.map(({ address }) => ({ address })), ttlMs: validMs ?? ttlMs };
  };
  const askSrv = async (name: string, aliases = 0): Promise<Target[]> => {
    const records = await resolver.resolveSrv(name);
    if (records.length > 0) return rank(records);
    const alias = aliases < MOST_ALIASES ? await aliasOf(resolver, name) : undefined;
    if (alias === undefined) throw noRecords(name);
    return await askSrv(alias, aliases + 1);
  };
  return async (name, service) => {
    if (service === undefined) return await ask(name);
    const targets = await askSrv(srvName(service, name));
    return await reach(targets, ask, validMs);
  };
}

/** "http" of "app.example" is "_http._tcp.app.example"; one with a dot stands as it is (RFC 2782; nginx's `service=`). */
export const srvName = (service: string, name: string): string =>
  service.includes(".") ? `${service}.${name}` : `_${service}._tcp.${name}`;

/** The addresses of all that SRV records lead to; those that don't resolve are left out, unless none does. */
async function reach(
  targets: readonly Target[],
  ask: (name: string) => Promise<Found>,
  validMs: number | undefined,
): Promise<Found> {
  const answers = await Promise.allSettled(targets.map(({ name }) => ask(name)));
  const addresses = answers.flatMap((answer, at) =>
    answer.status === "rejected"
      ? []
      : answer.value.addresses.map(({ address }) => ({ address, ...(targets[at] as Target) })),
  );
  const refused = answers.find((answer) => answer.status === "rejected");
  if (addresses.length === 0 && refused !== undefined) throw refused.reason;
  const times = answers.flatMap((answer) =>
    answer.status === "fulfilled" && answer.value.ttlMs !== undefined ? [answer.value.ttlMs] : [],
  );
  const ttlMs = validMs ?? (times.length > 0 ? Math.min(...times) : undefined);
  return { addresses, ttlMs };
}
