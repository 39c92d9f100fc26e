import { put16, put32 } from "./bytes.js";
import { SctpChunkType } from "./sctp.js";

/**
 * What a chunk has at least, for packets of which the contents don't matter (RFC 9260 3.3): a DATA chunk's numbers, an INIT's
 * tag 1, window of 64 KiB and one stream each way, an empty SACK, a cookie of four bytes.
 */
export function defaultChunkValue(type: number): Uint8Array {
  const { data, init, initAck, sack, shutdown, cookieEcho, heartbeat, heartbeatAck } = SctpChunkType;
  switch (type) {
    case data:
      return new Uint8Array(12);
    case init:
    case initAck: {
      const value = new Uint8Array(16);
      put32(value, 0, 1);
      put32(value, 4, 65536);
      put16(value, 8, 1);
      put16(value, 10, 1);
      return value;
    }
    case sack:
      return new Uint8Array(12);
    case shutdown:
    case cookieEcho:
      return new Uint8Array(4);
    case heartbeat:
    case heartbeatAck: {
      const value = new Uint8Array(8);
      put16(value, 0, 1); // heartbeat info
      put16(value, 2, 8);
      return value;
    }
    default:
      return new Uint8Array();
  }
}
