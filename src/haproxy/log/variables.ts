import { hostname } from "node:os";
import type { LogFlags } from "../../config/haproxy/model/index.js";
import type { Endpoint } from "../../proxy/index.js";
import { IpAddress } from "../../wire/index.js";
import type { HttpRun, ProxyRun, SampleContext } from "../run/index.js";
import type { Environment } from "../samples/registry.js";
import { uniqueIdOf } from "../samples/unique-id.js";
import { accessDate, greenwichDate, localDate } from "./dates.js";
import { escapeHeader, escapeStructured, escapeUrl } from "./escape.js";
import { type RequestLineParts, requestLineParts } from "./request-line.js";
import { type LogTimes, logTimes } from "./times.js";

/** What a variable of a log line gives; undefined: nothing at all, not even what separates it from its neighbours (%hr without captures). */
export type LogPiece = (context: SampleContext) => string | undefined;

export interface PieceOptions {
  readonly flags: LogFlags;
  /** Whether "-" stands for what is absent: of log lines. */
  readonly dash: boolean;
  readonly environment: Environment;
}

export type MakePiece = (options: PieceOptions) => LogPiece;

/** Text, with quotes or escapes as its flags say; "-" or nothing where there is none (lf_text). */
export function plain(text: string | undefined, { flags, dash }: PieceOptions): string {
  const end = text?.indexOf("\0") ?? -1;
  const whole = end >= 0 ? text?.slice(0, end) : text;
  if (!whole) return flags.quote ? '""' : dash ? "-" : "";
  const escaped = flags.escape ? escapeStructured(whole) : whole;
  return flags.quote ? `"${escaped}"` : escaped;
}

const ofText =
  (read: (context: SampleContext, environment: Environment) => string | undefined): MakePiece =>
  (options) =>
  (context) =>
    plain(read(context, options.environment), options);

const ofNumber =
  (read: (context: SampleContext, environment: Environment) => number, digits = 0): MakePiece =>
  ({ flags, environment }) => {
    if (!flags.hex || digits === 0) return (context) => String(read(context, environment));
    return (context) => read(context, environment).toString(16).toUpperCase().padStart(digits, "0");
  };

const ofTimes =
  (read: (times: LogTimes, context: SampleContext) => number, plus = false): MakePiece =>
  ({ environment }) =>
  (context) => {
    const value = String(read(logTimes(context, environment.process), context));
    return plus && frontendOf(context)?.section.options.logAsap ? `+${value}` : value;
  };

const ofDate =
  (read: (times: LogTimes) => number, write: (ms: number) => string): MakePiece =>
  ({ environment }) =>
  (context) =>
    write(read(logTimes(context, environment.process)));

const ofLine =
  (part: keyof RequestLineParts | "line"): MakePiece =>
  ({ flags }) =>
  (context) => {
    const line = context.stream?.http?.requestLine;
    const text = part === "line" ? (line ?? "<BADREQ>") : requestLineParts(line)[part];
    const escaped = escapeUrl(text, flags.escape);
    return flags.quote ? `"${escaped}"` : escaped;
  };

const frontendOf = ({ stream, session }: SampleContext): ProxyRun | undefined =>
  stream?.frontend ?? session?.frontend;
const backendOf = ({ stream, session, check }: SampleContext): ProxyRun | undefined =>
  stream?.backend ?? check?.server.proxy ?? session?.frontend;

const source = ({ stream, session }: SampleContext) => stream?.source ?? session?.source;
const destination = ({ stream, session }: SampleContext) => stream?.destination ?? session?.destination;

type Place = (context: SampleContext) => Endpoint | undefined;

const ofAddress =
  (place: Place): MakePiece =>
  (options) =>
  (context) => {
    const endpoint = place(context);
    if (!options.flags.hex || endpoint === undefined || endpoint.family === 0)
      return plain(endpoint && (endpoint.family === 0 ? "unix" : endpoint.host), options);
    return Buffer.from(IpAddress.of(endpoint.host).bytes).toString("hex").toUpperCase();
  };

const ofPort =
  (place: Place, listener: boolean): MakePiece =>
  (options) =>
  (context) => {
    const endpoint = place(context);
    if (endpoint === undefined) return plain(undefined, options);
    if (endpoint.family === 0 && listener) return String(context.session?.listener.id ?? 0);
    return options.flags.hex
      ? endpoint.port.toString(16).toUpperCase().padStart(4, "0")
      : String(endpoint.port);
  };

/** Of a connection that couldn't be begun it isn't known. */
const serverSource: Place = ({ stream }) => {
  const info = stream?.serverInfo;
  return info?.source.family === 0 && info.destination.family !== 0 ? undefined : info?.source;
};

/** Captured header fields: {a|b}, or as a list, each with its own quotes. */
const captures =
  (side: "request" | "response", list: boolean): MakePiece =>
  ({ flags }) =>
  ({ stream }) => {
    const section = stream?.frontend.section;
    const slots = (side === "request" ? section?.requestCaptures : section?.responseCaptures) ?? [];
    if (stream === undefined || slots.length === 0 || isNone(stream.http)) return undefined;
    const values = side === "request" ? stream.requestCaptures : stream.responseCaptures;
    const quote = flags.quote ? '"' : "";
    const texts = slots.map((_, at) => {
      const value = values[at];
      if (value !== undefined) return escapeHeader(value, flags.escape);
      return list && !flags.quote ? "-" : "";
    });
    if (list) return texts.map((text) => quote + text + quote).join(" ");
    return `${quote}{${texts.join("|")}}${quote}`;
  };

/** A request that couldn't be read has no captures; one that rules refused unread has empty ones. */
function isNone(http: HttpRun | undefined): boolean {
  return http?.requestLine === "<BADREQ>" && !http.unread;
}

function serverName({ stream, check }: SampleContext): string {
  return stream?.server?.name ?? stream?.service ?? check?.server.name ?? "<NOSRV>";
}

const cookieLetters = (context: SampleContext): string => {
  const http = context.stream?.http;
  if (http === undefined || backendOf(context)?.section.cookie === undefined) return "--";
  const letter = (state: string) => (state === "" || state === "-" ? "N" : state);
  return letter(http.cookieState) + letter(http.setCookieState);
};

const termination = ({ stream }: SampleContext) =>
  stream === undefined ? "PR" : (stream.endedBy || "-") + (stream.endedIn || "-");

/** Connections of all front ends. */
function connections({ process }: Environment): number {
  let sum = 0;
  for (const proxy of process.proxies) if (proxy.front) sum += proxy.front.sessions.value;
  return sum;
}

/** How many lines a front end has logged: counted as %lc is printed. */
const counts = new WeakMap<ProxyRun, Int32Array>();
function countLine(context: SampleContext, { process }: Environment): number {
  const proxy = frontendOf(context);
  if (proxy === undefined) return 0;
  let count = counts.get(proxy);
  if (!count) counts.set(proxy, (count = process.memory.int32(`lines logged ${proxy.name}`, 1)));
  return Atomics.add(count, 0, 1) + 1;
}

/** Behind the name of a front end with TLS stands "~". */
const transport: MakePiece =
  ({ flags }) =>
  (context) => {
    const name = (frontendOf(context)?.name ?? "") + (context.session?.listener.bind.ssl ? "~" : "");
    return flags.quote ? `"${name}"` : name;
  };

const minus = (value: number, from: number) => (value >= 0 ? value - from : -1);

export const logVariables: Readonly<Record<string, MakePiece>> = {
  B:
    ({ environment: _ }) =>
    (context) => {
      const bytes = String(context.stream?.bytesOut ?? 0);
      return frontendOf(context)?.section.options.logAsap ? `+${bytes}` : bytes;
    },
  CC: ofText(({ stream }) => stream?.http?.capturedRequestCookie),
  CS: ofText(({ stream }) => stream?.http?.capturedResponseCookie),
  H: ofText(() => hostname()),
  HM: ofLine("method"),
  HP: ofLine("path"),
  HPO: ofLine("pathOnly"),
  HQ: ofLine("query"),
  HU: ofLine("uri"),
  HV: ofLine("version"),
  ID: ofText((context, environment) => uniqueIdOf(context, environment)),
  ST: ofNumber(({ stream }) => stream?.http?.status ?? 0),
  T: ofDate((times) => times.acceptDate, greenwichDate),
  Ta: ofTimes(({ end, idle, handshake }) => end - (idle >= 0 ? idle + handshake : 0), true),
  Tc: ofTimes(({ connected, queued }) => minus(connected, queued)),
  Td: ofTimes(({ end, response, connected }, context) => {
    const from = backendOf(context)?.section.mode === "http" ? response : connected;
    return from >= 0 ? end - from : -1;
  }),
  Th: ofTimes(({ handshake }) => handshake),
  Ti: ofTimes(({ idle }) => idle),
  Tl: ofDate((times) => times.acceptDate, localDate),
  Tq: ofTimes(({ request }) => request),
  TR: ofTimes(({ request, idle, handshake }) => minus(request, idle + handshake)),
  Tr: ofTimes(({ response, connected }) => minus(response, connected)),
  Ts:
    ({ flags, environment }) =>
    (context) => {
      const seconds = Math.floor(logTimes(context, environment.process).acceptDate / 1000);
      return flags.hex ? seconds.toString(16).toUpperCase().padStart(4, "0") : String(seconds);
    },
  Tt: ofTimes(({ end }) => end, true),
  Tu: ofTimes(({ end, idle }) => end - Math.max(0, idle), true),
  Tw: ofTimes(({ queued, request }) => minus(queued, request)),
  U: ofNumber(({ stream }) => stream?.bytesIn ?? 0),
  ac: ofNumber((_, environment) => connections(environment)),
  b: ofText((context) => backendOf(context)?.name),
  bc: ofNumber((context) => backendOf(context)?.back?.sessions.value ?? 0),
  bi: ofAddress(serverSource),
  bp: ofPort(serverSource, false),
  bq: ofNumber(({ stream }) => stream?.backendQueue ?? 0),
  ci: ofAddress(source),
  cp: ofPort(source, true),
  f: ofText((context) => frontendOf(context)?.name),
  fc: ofNumber((context) => frontendOf(context)?.front?.sessions.value ?? 0),
  fi: ofAddress(destination),
  fp: ofPort(destination, true),
  ft: transport,
  hr: captures("request", false),
  hrl: captures("request", true),
  hs: captures("response", false),
  hsl: captures("response", true),
  lc: ofNumber(countLine, 4),
  ms:
    ({ flags, environment }) =>
    (context) => {
      const ms = Math.floor(logTimes(context, environment.process).acceptDate) % 1000;
      return flags.hex ? ms.toString(16).toUpperCase().padStart(2, "0") : String(ms).padStart(3, "0");
    },
  pid: ofNumber((_, { process }) => process.pid, 4),
  r: ofLine("line"),
  rc:
    () =>
    ({ stream }) =>
      (stream?.redispatched ? "+" : "") + String(stream?.retries ?? 0),
  rt: ofNumber(({ stream }) => stream?.id ?? 0, 4),
  s: ofText(serverName),
  sc: ofNumber(({ stream, check }) => (stream?.server ?? check?.server)?.sessions.value ?? 0),
  si: ofAddress(({ stream }) => stream?.serverInfo?.destination),
  sp: ofPort(({ stream }) => stream?.serverInfo?.destination, false),
  sq: ofNumber(({ stream }) => stream?.serverQueue ?? 0),
  sslc: ofText(({ session }) => session?.info.tls?.cipher),
  sslv: ofText(({ session }) => session?.info.tls?.protocol),
  t: ofDate((times) => times.acceptDate, accessDate),
  tr: ofDate((times) => times.requestDate, accessDate),
  trg: ofDate((times) => times.requestDate, greenwichDate),
  trl: ofDate((times) => times.requestDate, localDate),
  ts: () => termination,
  tsc: () => (context) => termination(context) + cookieLetters(context),
};
