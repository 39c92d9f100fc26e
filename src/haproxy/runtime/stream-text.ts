import type { Endpoint } from "../../proxy/index.js";
import type { ProcessRun, StreamRun } from "../run/index.js";
import { humanTime } from "../stats/index.js";
import type { ConnectionNote } from "./command.js";
import { dateText } from "./time-text.js";

/** A stream's name in `show sess`: where HAProxy has its address. */
export const streamName = (id: number): string => `0x${(0x1000 + 0x10 * id).toString(16)}`;

/** The stream that a name means; undefined: it is none. */
export function streamOfName(name: string): number | undefined {
  const found = /^(?:0x)?([0-9a-f]+)$/i.exec(name);
  const id = found === null ? -1 : (Number.parseInt(found[1] as string, 16) - 0x1000) / 0x10;
  return Number.isInteger(id) && id >= 0 ? id : undefined;
}

const protocolOf = ({ family }: Endpoint) =>
  family === 0 ? "unix_stream" : family === 6 ? "tcpv6" : "tcpv4";
const sourceOf = (stream: StreamRun) =>
  stream.source.family === 0
    ? `unix:${stream.session.listener.id}`
    : `${stream.source.host}:${stream.source.port}`;
const backendOf = (stream: StreamRun) => (stream.backend.back === undefined ? "<NONE>" : stream.backend.name);
const age = (since: number) => humanTime((Date.now() - since) / 1000);

/** Numbers that are C's own (flags, analysers, descriptors) stand where programs look for them, as 0 or -1. */
const inner = (left: string) =>
  `rq[f=000000h,i=0,an=00h,rx=${left},wx=,ax=] rp[f=000000h,i=0,an=00h,rx=,wx=,ax=]`;

/** A stream's line of `show sess`. */
export function streamLine(process: ProcessRun, stream: StreamRun): string {
  const idle = Math.max(process.now() - stream.lastActivity, 0);
  const left = timeoutLeft(stream, idle);
  const server = stream.server?.name ?? "<none>";
  const connected = stream.serverError === 0 ? "8" : "0";
  return (
    `${streamName(stream.id)}: proto=${protocolOf(stream.session.destination)} src=${sourceOf(stream)}` +
    ` fe=${stream.frontend.name} be=${backendOf(stream)} srv=${server} ts=00 epoch=0 age=${age(stream.session.acceptDate)}` +
    ` calls=1 rate=0 cpu=0 lat=0 ${inner(left)} scf=[8,0h,fd=-1] scb=[${connected},1h,fd=-1] exp=${left} rc=${stream.retries} c_exp=\n`
  );
}

function timeoutLeft(stream: StreamRun, idle: number): string {
  const timeout = stream.frontend.section.timeouts?.client;
  return timeout === undefined ? "" : humanTime(Math.max(timeout - idle, 0) / 1000);
}

/** A connection to the runtime socket itself, which is a stream of HAProxy's too. */
export function socketLine(note: ConnectionNote): string {
  return `0x${note.id.toString(16)}: proto=${note.protocol} src=${note.source} fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0 age=${age(note.since)} calls=1 rate=1 cpu=0 lat=0 ${inner("10s")} scf=[8,0h,fd=${note.descriptor ?? -1}] scb=[8,1h,fd=-1] exp=10s rc=0 c_exp=\n`;
}

/** `show sess all`, `show sess ID`: all that is known of a stream. */
export function streamText(process: ProcessRun, stream: StreamRun): string {
  const { session, frontend, backend, server, http } = stream;
  const hasBackend = backend.back !== undefined;
  const at = (endpoint: Endpoint | undefined) =>
    endpoint === undefined
      ? ""
      : ` addr=${endpoint.family === 0 ? "unix" : `${endpoint.host}:${endpoint.port}`}`;
  const lines = [
    `${streamName(stream.id)}: [${dateText(session.acceptDate)}] id=${stream.id} proto=${protocolOf(session.destination)} source=${sourceOf(stream)}`,
    `  flags=0x0, conn_retries=${stream.retries}, conn_exp=<NEVER> conn_et=0x000 srv_conn=(nil), pend_pos=(nil) waiting=${stream.state === "queue" ? 1 : 0} epoch=0`,
    `  frontend=${frontend.name} (id=${frontend.id} mode=${frontend.section.mode}), listener=${session.listener.name} (id=${session.listener.id})${at(stream.destination)}`,
    hasBackend
      ? `  backend=${backend.name} (id=${backend.id} mode=${backend.section.mode})${at(stream.serverInfo?.source)}`
      : "  backend=<NONE> (id=-1 mode=-)",
    hasBackend
      ? `  server=${server?.name ?? "<none>"} (id=${server?.id ?? 0})${at(stream.serverInfo?.destination)}`
      : "  server=<NONE> (id=-1)",
    `  task=(nil) (state=0x00 nice=0 calls=1 rate=0 exp=<NEVER> age=${age(session.acceptDate)})`,
  ];
  if (http !== undefined)
    lines.push(
      `  txn=(nil) flags=0x0 meth=0 status=${http.status} req.st=${stream.state === "request" ? "MSG_RQBEFORE" : "MSG_DONE"} rsp.st=${http.response === undefined ? "MSG_RPBEFORE" : "MSG_DATA"} req.f=0x00 rsp.f=0x00`,
      `  request=${http.request.method} ${http.request.target}`,
    );
  lines.push(
    `  state=${stream.state} service=${stream.service ?? "-"} term=${stream.endedBy}${stream.endedIn} idle=${humanTime(Math.max(process.now() - stream.lastActivity, 0) / 1000)}`,
    `  req: total=${stream.bytesIn}  res: total=${stream.bytesOut}`,
  );
  return `${lines.join("\n")}\n`;
}
