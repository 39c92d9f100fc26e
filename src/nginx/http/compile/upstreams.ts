import type { KeepaliveModel, UpstreamModel } from "../../../config/nginx/model/index.js";
import { balanceOf } from "../../../config/nginx/readers/upstream-block.js";
import {
  bareUpstream,
  type Lookup,
  nameserverLookup,
  Upstream,
  type UpstreamSurroundings,
} from "../../upstream/index.js";
import { type Build, type Surroundings, textOf } from "./build.js";
import { type Block, core, upstream } from "./definitions.js";

/** An upstream block as a model. */
export function upstreamModel(block: Block): UpstreamModel {
  const connections = block.own(upstream.keepalive);
  const keepalive: KeepaliveModel | undefined =
    connections === undefined
      ? undefined
      : {
          connections,
          requests: block.value(upstream.upstreamKeepaliveRequests),
          timeMs: block.value(upstream.upstreamKeepaliveTime),
          timeoutMs: block.value(upstream.upstreamKeepaliveTimeout),
        };
  return {
    name: block.statement!.words[0]!.text,
    servers: block.value(upstream.upstreamServer),
    balance: balanceOf(block),
    keepalive,
    zone: block.own(upstream.zone),
    place: block.statement!.name.place,
  };
}

/** By the name servers of `resolver`, or by the system. */
export function lookupOf(block: Block): Lookup | undefined {
  const said = block.value(core.resolver);
  if (said === undefined) return undefined;
  const known = lookups.get(said);
  if (known !== undefined) return known;
  const lookup = nameserverLookup({
    servers: said.servers.map(({ host, port }) =>
      host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]:${port}` : `${host}:${port}`,
    ),
    ipv4: said.ipv4,
    ipv6: said.ipv6,
    validMs: said.valid === undefined ? undefined : said.valid * 1000,
    timeoutMs: block.value(core.resolverTimeout),
  });
  lookups.set(said, lookup);
  return lookup;
}

/** By what `resolver` said: all blocks that take it over have one. */
const lookups = new WeakMap<object, Lookup>();

const surroundingsOf = (
  build: Surroundings,
  defaultPort: number,
  lookup: Lookup | undefined,
): UpstreamSurroundings => ({
  ...(lookup && { lookup }),
  memory: build.memory,
  role: "http",
  defaultPort,
  onUnresolved: (name, error) =>
    build.errorLog(
      "warn",
      `host not found in upstream "${name}" (${error.message}): its server waits until it is`,
    ),
});

/** Makes the upstreams of an http block's upstream blocks. */
export function makeUpstreams(build: Build): void {
  for (const block of build.http.all("http-upstream")) {
    const model = upstreamModel(block);
    const made = new Upstream(model, surroundingsOf(build, 80, build.lookup));
    build.upstreams.set(model.name.toLowerCase(), made);
    if (model.balance.kind === "hash") build.hashKeys.set(made, textOf(build, model.balance.key));
  }
}

/** Upstreams of addresses that stand in proxy_pass itself; each is made once. */
export function bareUpstreams(
  build: Surroundings,
): Build["bare"] & { readonly all: () => Iterable<Upstream> } {
  const byLookup = new Map<Lookup | undefined, Map<string, Upstream>>();
  const place = { file: "", line: 0, column: 0 };
  const bare: Build["bare"] = (authority, port, lookup) => {
    const made = byLookup.get(lookup) ?? new Map<string, Upstream>();
    byLookup.set(lookup, made);
    const key = `${authority.toLowerCase()} ${port}`;
    const known = made.get(key);
    if (known !== undefined) return { upstream: known, isNew: false };
    const upstream = new Upstream(bareUpstream(authority, place), surroundingsOf(build, port, lookup));
    made.set(key, upstream);
    return { upstream, isNew: true };
  };
  return Object.assign(bare, { all: () => [...byLookup.values()].flatMap((made) => [...made.values()]) });
}
