import { get16, get32 } from "./bytes.js";
import { type DecodedSctp, type SctpChunk, SctpChunkType } from "./sctp.js";

/** The chunks of a packet with their numbers, as tcpdump lists them; without the blank that it leaves at the end. */
export function describeSctp({ chunks }: DecodedSctp): string {
  return ["sctp", chunks.map((chunk, index) => `(${index + 1}) ${describeChunk(chunk)}`).join(" , ")]
    .filter((part) => part)
    .join(" ");
}

const names = [
  "DATA",
  "INIT",
  "INIT ACK",
  "SACK",
  "HB REQ",
  "HB ACK",
  "ABORT",
  "SHUTDOWN",
  "SHUTDOWN ACK",
  "OP ERR",
  "COOKIE ECHO",
  "COOKIE ACK",
  "ECN ECHO",
  "ECN CWR",
  "SHUTDOWN COMPLETE",
];

function describeChunk(chunk: SctpChunk): string {
  const { type, value } = chunk;
  const name = names[type];
  if (name === undefined) return `[Unknown chunk type: 0x${type.toString(16)}]`;
  const { data, init, initAck, sack } = SctpChunkType;
  if (type === data && value.length >= 12) return `[DATA] ${describeData(chunk)}`;
  if ((type === init || type === initAck) && value.length >= 16) {
    const [tag, window, tsn] = [0, 4, 12].map((at) => get32(value, at));
    return `[${name}] [init tag: ${tag}] [rwnd: ${window}] [OS: ${get16(value, 8)}] [MIS: ${get16(value, 10)}] [init TSN: ${tsn}]`;
  }
  if (type === sack && value.length >= 12) {
    const [acknowledged, window] = [get32(value, 0), get32(value, 4)];
    return `[SACK] [cum ack ${acknowledged}] [a_rwnd ${window}] [#gap acks ${get16(value, 8)}] [#dup tsns ${get16(value, 10)}]`;
  }
  return `[${name}]`;
}

/** Flags of a DATA chunk: end, beginning, unordered (RFC 9260 3.3.1). */
function describeData({ flags, value }: SctpChunk): string {
  const marks = `${flags & 4 ? "(U)" : ""}${flags & 2 ? "(B)" : ""}${flags & 1 ? "(E)" : ""}`;
  const order = flags & 4 ? "" : ` [SSEQ ${get16(value, 6)}]`;
  const protocol = get32(value, 8).toString(16);
  return `${marks}${marks ? " " : ""}[TSN: ${get32(value, 0)}] [SID: ${get16(value, 4)}]${order} [PPID 0x${protocol}]`;
}
