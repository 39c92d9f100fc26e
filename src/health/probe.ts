import type { IpAddress } from "../wire/address.js";
import type { AgentReport } from "./agent-line.js";

/** Whom a probe asks. */
export interface Target {
  readonly address: IpAddress;
  readonly port: number;
}

/**
 * What a probe found. "unknown" says nothing about the server: this host could not ask (no descriptors left, no memory).
 * `detail` is a few words for people.
 */
export interface ProbeResult {
  readonly outcome: "passed" | "failed" | "unknown";
  readonly detail: string;
  /** What an agent has said. */
  readonly report?: AgentReport;
}

/** A way to ask whether a server is well. One probe serves for any number of targets at once. */
export interface Probe {
  readonly kind: "tcp" | "http" | "agent";
  /** As it is told to people: "tcp", "http /health", "agent". */
  readonly name: string;
  /** Asks once, for at most `timeout` milliseconds in all. Never rejects; ends early, as unknown, when the signal comes. */
  probe(target: Target, timeout: number, signal?: AbortSignal): Promise<ProbeResult>;
}

/** Failures that are this host's own. */
const own = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "EPERM", "EACCES"]);

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ETIMEDOUT: "no answer",
  EPIPE: "connection closed",
};

/** What an error of a socket says about the server. */
export function failure(error: unknown): ProbeResult {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (own.has(code)) return { outcome: "unknown", detail: `this host can't ask: ${code}` };
  return { outcome: "failed", detail: words[code] ?? message };
}
