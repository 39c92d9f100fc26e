import { latin1Text } from "../../sys/index.js";
import type { ProxyProtocolInfo } from "../wire/wire.js";
import { decodeV1, v1MaxLength } from "./v1.js";
import { decodeV2, v2HeadLength, v2Signature } from "./v2.js";

const v1Start = Buffer.from("PROXY ");

/** Reads a PROXY protocol head of either version, however it is cut; no byte behind it is taken. */
export class ProxyHeadReader {
  #held = Buffer.alloc(0);
  result: ProxyProtocolInfo | undefined;

  /**
   * Gives how many of these bytes belong to the head (all, while it isn't whole); `result` is set when it is.
   * @throws Error where it is no head.
   */
  take(bytes: Uint8Array): number {
    const before = this.#held.length;
    const all = before === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
    const length = headLength(all);
    if (length === 0) {
      this.#held = all;
      return bytes.length;
    }
    this.#held = Buffer.alloc(0);
    this.result =
      all[0] === v2Signature[0] ? decodeV2(all.subarray(0, length)) : decodeV1(lineOf(all, length));
    return length - before;
  }
}

/** 0: it isn't whole. */
function headLength(all: Buffer): number {
  const isV2 = all[0] === v2Signature[0];
  const expected = isV2 ? v2Signature : v1Start;
  const compared = Math.min(all.length, expected.length);
  if (all.compare(expected, 0, compared, 0, compared) !== 0) throw new Error("no PROXY protocol head");
  if (isV2) {
    if (all.length < v2HeadLength) return 0;
    const length = v2HeadLength + all.readUInt16BE(14);
    return all.length < length ? 0 : length;
  }
  const end = all.subarray(0, v1MaxLength).indexOf("\n");
  if (end >= 0) {
    if (all[end - 1] !== 13) throw new Error("the PROXY line doesn't end with CRLF");
    return end + 1;
  }
  if (all.length >= v1MaxLength) throw new Error("the PROXY line is too long");
  return 0;
}

function lineOf(all: Buffer, length: number): string {
  return latin1Text(all, 0, length - 2);
}
