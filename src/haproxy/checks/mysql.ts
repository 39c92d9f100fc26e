import { checkStatus } from "./check-status.js";
import type { CheckView, Verdict } from "./steps.js";

/**
 * A client's authentication packet, then COM_QUIT (MySQL's client/server protocol).
 *
 * ```
 *  | length (3, little-endian) | 1 | capabilities | largest packet | (41: charset 0x21, 23 zeroes) | user 0 | 0 |
 *  | 1 0 0 | 0 | 1 |
 * ```
 */
export function mysqlRequest(user: string, old: boolean): Buffer {
  const settings = old
    ? Buffer.from("0080000001", "hex")
    : Buffer.concat([Buffer.from("0082000000800001" + "21", "hex"), Buffer.alloc(23)]);
  const body = Buffer.concat([settings, Buffer.from(`${user}\0\0`, "latin1")]);
  const head = Buffer.alloc(4, 1);
  head.writeUIntLE(body.length, 0, 3);
  return Buffer.concat([head, body, Buffer.from("0100000001", "hex")]);
}

/** Reads the packet at an offset: an error packet begins with 0xff. Of the last one the server's version is told. */
export function mysqlPacket(view: CheckView, offset: number, last: boolean, final: boolean): Verdict {
  const { received } = view;
  const invalid = { status: checkStatus.L7RSP, description: "", code: 0 };
  if (received.length < offset + 4) return last ? invalid : "wait";
  const length = received.readUIntLE(offset, 3);
  if (received.length < offset + length + 4) return last ? invalid : "wait";
  if (received[offset + 4] === 0xff && received.length >= offset + 7)
    return {
      status: checkStatus.L7STS,
      code: received.readUInt16LE(offset + 5),
      description: received.toString("latin1", offset + 7),
    };
  if (!final) return "continue";
  return {
    status: checkStatus.L7OK,
    description: received.toString("latin1", 5).split("\0")[0],
    code: 0,
  };
}
