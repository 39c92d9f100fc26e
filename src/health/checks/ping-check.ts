// ICMP's and ICMPv6's echo (RFC 792; RFC 4443, section 4):
//
//     0      1      2          4            6          8
//     | type | code | checksum | identifier | sequence | data …
//
import { AF_INET, close, SOCK_DGRAM, SOCK_RAW, SystemError, setOption, socket } from "../../sys/index.js";
import { checksum } from "../../wire/checksum.js";
import { type Answer, failed, passed, type Trouble, unknown } from "./answer.js";
import { exchange } from "./datagram.js";
import { filler } from "./filler.js";
import type { AskWorld, CheckOf, Question } from "./question.js";

const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const kinds = {
  4: { protocol: IPPROTO_ICMP, request: 8, reply: 0 },
  6: { protocol: IPPROTO_ICMPV6, request: 128, reply: 129 },
} as const;

// include/uapi/linux/icmp.h and icmpv6.h: a bit for each type that a raw socket is not given.
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const ICMPV6_FILTER = 1;

/** What names an echo. */
interface EchoId {
  /** Undefined with the kernel's ping socket: it chooses, and gives us only what is ours. */
  readonly identifier: number | undefined;
  readonly sequence: number;
}

let count = 0;

/**
 * PING_CHECK: well is who echoes. By the kernel's ping socket where net.ipv4.ping_group_range lets us have one, else by a raw
 * one (the real keepalived widens that setting of the host; we leave it).
 */
export function askPing(
  { check }: Question<CheckOf<"PING_CHECK">>,
  world: AskWorld,
  signal: AbortSignal,
): Promise<Answer> {
  const { family } = check.connect.address;
  const raw = !mayPing();
  count = (count + 1) >>> 0;
  const id = {
    identifier: raw ? (process.pid ^ (count >>> 16)) & 0xffff : undefined,
    sequence: count & 0xffff,
  };
  return exchange(
    {
      // Neither kind of socket has ports.
      connection: { ...check, connect: { ...check.connect, port: 0 } },
      type: raw ? SOCK_RAW : SOCK_DGRAM,
      protocol: kinds[family].protocol,
      timeout: check.timing.connectTimeout,
      payload: echoRequest(family, id),
      prepare: (fd) => void (raw && onlyReplies(fd, family)),
      heard: (bytes) =>
        isReply(family, raw && family === 4 ? behindIpHeader(bytes) : bytes, id) ? passed("echo") : undefined,
      trouble: words,
    },
    world,
    signal,
  );
}

let allowed: boolean | undefined;

function mayPing(): boolean {
  if (allowed === undefined)
    try {
      close(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
      allowed = true;
    } catch (error) {
      allowed = !SystemError.is(error, "EACCES");
    }
  return allowed;
}

/** ICMPv6's checksum is the kernel's work, also of raw sockets. */
export function echoRequest(family: 4 | 6, { identifier, sequence }: EchoId): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(8), filler(56)]);
  bytes.writeUInt8(kinds[family].request, 0);
  bytes.writeUInt16BE(identifier ?? 0, 4);
  bytes.writeUInt16BE(sequence, 6);
  if (family === 4) bytes.writeUInt16BE(checksum(bytes), 2);
  return bytes;
}

export function isReply(family: 4 | 6, bytes: Buffer, { identifier, sequence }: EchoId): boolean {
  return (
    bytes.length >= 8 &&
    bytes[0] === kinds[family].reply &&
    bytes[1] === 0 &&
    (identifier === undefined || bytes.readUInt16BE(4) === identifier) &&
    bytes.readUInt16BE(6) === sequence
  );
}

/** A raw socket of IPv4 gives the header, too: its length in words of 32 bits is the low half of the first byte. */
export const behindIpHeader = (bytes: Buffer): Buffer => bytes.subarray(4 * ((bytes[0] ?? 0) & 15));

function onlyReplies(fd: number, family: 4 | 6): void {
  const { protocol, reply } = kinds[family];
  const mask = Buffer.alloc(family === 4 ? 4 : 32, 0xff);
  const at = 4 * (reply >>> 5);
  mask.writeUInt32LE((mask.readUInt32LE(at) & ~(1 << (reply & 31))) >>> 0, at);
  if (family === 4) setOption(fd, SOL_RAW, ICMP_FILTER, mask);
  else setOption(fd, protocol, ICMPV6_FILTER, mask);
}

function words({ kind, code }: Trouble): Answer {
  if (kind === "stopped") return unknown("stopped");
  if (kind === "own") return unknown(code);
  return failed(kind === "timeout" ? "timeout" : "failed");
}
