// The header of a DNS message (RFC 1035, section 4.1.1), of which an answer's first four bytes are looked at:
//
//     0        2                               4
//     |   id   | QR OPCODE AA TC RD | RA Z RCODE | counts …
//
import packet from "dns-packet";
import { Errno, errnoText, SOCK_DGRAM } from "../../sys/index.js";
import { type Answer, failed, passed, type Trouble, unknown } from "./answer.js";
import { exchange } from "./datagram.js";
import type { AskWorld, CheckOf, Question } from "./question.js";
import { receiveErrors } from "./udp-check.js";

/** DNS_CHECK: well is who answers our question without an error; what the answer says is not looked at. */
export function askDns(
  { check }: Question<CheckOf<"DNS_CHECK">>,
  world: AskWorld,
  signal: AbortSignal,
): Promise<Answer> {
  const id = Math.floor(Math.random() * 0x10000);
  let payload: Uint8Array;
  try {
    payload = dnsQuestion(id, check.type, check.name);
  } catch (error) {
    return Promise.resolve(failed(`the question can't be made: ${(error as Error).message}`));
  }
  return exchange(
    {
      connection: check,
      type: SOCK_DGRAM,
      timeout: check.timing.connectTimeout,
      payload,
      prepare: receiveErrors(check.connect.address.family),
      heard: (bytes) => judgeDns(id, bytes),
      trouble: words,
    },
    world,
    signal,
  );
}

/** A question that asks for recursion, as the real one's. */
export const dnsQuestion = (id: number, type: CheckOf<"DNS_CHECK">["type"], name: string): Uint8Array =>
  packet.encode({
    type: "query",
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type, name: name === "." ? "" : name }],
  });

/** What a datagram means; undefined if it answers something else. */
export function judgeDns(id: number, bytes: Uint8Array): Answer | undefined {
  if (bytes.length < 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint16(2);
  if (view.getUint16(0) !== id || !(flags & 0x8000)) return undefined;
  const code = flags & 15;
  return code === 0 ? passed("answered") : failed(`read error occurred. (rcode = ${code})`);
}

function words({ at, kind, code }: Trouble): Answer {
  if (kind === "stopped") return unknown("stopped");
  if (kind === "own") return unknown(code);
  if (kind === "timeout") return failed("read timeout from socket");
  if (at === "connect") return failed("network unreachable");
  const number = Errno[code];
  return failed(
    `failed to read socket; ${number === undefined ? code : `errno ${number} (${errnoText(number)})`}`,
  );
}
