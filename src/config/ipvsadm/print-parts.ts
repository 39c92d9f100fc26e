import type { Endpoint, Protocol, ServerStatus, ServiceSpec } from "../../ipvs/model.js";
import { flagBits } from "../../ipvs/schedulers.js";
import { IpAddress } from "../../wire/address.js";
import { inetNtop } from "./inet.js";
import type { NameSource } from "./names.js";

/** Names that are numbers: what `-n` shows. */
export const numericNames: NameSource = { host: inetNtop, port: (port) => `${port}` };

/** "10.66.0.100:http", "[fd66::100]:80"; cut where the real one's buffer ends. */
export function endpointName(endpoint: Endpoint, protocol: Protocol | "ip", names: NameSource): string {
  const host = names.host(endpoint.address);
  const port = names.port(endpoint.port, protocol);
  return (endpoint.address.family === 6 ? `[${host}]:${port}` : `${host}:${port}`).slice(0, 59);
}

/** A mark as the real one shows it: as a signed number. */
export const markText = (mark: number) => `${mark | 0}`;

/** What the ports of a service and its servers are names of; with a mark they are of no protocol, and stay numbers. */
export const portProtocol = (spec: ServiceSpec): Protocol | "ip" =>
  spec.id.kind === "mark" ? "ip" : spec.id.protocol;

/**
 * A service's flags as listings show them, joined by commas; undefined if none is set. The third bit has no name with
 * sh and mh: set alone it is an empty text.
 */
export function flagsText({ scheduler, schedulerFlags }: ServiceSpec): string | undefined {
  if (flagBits(scheduler, schedulerFlags) === 0) return undefined;
  const hidden = scheduler === "sh" || scheduler === "mh" ? "flag-3" : "";
  return schedulerFlags.filter((name) => name !== hidden).join(",");
}

/** A netmask that is not the whole address, as text. */
export function netmaskText({ persistence }: ServiceSpec): string | undefined {
  const mask = persistence?.netmask;
  if (mask instanceof IpAddress) return mask.bytes.every((byte) => byte === 255) ? undefined : `${mask}`;
  return mask === 128 || mask === undefined ? undefined : `${mask}`;
}

/** A number of a listing of counters: nine places, in thousands, millions … where it would not fit. */
export function largeNumber(value: bigint | number, exact: boolean): string {
  const number = BigInt(value);
  const digits = `${number}`;
  if (exact) return digits.padStart(digits.length <= 8 ? 9 : digits.length + 1);
  if (number < 100_000_000n) return digits.padStart(9);
  const [letter, unit] =
    number < 1_000_000_000n
      ? (["K", 1000n] as const)
      : number < 100_000_000_000n
        ? (["M", 1_000_000n] as const)
        : number < 100_000_000_000_000n
          ? (["G", 1_000_000_000n] as const)
          : (["T", 1_000_000_000_000n] as const);
  return `${number / unit}`.padStart(8) + letter;
}

const methodNames = { masq: "Masq", local: "Local", tunnel: "Tunnel", droute: "Route" } as const;
export const methodName = (server: ServerStatus) => methodNames[server.method];

const checksumMarks = { none: "-c", csum: "+c", remote: "r+c" } as const;

/** "ipip", "gue:6080:-c", "gre:+c" or "n/a". */
export function tunnelInfo({ method, tunnel }: ServerStatus): string {
  if (method !== "tunnel") return "n/a";
  const checksum = checksumMarks[tunnel?.checksum ?? "none"];
  if (tunnel?.type === "gue") return `gue:${tunnel.port}:${checksum}`;
  return tunnel?.type === "gre" ? `gre:${checksum}` : "ipip";
}
