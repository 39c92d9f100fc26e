import { Headers, type WireInfo } from "../../../proxy/index.js";
import { nothingKnown } from "../../tls/nothing-known.js";
import { type ErrorLog, HttpConnection } from "../connection.js";
import { HttpRequest } from "../request.js";
import type { HttpServer, Text } from "../runtime.js";
import { type Build, textOf } from "./build.js";
import { type Block, tls } from "./definitions.js";

/** The texts of ssl_certificate and ssl_certificate_key where one of them has variables; undefined: none has. */
export function certificateTexts(
  block: Block,
  build: Build,
): { readonly certificates: readonly Text[]; readonly keys: readonly Text[] } | undefined {
  const certificates = block.value(tls.sslCertificate) ?? [];
  const keys = block.value(tls.sslCertificateKey) ?? [];
  if (![...certificates, ...keys].some((text) => text.includes("$"))) return undefined;
  const place = block.statement!.name.place;
  const texts = (all: readonly string[]) => all.map((text) => textOf(build, { text, place }));
  return { certificates: texts(certificates), keys: texts(keys) };
}

/** What variables are asked of during a handshake: a request without anything in it (ngx_http_ssl_certificate). */
export function handshakeSubject(
  server: HttpServer,
  info: WireInfo,
  serverName: string,
  log: ErrorLog,
): HttpRequest {
  const tlsInfo = { ...nothingKnown, serverName: serverName === "" ? undefined : serverName };
  const connection = new HttpConnection({ ...info, tls: tlsInfo }, performance.now(), log, 0);
  const now = performance.now();
  const headers = new Headers([], [], []);
  const nothing = () => {};
  const exchange = {
    info,
    request: { method: "", target: "", version: "1.1", headers, scheme: undefined, authority: undefined },
    body: { length: 0, received: 0, ended: true, handler: {}, resume: nothing, pause: nothing },
    times: { idleFrom: now, firstByte: now, head: now },
    headBytes: 0,
    sentBytes: 0,
    pipelined: false,
  };
  return new HttpRequest(exchange as unknown as HttpRequest["exchange"], connection, server, "");
}
