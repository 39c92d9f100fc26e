import type { Block } from "../block.js";
import type { Context, Definition } from "../definition.js";
import { ofDirective } from "../mistake.js";
import type { HealthCheck, MatchRule, Queue, Sticky } from "../model/index.js";
import {
  type Api,
  readApi,
  readBodyRule,
  readExpectRule,
  readHeaderRule,
  readHealthCheck,
  readMatchName,
  readQueue,
  readRequireRule,
  readSendRule,
  readStatusPage,
  readStatusRule,
} from "../readers/checks.js";
import { type Resolver, readResolver } from "../readers/resolver.js";
import { readState } from "../readers/state.js";
import { readSticky } from "../readers/sticky.js";
import type { Statement } from "../statement.js";
import { custom, many, milliseconds, present, text } from "./builders.js";
import { httpServer, httpUpstream, location } from "./contexts.js";
import { absent } from "./notes.js";

/** What the open nginx lacks: health checks, sticky sessions, an API, and names that are resolved again. */

const upstreams: readonly Context[] = ["http-upstream", "stream-upstream"];

export const sticky = custom<Sticky | undefined>("sticky", httpUpstream, [2, many], undefined, readSticky);
export const queue = custom<Queue | undefined>("queue", httpUpstream, [1, 2], undefined, readQueue, absent);
/** A file that keeps the list of servers, as the API changed it. */
export const state = custom<string | undefined>("state", upstreams, [1, 1], undefined, readState);
export const upstreamResolver = custom<Resolver | undefined>(
  "resolver",
  upstreams,
  [1, many],
  undefined,
  readResolver,
);
export const upstreamResolverTimeout = milliseconds("resolver_timeout", upstreams, 30000);

export const healthCheck = custom<HealthCheck | undefined>(
  "health_check",
  ["location", "stream-server"],
  [0, many],
  undefined,
  readHealthCheck,
);
export const healthCheckTimeout = milliseconds("health_check_timeout", ["stream", "stream-server"], 5000);

export const api = custom<Api | undefined>("api", location, [0, 1], undefined, readApi);
/** A page for people, of our own: NGINX Plus has a file of scripts that asks the API. */
export const statusPage = custom<number | undefined>(
  "status_page",
  location,
  [0, 1],
  undefined,
  readStatusPage,
);
export const status = present("status", location, absent);
export const statusZone = text("status_zone", [...httpServer, ...location]);
export const streamStatusZone = text("status_zone", ["stream-server"]);

/** `match NAME { … }`: what a health check's answer has to be. Its name is its block's own. */
export const match = custom<string | undefined>(
  "match",
  ["http", "stream"],
  [1, 1],
  undefined,
  readMatchName,
  {
    block: "match",
  },
);

/** What a match block asks for, in the file's order. */
export const matchRules = (block: Block): readonly MatchRule[] => rules.get(block) ?? [];

const rules = new WeakMap<Block, readonly MatchRule[]>();

function rule(
  name: string,
  of: "http" | "stream",
  words: readonly [number, number],
  read: (statement: Statement) => MatchRule,
): Definition<undefined> {
  return custom<undefined>(name, ["match"], words, undefined, (statement, block) => {
    if (block.parent?.context !== of)
      throw ofDirective(statement, "is not allowed here", { code: "wrong-context" });
    rules.set(block, [...matchRules(block), read(statement)]);
    return undefined;
  });
}

export const matchStatus = rule("status", "http", [1, many], readStatusRule);
export const matchHeader = rule("header", "http", [1, 3], readHeaderRule);
export const matchBody = rule("body", "http", [2, 2], readBodyRule);
export const matchRequire = rule("require", "http", [1, many], readRequireRule);
export const matchSend = rule("send", "stream", [1, 1], readSendRule);
export const matchExpect = rule("expect", "stream", [1, 2], readExpectRule);
