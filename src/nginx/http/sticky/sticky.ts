import { type Peer, type StickySessions, serverId } from "../../upstream/index.js";
import type { HttpRequest } from "../request.js";
import type { Text } from "../runtime.js";
import { cookie } from "../variables/request-variables.js";

/** How clients of an upstream come back to their servers (ngx_http_upstream_sticky_module). */
export interface Sticky {
  /** The id of the server that a request is to go to; undefined: any. */
  find(request: HttpRequest): string | undefined;
  /** A server was chosen, whatever comes of it. */
  chosen(request: HttpRequest, peer: Peer): void;
  /** A server has answered: the head of its answer is there, or (`whole`) it is done with. */
  answered(request: HttpRequest, peer: Peer, whole: boolean): void;
}

const nothing = () => {};

function firstOf(texts: readonly Text[], request: HttpRequest): string | undefined {
  for (const text of texts) {
    const value = text.value(request);
    if (value !== "") return value;
  }
  return undefined;
}

/** `sticky route`: the request names its server. */
export const byRoute = (routes: readonly Text[]): Sticky => ({
  find: (request) => firstOf(routes, request),
  chosen: nothing,
  answered: nothing,
});

/** `sticky cookie`: clients are given their server's id. */
export function byCookie(name: string, text: (request: HttpRequest, id: string) => string): Sticky {
  const lower = name.toLowerCase();
  const given = new WeakMap<HttpRequest, number>();
  return {
    find: (request) => cookie(request, lower) || undefined,
    chosen(request, peer) {
      const { answer } = request;
      const value = text(request, serverId(peer));
      const before = given.get(request);
      if (before !== undefined && answer.names[before] === "Set-Cookie") answer.values[before] = value;
      else {
        given.set(request, answer.names.length);
        answer.add("Set-Cookie", value);
      }
    },
    answered: nothing,
  };
}

export interface LearnSettings {
  readonly create: readonly Text[];
  readonly lookup: readonly Text[];
  readonly sessions: StickySessions;
  /** Learnt when the answer's head has come, not when all of it has. */
  readonly header: boolean;
}

/** `sticky learn`: servers begin sessions, and these are remembered. */
export const byLearning = ({ create, lookup, sessions, header }: LearnSettings): Sticky => ({
  find(request) {
    const session = firstOf(lookup, request);
    return session === undefined ? undefined : sessions.find(session);
  },
  chosen: nothing,
  answered(request, peer, whole) {
    if (whole === header) return;
    const made = firstOf(create, request);
    const session = made ?? firstOf(lookup, request);
    if (session !== undefined) sessions.learn(session, serverId(peer), made !== undefined);
  },
});
