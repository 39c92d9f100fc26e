import type { KeepaliveModel, UpstreamModel } from "../../../config/nginx/model/index.js";
import { balanceOf } from "../../../config/nginx/readers/upstream-block.js";
import {
  bareUpstream,
  type Lookup,
  lookupBy,
  resolvingOf,
  Upstream,
  type UpstreamSurroundings,
} from "../../upstream/index.js";
import { type Build, type Surroundings, textOf } from "./build.js";
import { additions, type Block, core, upstream } from "./definitions.js";
import { stickyOf } from "./sticky.js";

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
    stateFile: block.own(additions.state),
    place: block.statement!.name.place,
  };
}

/** By the name servers of `resolver`; undefined: by the system. */
export function lookupOf(block: Block): Lookup | undefined {
  const said = block.value(core.resolver);
  return said === undefined ? undefined : lookupBy(said, block.value(core.resolverTimeout));
}

const surroundingsOf = (
  build: Surroundings,
  defaultPort: number,
  lookup: Lookup | undefined,
  retryMs?: number,
): UpstreamSurroundings => ({
  ...(lookup && { lookup }),
  memory: build.memory,
  ...(build.zoneStore && { zoneStore: build.zoneStore }),
  role: "http",
  defaultPort,
  ...(retryMs !== undefined && { retryMs }),
  onStateFailed: (sentence) => build.errorLog("error", sentence),
  onUnresolved: (name, why, again) => {
    if (again) build.errorLog("error", why);
    else
      build.errorLog("warn", `host not found in upstream "${name}" (${why}): its server waits until it is`);
  },
});

/** Makes the upstreams of an http block's upstream blocks. */
export function makeUpstreams(build: Build): void {
  for (const block of build.http.all("http-upstream")) {
    const model = upstreamModel(block);
    const outer = {
      resolver: build.http.value(core.resolver),
      timeoutMs: build.http.value(core.resolverTimeout),
    };
    const { lookup, retryMs } = resolvingOf(block, model, outer);
    const made = new Upstream(model, surroundingsOf(build, 80, lookup, retryMs));
    build.upstreams.set(model.name.toLowerCase(), made);
    if (model.balance.kind === "hash") build.hashKeys.set(made, textOf(build, model.balance.key));
    const sticky = block.own(additions.sticky);
    if (sticky !== undefined) build.stickies.set(made, stickyOf(sticky, build));
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
