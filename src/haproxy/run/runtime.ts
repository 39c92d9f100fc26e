import type { ProcessRun } from "./process.js";
import type { ProxyRun } from "./proxy.js";
import type { SampleContext } from "./sample.js";
import type { ServerRun } from "./server.js";
import type { StreamRun } from "./stream.js";

/**
 * What the runtime socket, the stats page and the exporter need of the process beside its proxies. Whoever puts a process together
 * (assemble) gives it; what is optional answers as HAProxy does where it has none of the kind.
 */
export interface RuntimeHost {
  readonly process: ProcessRun;
  /** "2.6.12-rondo…": what `show version` says; and `show info`'s date. */
  readonly version: string;
  readonly releaseDate: string; // "2026/10/17"
  readonly threads: number;
  /** May be changed while running: `set maxconn global`, `set rate-limit`. Who accepts connections reads them. 0: no limit (of maxconn there always is one). */
  readonly limits: GlobalLimits;
  /** ulimit -n, and how many sockets there may be. */
  readonly fileLimit: number;
  readonly maxSockets: number;
  /** What was said while it started (`show startup-logs`). */
  readonly startupLogs: () => string;
  /** It is leaving: soft stop. */
  readonly stopping: () => boolean;
  /** "paused", "running" or "stopped" for good; gives an error's text, or undefined. */
  setFrontend(proxy: ProxyRun, state: "running" | "paused" | "stopped"): string | undefined;
  /** Dynamic servers; `words` are those of a `server` line after its name. Gives the message in both cases. */
  readonly addServer?: (backend: ProxyRun, name: string, words: readonly string[]) => CommandAnswer;
  readonly removeServer?: (backend: ProxyRun, server: ServerRun) => CommandAnswer;
  readonly certificates?: CertificateStore;
  readonly caches?: () => string; // show cache
  readonly peers?: (section: string | undefined, withDictionary: boolean) => string | undefined;
  readonly resolvers?: (section: string | undefined) => string | undefined;
  /** Of `show stat domain resolvers`: one row for each name server. */
  readonly resolverCounters?: () => readonly ResolverCounters[];
  /** FailedResolutions of `show info`. */
  readonly failedResolutions?: () => number;
  readonly peerCounts?: () => { readonly active: number; readonly connected: number };
  /** Rings and other places that log lines are kept in: `show events`. */
  readonly rings?: () => readonly RingRun[];
  /** Descriptors that listen, for `expose-fd listeners` (HAProxy's _getsocks). */
  readonly listeningSockets?: () => readonly ListeningSocket[];
  /** Dynamic cookies of a back end. */
  readonly dynamicCookie?: (
    backend: ProxyRun,
    change: { on: boolean } | { key: string },
  ) => string | undefined;
  /** In other threads: their sessions, and what is done to them. */
  readonly otherThreads?: OtherThreads;
  /** Makes an expression or a format of words, for `set var`; gives an error's text where it can't. */
  readonly evaluate?: (
    kind: "expr" | "fmt",
    text: string,
    context: SampleContext,
  ) => { sample: import("./sample.js").Sample } | { error: string };
}

export interface GlobalLimits {
  maxconn: number;
  readonly hardMaxconn: number;
  connectionRate: number;
  sessionRate: number;
  tlsRate: number;
  compressionRate: number; // bytes a second
}

export interface CommandAnswer {
  readonly ok: boolean;
  readonly text: string;
}

export interface ResolverCounters {
  readonly id: string; // the name server's
  readonly pid: string; // the section's
  readonly counts: Readonly<
    Record<
      | "sent"
      | "send_error"
      | "valid"
      | "update"
      | "cname"
      | "cname_error"
      | "any_err"
      | "nx"
      | "timeout"
      | "refused"
      | "other"
      | "invalid"
      | "too_big"
      | "truncated"
      | "outdated",
      number
    >
  >;
}

export interface RingRun {
  readonly name: string;
  /** "type=buffer, 0 dropped, …": how `show events` lists it. */
  readonly description: string;
  /** What it holds, oldest first. */
  lines(): Iterable<string>;
  /** Called for every further line until what it gives is called. */
  follow(line: (text: string) => void): () => void;
}

export interface CapturedError {
  readonly proxy: ProxyRun;
  readonly side: "request" | "response";
  readonly date: number; // ms
  readonly frontend: ProxyRun | undefined;
  readonly backend: ProxyRun | undefined;
  readonly server: ServerRun | undefined;
  readonly eventId: number;
  readonly source: { readonly host: string; readonly port: number };
  readonly bytes: Buffer;
  readonly position: number;
  readonly reason: string;
}

export interface ListeningSocket {
  readonly fd: number;
  readonly namespace: string;
  readonly interface: string;
}

export interface OtherThreads {
  /** A few lines of `show sess` of each stream of the other threads. */
  describeStreams(full: boolean | number): Promise<readonly string[]>;
  /** `shutdown session(s)`: how many there were. */
  shutdown(which: { stream: number } | { backend: string; server: string }): Promise<number>;
}

/** Certificates, authorities, revocation lists and crt-lists that can be changed while running. Names are those of their files. */
export interface CertificateStore {
  readonly kinds: Readonly<Record<"cert" | "ca-file" | "crl-file" | "crt-list", CertificateKind>>;
  readonly ocsp: OcspResponses;
}

/** OCSP responses that go with certificates. */
export interface OcspResponses {
  /** Text of `show ssl ocsp-response`. */
  list(): string;
  /** Text of one response, by its key; undefined: there is none. */
  show(key: string): string | undefined;
  /** Puts a response in base64 in the place of the one before. */
  set(base64: string): CommandAnswer;
}

export interface CertificateKind {
  names(): readonly string[];
  /** The open transaction's name, shown as "*NAME". */
  readonly transaction: string | undefined;
  /** Text of `show ssl … NAME`, undefined: there is none of the name. */
  show(name: string, detail?: string): string | undefined;
  create(name: string): CommandAnswer;
  /** Opens a transaction, or changes what it holds. */
  set(name: string, payload: string): CommandAnswer;
  commit(name: string): CommandAnswer;
  abort(name: string): CommandAnswer;
  remove(name: string, entry?: string): CommandAnswer;
  /** Of crt-lists. */
  add?(name: string, line: string): CommandAnswer;
}

/** Streams that the socket knows by a name: "0x…" of `show sess`. */
export type StreamName = StreamRun["id"];
