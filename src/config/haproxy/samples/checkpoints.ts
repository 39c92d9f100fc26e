/** Where a fetch takes its value from (sample-t.h, SMP_SRC_*), with HAProxy's words for it. */
export const sources = {
  constant: "",
  internal: "internal state",
  listener: "listener",
  frontend: "frontend",
  "client-address": "client address",
  "client-connection": "client-side connection",
  track: "track counters",
  "request-buffer": "request buffer",
  "request-headers": "HTTP request headers",
  request: "HTTP request",
  "request-body": "HTTP request body",
  backend: "backend",
  server: "server",
  "server-address": "server address",
  "server-connection": "server-side connection",
  "response-buffer": "response buffer",
  "response-headers": "HTTP response headers",
  response: "HTTP response",
  "response-body": "HTTP response body",
} as const;

export type Source = keyof typeof sources;

/** Where an expression may stand (SMP_CKP_*), in the order of its bits, with HAProxy's words. */
export const checkpointWords = {
  frontendConnection: "frontend tcp-request connection rule",
  frontendSession: "frontend tcp-request session rule",
  frontendContent: "frontend tcp-request content rule",
  frontendRequest: "frontend http-request header rule",
  frontendRequestBody: "frontend http-request body rule",
  useBackend: "frontend use-backend rule",
  backendContent: "backend tcp-request content rule",
  backendRequest: "backend http-request header rule",
  backendRequestBody: "backend http-request body rule",
  setServer: "backend use-server, balance or stick-match rule",
  serverConnect: "server source selection",
  backendResponseContent: "backend tcp-response content rule",
  backendResponse: "backend http-response header rule",
  backendResponseBody: "backend http-response body rule",
  storeResponse: "backend stick-store rule",
  frontendResponseContent: "frontend tcp-response content rule",
  frontendResponse: "frontend http-response header rule",
  frontendResponseBody: "frontend http-response body rule",
  log: "logs",
  check: "backend tcp-check rule",
  configuration: "configuration parser",
  cli: "CLI parser",
} as const;

export type Checkpoint = keyof typeof checkpointWords;

const order = Object.keys(checkpointWords) as Checkpoint[];

/** The bit of a place. */
export const checkpoint = Object.fromEntries(order.map((name, bit) => [name, 1 << bit])) as Readonly<
  Record<Checkpoint, number>
>;

/** HAProxy's words for the first of some places. */
export function checkpointName(bits: number): string {
  const first = order.find((name) => bits & checkpoint[name]);
  return first ? checkpointWords[first] : "unknown sample check place, please report this bug";
}

/** HAProxy's words for where values come from, with commas. */
export const sourceNames = (from: readonly Source[]): string =>
  from.map((source) => sources[source]).join(",");

const span = (from: Checkpoint, to: Checkpoint): number => {
  let bits = 0;
  for (let bit = order.indexOf(from); bit <= order.indexOf(to); bit++) bits |= 1 << bit;
  return bits;
};

const request = span("frontendContent", "serverConnect");
const response = span("backendResponseContent", "frontendResponseBody") | checkpoint.check;

/** Where values of a source are to be had (sample.c, fetch_cap). */
const places: Readonly<Record<Source, number>> = {
  constant: span("frontendConnection", "cli"),
  internal: span("frontendConnection", "cli") & ~checkpoint.configuration,
  listener: span("frontendConnection", "log"),
  frontend: span("frontendConnection", "log"),
  "client-address": span("frontendConnection", "check"),
  "client-connection": span("frontendSession", "log"),
  track: span("frontendConnection", "log"),
  "request-buffer": request,
  "request-headers": request,
  request: span("frontendContent", "log"),
  "request-body": span("frontendRequestBody", "serverConnect"),
  backend: span("backendContent", "check"),
  server: span("serverConnect", "check"),
  "server-address": span("backendResponseContent", "check"),
  "server-connection": span("backendResponseContent", "check"),
  "response-buffer": response,
  "response-headers": response,
  response: response | checkpoint.log,
  "response-body": span("backendResponseBody", "frontendResponseBody") | checkpoint.check,
};

/** The bits of all places where values of some sources are to be had. */
export const checkpointsOf = (from: readonly Source[]): number =>
  from.reduce((bits, source) => bits | places[source], 0);
