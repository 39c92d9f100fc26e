import type { Block } from "../../config/nginx/block.js";
import { state } from "../../config/nginx/directives/additions.js";
import { resolver, resolverTimeout } from "../../config/nginx/directives/stream/core.js";
import {
  upstream as upstreamBlock,
  upstreamServer,
  zone,
} from "../../config/nginx/directives/stream/upstream.js";
import { Mistake } from "../../config/nginx/mistake.js";
import type { Template } from "../../config/nginx/model/index.js";
import { balanceOf } from "../../config/nginx/readers/upstream-block.js";
import { parseUrl } from "../../config/nginx/values/url.js";
import type { SharedMemory } from "../../proxy/index.js";
import { type Compiled, compile } from "../script/compile.js";
import {
  bareUpstream,
  type Lookup,
  lookupBy,
  type Resolving,
  resolvingOf,
  Upstream,
} from "../upstream/index.js";
import type { Registry } from "../variables/registry.js";
import type { ZoneStore } from "../zones/zone-store.js";
import type { Session } from "./session.js";

/** An upstream with the text that `hash` goes by. */
export interface KeyedUpstream {
  readonly upstream: Upstream;
  readonly key: Compiled<Session> | undefined;
}

export interface UpstreamsSurroundings {
  readonly memory: SharedMemory;
  /** By default zones are this process's own. */
  readonly zoneStore?: ZoneStore | undefined;
  readonly lookup?: Lookup | undefined;
  readonly onUnresolved: (name: string, why: string) => void;
}

/** Upstreams of stream by their names in lower case: blocks, and addresses in proxy_pass. */
export class Upstreams {
  readonly byName = new Map<string, KeyedUpstream>();
  readonly #surroundings: UpstreamsSurroundings;

  constructor(stream: Block, registry: Registry<Session>, surroundings: UpstreamsSurroundings) {
    this.#surroundings = surroundings;
    for (const block of stream.all("stream-upstream")) {
      const name = block.value(upstreamBlock) ?? "";
      const balance = balanceOf(block);
      const model = {
        name,
        servers: block.value(upstreamServer),
        balance,
        keepalive: undefined,
        zone: block.value(zone),
        stateFile: block.own(state),
        place: block.statement!.name.place,
      };
      const key = balance.kind === "hash" ? compile(balance.key, registry) : undefined;
      const outer = { resolver: stream.value(resolver), timeoutMs: stream.value(resolverTimeout) };
      this.#add(model, key, resolvingOf(block, model, outer));
    }
  }

  /** Of `proxy_pass` without variables. @throws Mistake where it has no port, and there is no upstream of that name */
  find({ text, place }: Template): KeyedUpstream {
    const known = this.byName.get(text.toLowerCase());
    if (known !== undefined) return known;
    const url = parseUrl(text);
    if (typeof url === "string") throw new Mistake(`${url} in upstream "${text}"`, { place });
    if (url.path === undefined && url.noPort) throw new Mistake(`no port in upstream "${text}"`, { place });
    return this.#add(bareUpstream(text, place), undefined, undefined);
  }

  close(): void {
    for (const { upstream } of this.byName.values()) upstream.close();
  }

  #add(
    model: ConstructorParameters<typeof Upstream>[0],
    key: Compiled<Session> | undefined,
    resolving: Resolving | undefined,
  ): KeyedUpstream {
    const { memory, zoneStore, lookup = resolving?.lookup, onUnresolved } = this.#surroundings;
    const upstream = new Upstream(model, {
      memory,
      role: "stream",
      defaultPort: 0,
      onUnresolved,
      onStateFailed: (sentence) => onUnresolved(model.name, sentence),
      ...(zoneStore && { zoneStore }),
      ...(lookup === undefined ? {} : { lookup }),
      ...(resolving === undefined ? {} : { retryMs: resolving.retryMs }),
    });
    const keyed = { upstream, key };
    this.byName.set(model.name.toLowerCase(), keyed);
    return keyed;
  }
}

/** By the name servers of `resolver`; undefined where there is none. */
export function lookupOf(block: Block): Lookup | undefined {
  const said = block.value(resolver);
  return said === undefined ? undefined : lookupBy(said, block.value(resolverTimeout));
}
