import type { Block } from "../../config/nginx/block.js";
import type { SizeTemplate } from "../../config/nginx/directives/builders.js";
import * as directives from "../../config/nginx/directives/stream/proxy.js";
import { Mistake } from "../../config/nginx/mistake.js";
import type { Template } from "../../config/nginx/model/index.js";
import { parseSize } from "../../config/nginx/values/numbers.js";
import { compile } from "../script/compile.js";
import type { Registry } from "../variables/registry.js";
import { hostOf } from "./connecting.js";
import type { Session } from "./session.js";
import type { ProxySettings, ProxyTarget } from "./settings.js";
import { clientTls, type ReadText } from "./tls.js";
import { lookupOf, type Upstreams } from "./upstreams.js";

/** What nginx has for any number of answers. */
const ANY = 2_147_483_647;

/** What a server's block says of passing on. @throws Mistake */
export function proxySettings(
  block: Block,
  target: Template,
  registry: Registry<Session>,
  upstreams: Upstreams,
  readText: ReadText,
): ProxySettings {
  const bind = block.value(directives.proxyBind);
  const requests = block.value(directives.proxyRequests);
  const responses = block.value(directives.proxyResponses);
  const rate = (said: SizeTemplate | undefined) => rateOf(said, registry);
  return {
    target: proxyTarget(block, target, registry, upstreams),
    connectTimeoutMs: block.value(directives.proxyConnectTimeout),
    timeoutMs: block.value(directives.proxyTimeout),
    nextUpstream: block.value(directives.proxyNextUpstream),
    nextUpstreamTries: block.value(directives.proxyNextUpstreamTries),
    nextUpstreamTimeoutMs: block.value(directives.proxyNextUpstreamTimeout),
    proxyProtocol: block.value(directives.proxyProtocol),
    halfClose: block.value(directives.proxyHalfClose),
    socketKeepAlive: block.value(directives.proxySocketKeepalive),
    uploadRate: rate(block.value(directives.proxyUploadRate)),
    downloadRate: rate(block.value(directives.proxyDownloadRate)),
    bind:
      bind?.address === undefined
        ? undefined
        : { address: compile(bind.address, registry), transparent: bind.transparent },
    tls: block.value(directives.proxySsl) ? proxyTls(block, target, registry, readText) : undefined,
    requests: requests === 0 ? undefined : requests,
    responses: responses === ANY ? undefined : responses,
  };
}

function proxyTarget(
  block: Block,
  target: Template,
  registry: Registry<Session>,
  upstreams: Upstreams,
): ProxyTarget {
  if (!target.text.includes("$")) return { kind: "upstream", ...upstreams.find(target) };
  const value = compile(target, registry);
  return { kind: "variable", value, upstreams: upstreams.byName, lookup: lookupOf(block) };
}

function rateOf(said: SizeTemplate | undefined, registry: Registry<Session>): (session: Session) => number {
  if (said === undefined) return () => 0;
  if (typeof said === "number") return () => said;
  const text = compile(said, registry);
  return (session) => parseSize(text.value(session)) ?? 0;
}

function proxyTls(
  block: Block,
  target: Template,
  registry: Registry<Session>,
  readText: ReadText,
): NonNullable<ProxySettings["tls"]> {
  const said = block.value(directives.proxySslName);
  const sendsName = block.value(directives.proxySslServerName);
  const verified = said ?? target;
  if (block.value(directives.proxySslVerify) && !sendsName && verified.text.includes("$"))
    throw new Mistake("a name with variables is verified only where it is sent (proxy_ssl_server_name on)", {
      code: "not-done",
      place: verified.place,
    });
  return {
    client: clientTls(
      block,
      registry,
      readText,
      verified.text.includes("$") ? undefined : hostOf(verified.text),
    ),
    sendsName,
    name: said === undefined ? undefined : compile(said, registry),
  };
}
