import { isIP } from "node:net";
import type { Block } from "../../config/nginx/block.js";
import { upstreamResolver, upstreamResolverTimeout } from "../../config/nginx/directives/additions.js";
import { Mistake } from "../../config/nginx/mistake.js";
import type { UpstreamModel } from "../../config/nginx/model/index.js";
import type { Resolver } from "../../config/nginx/readers/resolver.js";
import { type Lookup, nameserverLookup } from "./lookup.js";

const known = new WeakMap<Resolver, Lookup>();

const bare = (host: string): string => host.replace(/^\[|\]$/g, "");

/** By the name servers of a `resolver`: one for all blocks that take it over. @throws Mistake of one that is a name itself */
export function lookupBy(said: Resolver, timeoutMs: number): Lookup {
  const made = known.get(said);
  if (made !== undefined) return made;
  const named = said.servers.find(({ host }) => isIP(bare(host)) === 0);
  if (named !== undefined)
    throw new Mistake(`a resolver is given by its address, not as "${named.host}"`, {
      code: "invalid-resolver",
    });
  const lookup = nameserverLookup({
    servers: said.servers.map(({ host, port }) =>
      host.includes(":") ? `[${bare(host)}]:${port}` : `${host}:${port}`,
    ),
    ipv4: said.ipv4,
    ipv6: said.ipv6,
    validMs: said.valid === undefined ? undefined : 1000 * said.valid,
    timeoutMs,
  });
  known.set(said, lookup);
  return lookup;
}

export interface Resolving {
  /** undefined: by the system. */
  readonly lookup: Lookup | undefined;
  readonly retryMs: number;
}

/**
 * How names of an upstream block are resolved: by its own `resolver`, or that of the http or stream block.
 * @throws Mistake where `resolve` is said, and can't be done
 */
export function resolvingOf(
  block: Block,
  { name, servers, zone }: UpstreamModel,
  outer: { readonly resolver: Resolver | undefined; readonly timeoutMs: number },
): Resolving {
  const said = block.own(upstreamResolver) ?? outer.resolver;
  const timeoutMs = block.own(upstreamResolverTimeout) ?? outer.timeoutMs;
  if (servers.some(({ resolve }) => resolve)) {
    const { file, line } = block.statement!.name.place;
    const upstream = `upstream "${name}" in ${file}:${line}`;
    const fail = (message: string) => new Mistake(message, { code: "resolve", placeless: true });
    if (zone === undefined)
      throw fail(`resolving names at run time requires ${upstream} to be in shared memory`);
    if (said === undefined) throw fail(`no resolver defined to resolve names at run time in ${upstream}`);
  }
  return {
    lookup: said === undefined ? undefined : lookupBy(said, timeoutMs),
    retryMs: Math.max(timeoutMs, 1000),
  };
}
