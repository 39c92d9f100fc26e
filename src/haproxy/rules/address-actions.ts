import type { Endpoint } from "../../proxy/index.js";
import type { Sample } from "../run/index.js";
import { cast } from "../samples/index.js";
import { type ActionMaker, type RuleOf, value } from "./action-maker.js";
import { Outcome } from "./outcome.js";

/** Actions that give a connection or a stream other ends. */
export const addressActions = {
  "set-src": addressAction("source", false),
  "set-src-port": addressAction("source", true),
  "set-dst": addressAction("destination", false),
  "set-dst-port": addressAction("destination", true),
} satisfies Record<string, ActionMaker>;

function addressAction(which: "source" | "destination", port: boolean): ActionMaker {
  return (rule: RuleOf<"set-src">, { process, set }) => {
    const evaluate = process.compile.expression(rule.expression);
    const inSession = set === "tcp-connection" || set === "tcp-session";
    return (context) => {
      const sample = value(evaluate, context);
      const holder = inSession ? context.session : context.stream;
      if (sample === undefined || holder === undefined) return Outcome.next;
      const made = replaceEndpoint(holder[which], sample, port);
      if (made === undefined) return Outcome.next;
      holder[which] = made;
      // Of the connection itself: fc_src and what the PROXY protocol says to servers.
      if (set === "tcp-connection") context.session.moved(which, made);
      return Outcome.next;
    };
  };
}

function replaceEndpoint(endpoint: Endpoint, sample: Sample, port: boolean): Endpoint | undefined {
  if (port) {
    const found = cast(sample, "sint");
    if (found === undefined) return undefined;
    const number = Number(found.value) & 0xffff;
    return endpoint.family === 0
      ? { host: "0.0.0.0", port: number, family: 4 }
      : { host: endpoint.host, port: number, family: endpoint.family };
  }
  const address = cast(sample, "addr");
  if (address === undefined || (address.type !== "ipv4" && address.type !== "ipv6")) return undefined;
  return { host: address.value, port: endpoint.port, family: address.type === "ipv4" ? 4 : 6 };
}
