import { checkStatus } from "./check-status.js";
import type { CheckView, Verdict } from "./steps.js";

const notLdap = { status: checkStatus.L7RSP, description: "Not LDAPv3 protocol" };

/**
 * A BindResponse (RFC 4511, section 4.2.2), in BER:
 *
 * ```
 *  30 LENGTH | 02 01 01 messageID 1 | 61 LENGTH bindResponse | 0a 01 RESULT …
 * ```
 *
 * Lengths are of one byte, or 0x82 and two, or 0x84 and four (Active Directory's).
 */
export function ldapBindResponse(view: CheckView, last: boolean): Verdict {
  const { received } = view;
  const short = last ? { status: checkStatus.L7RSP, description: "" } : "wait";
  if (received.length < 2) return short;
  let at = 1;
  let length = received[at] as number;
  let bytes = 0;
  if (length & 0x80) {
    bytes = length & 0x7f;
    if (received.length < 2 + bytes) return short;
    if (bytes !== 2 && bytes !== 4) return notLdap;
    length = received.readUIntBE(at + 1, bytes);
  }
  at += 1 + bytes;
  if (received.length < 2 + bytes + length) return short;
  if (received.readUIntBE(at, 4) !== 0x02010161) return notLdap;
  at += 4;
  at += 1 + ((received[at] as number) & 0x80 ? (received[at] as number) & 0x7f : 0);
  if (received.length < at + 3 || received.readUInt16BE(at) !== 0x0a01) return notLdap;
  const code = received[at + 2] as number;
  if (code !== 0)
    return {
      status: checkStatus.L7STS,
      code,
      description: "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9",
    };
  return { status: checkStatus.L7OK, description: "Success", code };
}
