/** Status codes of the handshake, and those before it. */
export const status = {
  none: 0,
  connecting: 100,
  connected: 110,
  success: 200,
  tryAgain: 300,
  protocol: 501,
  version: 502,
  host: 503,
  peer: 504,
} as const;

/** "CONN", "ESTA" …: as `show peers` says it. */
export function statusName(code: number): string {
  const names: Record<number, string> = {
    [status.connecting]: "CONN",
    [status.connected]: "HSHK",
    [status.success]: "ESTA",
    [status.tryAgain]: "RETR",
    [status.protocol]: "PROT",
    [status.version]: "VERS",
    [status.host]: "NAME",
    [status.peer]: "UNKN",
  };
  return names[code] ?? "NONE";
}
