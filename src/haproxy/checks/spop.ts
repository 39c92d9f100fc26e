import { checkStatus } from "./check-status.js";
import type { CheckView, Verdict } from "./steps.js";

/**
 * Frames of the Stream Processing Offload Protocol 2.0 (SPOE.txt, section 3.2), here HELLO of both sides:
 *
 * ```
 *  | length (4) | type | flags (4) | stream-id 0 | frame-id 0 | KEY TYPED-VALUE … |
 * ```
 *
 * Keys and strings have their length before them, as a variable-length integer.
 */
const types = { haproxyHello: 1, agentHello: 101, agentDisconnect: 102 } as const;
const data = { bool: 0x01, int32: 2, uint32: 3, int64: 4, uint64: 5, string: 8, true: 0x10 } as const;
const MAX_FRAME = 16_380;

/** Integers below 240 are one byte; larger ones put their lowest 4 bits there, then 7 bits a byte. */
export function encodeVarint(value: number): number[] {
  if (value < 240) return [value];
  const bytes = [(value & 0xf) | 0xf0];
  let rest = Math.floor((value - 240) / 16);
  while (rest >= 128) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor((rest - 128) / 128);
  }
  bytes.push(rest);
  return bytes;
}

export function decodeVarint(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  let next = at + 1;
  if (first < 240) return { value: first, next };
  let value = first;
  for (let scale = 16; ; scale *= 128) {
    const byte = bytes[next++];
    if (byte === undefined || scale > 2 ** 40) return undefined;
    value += byte * scale;
    if (byte < 128) return { value, next };
  }
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from(encodeVarint(value.length)), Buffer.from(value)]);
}

export const spopRequest = request();

function request(): Buffer {
  const frame = Buffer.concat([
    Buffer.from([types.haproxyHello, 0, 0, 0, 1, 0, 0]),
    text("supported-versions"),
    Buffer.from([data.string]),
    text("2.0"),
    text("max-frame-size"),
    Buffer.from([data.uint32, ...encodeVarint(MAX_FRAME)]),
    text("capabilities"),
    Buffer.from([data.string]),
    text(""),
    text("healthcheck"),
    Buffer.from([data.bool | data.true]),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

/** An agent's HELLO. */
export function spopHello(view: CheckView, last: boolean): Verdict {
  const { received } = view;
  const length = received.length >= 4 ? received.readUInt32BE(0) : 0;
  if (!last && received.length < 4 + length) return "wait";
  const problem = problemOf(received.subarray(4, 4 + length));
  return problem === undefined
    ? { status: checkStatus.L7OK, description: "SPOA server is ok" }
    : { status: checkStatus.L7RSP, description: problem };
}

function problemOf(frame: Buffer): string | undefined {
  const invalid = "invalid frame received";
  if (frame[0] === types.agentDisconnect) return disconnectReason(frame) ?? invalid;
  if (frame[0] !== types.agentHello || frame.length < 7) return invalid;
  if (!(frame.readUInt32BE(1) & 1)) return "fragmentation not supported";
  if (frame[5] !== 0 || frame[6] !== 0) return invalid;
  let version = false;
  let size = false;
  for (let at = 7; at < frame.length; ) {
    const key = textAt(frame, at);
    if (key === undefined || key.text === "") return invalid;
    const type = (frame[key.next] ?? 0) & 0x0f;
    at = key.next + 1;
    if (key.text.startsWith("version") || key.text.startsWith("capabilities")) {
      const value = type === data.string ? textAt(frame, at) : undefined;
      if (value === undefined) return invalid;
      at = value.next;
      if (key.text.startsWith("version")) {
        if (!/^\s*2\.0*\d?\s*$/.test(value.text)) return "unsupported version";
        version = true;
      }
    } else if (key.text.startsWith("max-frame-size")) {
      const value = type >= data.int32 && type <= data.uint64 ? decodeVarint(frame, at) : undefined;
      if (value === undefined) return invalid;
      at = value.next;
      if (value.value < 256 || value.value > MAX_FRAME) return "max-frame-size too big or too small";
      size = true;
    } else {
      const next = skip(frame, at, type);
      if (next === undefined) return invalid;
      at = next;
    }
  }
  if (!version) return "version value not found";
  return size ? undefined : "max-frame-size value not found";
}

/** "status-code" of a DISCONNECT, as its text. */
function disconnectReason(frame: Buffer): string | undefined {
  for (let at = 7; at < frame.length; ) {
    const key = textAt(frame, at);
    if (key === undefined) return undefined;
    const type = (frame[key.next] ?? 0) & 0x0f;
    if (key.text === "status-code") return reasons[decodeVarint(frame, key.next + 1)?.value ?? -1];
    const next = skip(frame, key.next + 1, type);
    if (next === undefined) return undefined;
    at = next;
  }
  return undefined;
}

const reasons: readonly string[] = [
  "normal",
  "I/O error",
  "a timeout occurred",
  "frame is too big",
  "invalid frame received",
  "version value not found",
  "max-frame-size value not found",
  "capabilities value not found",
  "unsupported version",
  "max-frame-size too big or too small",
  "fragmentation not supported",
  "invalid interlaced frames",
  "frame-id not found",
  "resource allocation error",
];

function textAt(frame: Buffer, at: number): { text: string; next: number } | undefined {
  const length = decodeVarint(frame, at);
  if (length === undefined || length.next + length.value > frame.length) return undefined;
  const next = length.next + length.value;
  return { text: frame.toString("latin1", length.next, next), next };
}

function skip(frame: Buffer, at: number, type: number): number | undefined {
  if (type <= 1) return at;
  if (type <= 5) return decodeVarint(frame, at)?.next;
  if (type === 6) return at + 4;
  if (type === 7) return at + 16;
  return textAt(frame, at)?.next;
}
