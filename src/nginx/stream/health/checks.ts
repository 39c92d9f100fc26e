import type { Block } from "../../../config/nginx/block.js";
import * as additions from "../../../config/nginx/directives/additions.js";
import { Mistake } from "../../../config/nginx/mistake.js";
import type { HealthCheck } from "../../../config/nginx/model/index.js";
import { type CheckLog, HealthChecks } from "../../upstream/index.js";
import type { StreamServer } from "../settings.js";
import { type CheckExchange, checkExchange } from "./exchange.js";
import { tcpProbe } from "./tcp-probe.js";
import { udpProbe } from "./udp-probe.js";

/** What health_check of a stream's server says; undefined: nothing. @throws Mistake */
export function healthChecksOf(
  stream: Block,
  block: Block,
  server: StreamServer,
  log: CheckLog,
): HealthChecks | undefined {
  const said = block.own(additions.healthCheck);
  if (said === undefined) return undefined;
  const fail = (message: string) => new Mistake(message, { place: said.place, code: "health-check" });
  const { content } = server;
  const target = content?.kind === "proxy" ? content.proxy.target : undefined;
  if (target === undefined) throw fail('"health_check" needs "proxy_pass" in its server');
  if (target.kind !== "upstream")
    throw fail('"health_check" needs an upstream block that "proxy_pass" names');
  const { upstream } = target;
  if (upstream.model.zone === undefined)
    throw fail(`health checks require upstream "${upstream.name}" to be in shared memory ("zone")`);
  const tls = content?.kind === "proxy" ? content.proxy.tls : undefined;
  const name = tls?.sendsName ? (tls.name?.constant ?? upstream.name) : undefined;
  const settings = {
    ...exchangeOf(stream, said, fail),
    port: said.port,
    timeoutMs: block.value(additions.healthCheckTimeout),
    tls: tls?.client.always,
    serverName: name,
  };
  const probe = said.udp ? udpProbe(settings) : tcpProbe(settings);
  return new HealthChecks(upstream, { ...said, match: said.match ?? "" }, probe, log);
}

function exchangeOf(
  stream: Block,
  { match }: HealthCheck,
  fail: (message: string) => Mistake,
): CheckExchange {
  if (match === undefined) return { send: undefined, expects: undefined };
  const block = stream.all("match").find((each) => each.own(additions.match) === match);
  if (block === undefined) throw fail(`match "${match}" is not found`);
  return checkExchange(additions.matchRules(block));
}
