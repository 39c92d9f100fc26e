import { get32, put32 } from "./bytes.js";

/** UDP ports (RFC 5881 4): where control packets go, and the least one they come from. */
export const bfdPort = 3784;
export const bfdSourcePorts = { first: 49152, last: 65535 } as const;

/** Session states by their number (RFC 5880 4.1). */
export const bfdStates = ["AdminDown", "Down", "Init", "Up"] as const;
export type BfdState = (typeof bfdStates)[number];

/** Diagnostics by their number (RFC 5880 4.1): why the session last went down. */
export const bfdDiagnostics = [
  "No Diagnostic",
  "Control Detection Time Expired",
  "Echo Function Failed",
  "Neighbor Signaled Session Down",
  "Forwarding Plane Reset",
  "Path Down",
  "Concatenated Path Down",
  "Administratively Down",
  "Reverse Concatenated Path Down",
] as const;

/**
 * A BFD control packet (RFC 5880 4.1), without authentication.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
 *     |  1  |  diag   |sta|P|F|C|A|D|M|  detect mult  |    length     |
 *     +-----+---------+---+-+-+-+-+-+-+---------------+---------------+
 *     |                       my discriminator                        |
 *     +---------------------------------------------------------------+
 *     |                      your discriminator                       |
 *     +---------------------------------------------------------------+
 *     |                    desired min TX interval                    |
 *     +---------------------------------------------------------------+
 *     |                   required min RX interval                    |
 *     +---------------------------------------------------------------+
 *     |                 required min echo RX interval                 |
 *     +---------------------------------------------------------------+
 *
 * Intervals are in microseconds there and here.
 */
export interface BfdControl {
  readonly state: BfdState;
  /** 0 … 31; names of the first ones: {@link bfdDiagnostics}. */
  readonly diagnostic: number;
  readonly poll: boolean;
  readonly final: boolean;
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  readonly multiplier: number;
  /** Not 0. */
  readonly mine: number;
  /** 0: not known yet. */
  readonly yours: number;
  readonly minTx: number;
  readonly minRx: number;
  readonly minEchoRx: number;
}

export type BfdParsed =
  | { readonly ok: true; readonly control: BfdControl }
  | { readonly ok: false; readonly text: string };

const size = 24;

/** Reads a datagram's bytes, with the checks of RFC 5880 6.8.6 that need no session. The texts are keepalived's. */
export function parseBfd(bytes: Uint8Array): BfdParsed {
  const refuse = (text: string): BfdParsed => ({ ok: false, text });
  if (bytes.length < size) return refuse(`Packet is too small: ${bytes.length} bytes`);
  if (bytes[3] !== bytes.length)
    return refuse(
      `Packet size mismatch: length field: ${bytes[3]} bytes, buffer size: ${bytes.length} bytes`,
    );
  const version = bytes[0]! >> 5;
  if (version !== 1) return refuse(`Packet is of unsupported version: ${version}`);
  const flag = (bit: number) => (bytes[1]! & bit) !== 0;
  const control: BfdControl = {
    state: bfdStates[bytes[1]! >> 6]!,
    diagnostic: bytes[0]! & 31,
    poll: flag(0x20),
    final: flag(0x10),
    controlPlaneIndependent: flag(0x08),
    demand: flag(0x02),
    multiplier: bytes[2]!,
    mine: get32(bytes, 4),
    yours: get32(bytes, 8),
    minTx: get32(bytes, 12),
    minRx: get32(bytes, 16),
    minEchoRx: get32(bytes, 20),
  };
  if (control.multiplier === 0) return refuse("Packet 'detection multiplier' field is zero");
  if (flag(0x01)) return refuse("Packet has 'multipoint' flag");
  if (control.mine === 0) return refuse("Packet 'my discriminator' field is zero");
  if (control.yours === 0 && (control.state === "Init" || control.state === "Up"))
    return refuse("Packet 'your discriminator' field is zero and 'state' field is not Down or AdminDown");
  if (control.poll && control.final) return refuse("Packet has both poll and final flags set");
  if (control.diagnostic >= bfdDiagnostics.length)
    return refuse(`Packet has invalid 'diag' field: ${control.diagnostic}`);
  if (flag(0x04)) return refuse("auth bit is set, but no authentication is in use");
  return { ok: true, control };
}

/** @throws RangeError for an interval or a discriminator beyond 32 bits */
export function encodeBfd(control: BfdControl): Uint8Array {
  const { state, diagnostic, poll, final, controlPlaneIndependent, demand, multiplier } = control;
  const bytes = new Uint8Array(size);
  bytes[0] = (1 << 5) | (diagnostic & 31);
  bytes[1] =
    (bfdStates.indexOf(state) << 6) |
    (poll ? 0x20 : 0) |
    (final ? 0x10 : 0) |
    (controlPlaneIndependent ? 0x08 : 0) |
    (demand ? 0x02 : 0);
  bytes[2] = multiplier;
  bytes[3] = size;
  const { mine, yours, minTx, minRx, minEchoRx } = control;
  for (const [at, value] of [mine, yours, minTx, minRx, minEchoRx].entries()) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff)
      throw new RangeError(`a BFD packet has no room for ${value}`);
    put32(bytes, 4 + 4 * at, value);
  }
  return bytes;
}
