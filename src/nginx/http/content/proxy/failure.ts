/** Why a server didn't do, in the terms of proxy_next_upstream. */
export type FailureKind = "error" | "timeout" | "invalid_header" | number;

/** The status that a client is told when no other server is asked. */
export function statusOf(kind: FailureKind): number {
  if (kind === "timeout") return 504;
  return typeof kind === "number" ? kind : 502;
}

const texts: Readonly<Record<string, readonly [number, string]>> = {
  ECONNREFUSED: [111, "Connection refused"],
  ECONNRESET: [104, "Connection reset by peer"],
  EHOSTUNREACH: [113, "No route to host"],
  ENETUNREACH: [101, "Network is unreachable"],
  ETIMEDOUT: [110, "Connection timed out"],
  EADDRNOTAVAIL: [99, "Cannot assign requested address"],
  EACCES: [13, "Permission denied"],
  ENOENT: [2, "No such file or directory"],
  EPIPE: [32, "Broken pipe"],
};

/** An error as nginx has it in its log: "111: Connection refused". */
export function errorText(code: string, message: string): string {
  const known = texts[code];
  return known ? `${known[0]}: ${known[1]}` : message;
}
