import type { ProxyOptions } from "../model/proxy.js";

type Flags = { [K in keyof ProxyOptions]: ProxyOptions[K] extends boolean ? K : never }[keyof ProxyOptions];

/** A plain `option NAME`: whose it is, and what it sets. */
export interface OptionName {
  readonly name: string;
  readonly side: "frontend" | "backend" | "both";
  readonly http: boolean;
  /** What it is for. */
  readonly does: string;
  readonly sets: Flags | "allBackups" | "splice-auto" | "splice-request" | "splice-response";
  /** What it doesn't do here. */
  readonly withoutEffect?: string;
}

const row = (
  name: string,
  side: OptionName["side"],
  http: boolean,
  sets: OptionName["sets"],
  does: string,
  withoutEffect?: string,
): OptionName => ({
  name,
  side,
  http,
  sets,
  does,
  ...(withoutEffect === undefined ? {} : { withoutEffect }),
});

const rows: readonly OptionName[] = [
  row("abortonclose", "backend", false, "abortOnClose", "ends waiting requests of clients that went away"),
  row(
    "accept-invalid-http-request",
    "frontend",
    true,
    "acceptInvalidHttpRequest",
    "takes requests that break the rules",
  ),
  row(
    "accept-invalid-http-response",
    "backend",
    true,
    "acceptInvalidHttpResponse",
    "takes answers that break the rules",
  ),
  row("allbackups", "backend", false, "allBackups", "all backups together, not only the first"),
  row(
    "checkcache",
    "backend",
    true,
    "checkCache",
    "refuses answers that caches could keep with a cookie in them",
  ),
  row("clitcpka", "frontend", false, "clitcpka", "TCP keep-alive towards clients"),
  row(
    "contstats",
    "frontend",
    false,
    "contstats",
    "counts bytes while they pass",
    "bytes are always counted when they pass.",
  ),
  row("disable-h2-upgrade", "frontend", true, "disableH2Upgrade", "HTTP/2 isn't recognised by its preface"),
  row("dontlog-normal", "frontend", false, "dontLogNormal", "logs only what went wrong"),
  row("dontlognull", "frontend", false, "dontLogNull", "doesn't log connections without data"),
  row(
    "h1-case-adjust-bogus-client",
    "frontend",
    false,
    "h1CaseAdjustClient",
    "h1-case-adjust towards clients",
    "header names are sent in lower case.",
  ),
  row(
    "h1-case-adjust-bogus-server",
    "backend",
    false,
    "h1CaseAdjustServer",
    "h1-case-adjust towards servers",
    "header names are sent in lower case.",
  ),
  row("http-buffer-request", "both", true, "httpBufferRequest", "waits for the body, up to a buffer"),
  row(
    "http-ignore-probes",
    "frontend",
    true,
    "httpIgnoreProbes",
    "doesn't answer connections without a request",
  ),
  row(
    "http-no-delay",
    "both",
    true,
    "httpNoDelay",
    "sends small pieces at once",
    "nothing is held back to fill packets.",
  ),
  row(
    "http-pretend-keepalive",
    "backend",
    true,
    "httpPretendKeepalive",
    "asks servers to keep a connection that is then closed",
    "servers are asked to keep the connection, or to close it, as it will be.",
  ),
  row(
    "http-use-htx",
    "both",
    true,
    "httpUseHtx",
    "HTTP as of 1.9",
    "HTTP is always read the new way, as in HAProxy.",
  ),
  row(
    "http-use-proxy-header",
    "frontend",
    true,
    "httpUseProxyHeader",
    "Proxy-Connection counts instead of Connection",
  ),
  row(
    "idle-close-on-response",
    "frontend",
    true,
    "idleCloseOnResponse",
    "at a soft stop idle clients get one more answer",
    "idle connections of clients are closed at once when the process ends.",
  ),
  row(
    "independent-streams",
    "both",
    false,
    "independentStreams",
    "each direction has its own time limit",
    "a time limit counts from what passes in either direction.",
  ),
  row("log-health-checks", "backend", false, "logHealthChecks", "logs every change of a check's result"),
  row("log-separate-errors", "frontend", false, "logSeparateErrors", "errors have the level err"),
  row("logasap", "frontend", false, "logAsap", "logs when the answer begins"),
  row("nolinger", "both", false, "nolinger", "ends connections by RST", "connections are closed with FIN."),
  row("persist", "backend", false, "persist", "goes to the cookie's server though it is down"),
  row(
    "prefer-last-server",
    "backend",
    true,
    "preferLastServer",
    "stays with the server of the kept connection",
  ),
  row("socket-stats", "frontend", false, "socketStats", "statistics of each listener"),
  row(
    "splice-auto",
    "both",
    false,
    "splice-auto",
    "splicing where it pays",
    "bytes are copied; splicing is left to the kernel's own ways.",
  ),
  row(
    "splice-request",
    "both",
    false,
    "splice-request",
    "splicing of requests",
    "bytes are copied; splicing is left to the kernel's own ways.",
  ),
  row(
    "splice-response",
    "both",
    false,
    "splice-response",
    "splicing of answers",
    "bytes are copied; splicing is left to the kernel's own ways.",
  ),
  row("srvtcpka", "backend", false, "srvtcpka", "TCP keep-alive towards servers"),
  row(
    "tcp-smart-accept",
    "frontend",
    false,
    "smartAccept",
    "no ACK of its own for the first data",
    "acknowledgements are the kernel's own.",
  ),
  row(
    "tcp-smart-connect",
    "backend",
    false,
    "smartConnect",
    "no ACK of its own when connected",
    "acknowledgements are the kernel's own.",
  ),
  row("transparent", "backend", false, "transparent", "goes to where the client wanted to go"),
];

/** Options that are on or off. */
export const plainOptions: ReadonlyMap<string, OptionName> = new Map(rows.map((one) => [one.name, one]));
