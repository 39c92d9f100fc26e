import { RondoError } from "../errors.js";

/** Netlink speaks the host's byte order. */
export const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Bytes from the kernel (or said to be) that do not follow the format: which length or value, and where. */
export class MalformedMessageError extends RondoError {
  constructor(what: string) {
    super("malformed-netlink-message", `malformed netlink message: ${what}`);
    this.name = "MalformedMessageError";
  }
}
