// A DNS message (RFC 1035, section 4.1); dns-packet reads and writes it:
//
//     0    2                                        4         6         8         10        12
//     | id | QR OPCODE AA TC RD | RA Z AD CD RCODE | qdcount | ancount | nscount | arcount | question | answers …
//
import { isIP } from "node:net";
import type packet from "dns-packet";
import { dnsLibrary } from "./dns-library.js";

export type QueryType = "A" | "AAAA" | "SRV";

/** An address or, of an SRV record, a service's place. */
export type DnsRecord =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | {
      readonly type: "SRV";
      readonly target: string;
      readonly port: number;
      readonly weight: number; // 0 to 65535
    };

/** Why an answer can't be used, by the counter that counts it. */
export type Refusal = "invalid" | "nx" | "refused" | "any_err" | "cname_error" | "truncated" | "other";

export type Answer =
  | { readonly kind: Refusal }
  | {
      readonly kind: "valid";
      readonly records: readonly DnsRecord[];
      /** Addresses of targets that came with SRV records; names are lower case. */
      readonly additional: readonly { readonly name: string; readonly address: string }[];
    };

/** A question that asks for recursion, with EDNS's size. */
export function queryBytes(id: number, type: QueryType, name: string, payloadSize: number): Buffer {
  const library = dnsLibrary();
  return library.encode({
    type: "query",
    id,
    flags: library.RECURSION_DESIRED,
    questions: [{ type, name, class: "IN" }],
    additionals: [
      {
        type: "OPT",
        name: ".",
        udpPayloadSize: payloadSize,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
}

/** What a message answers to a question; never throws. Names are compared without regard to case. */
export function readAnswer(bytes: Buffer, name: string, type: QueryType, payloadSize: number): Answer {
  if (bytes.length < 12) return { kind: "invalid" };
  const code = bytes.readUInt16BE(2) & 15;
  if (code !== 0) return { kind: code === 3 ? "nx" : code === 5 ? "refused" : "other" };
  if (bytes.readUInt16BE(4) !== 1) return { kind: "invalid" };
  const count = bytes.readUInt16BE(6);
  if (count === 0) return { kind: "any_err" };
  if (count > (payloadSize - 12) / 11) return { kind: "invalid" };
  let message: packet.DecodedPacket;
  try {
    message = dnsLibrary().decode(bytes);
  } catch {
    return { kind: "invalid" };
  }
  const wanted = name.toLowerCase();
  const question = message.questions?.[0];
  if (message.type !== "response" || question?.name.toLowerCase() !== wanted) return { kind: "invalid" };
  if (type !== "SRV" && message.flag_tc) return { kind: "truncated" };
  return type === "SRV" ? services(message) : addresses(message.answers ?? [], wanted);
}

function services(message: packet.DecodedPacket): Answer {
  const records: DnsRecord[] = [];
  for (const answer of message.answers ?? [])
    if (answer.type === "SRV")
      records.push({
        type: "SRV",
        target: trimmed(answer.data.target),
        port: answer.data.port,
        weight: answer.data.weight ?? 0,
      });
  const additional = (message.additionals ?? []).flatMap((each) =>
    (each.type === "A" || each.type === "AAAA") && isIP(each.data) !== 0
      ? [{ name: trimmed(each.name), address: each.data }]
      : [],
  );
  return { kind: "valid", records, additional };
}

/** Each record is of the name that was asked for, or of the one that the last CNAME gave. */
function addresses(answers: readonly packet.Answer[], wanted: string): Answer {
  const records: DnsRecord[] = [];
  let current = wanted;
  for (const [at, answer] of answers.entries()) {
    if (answer.name.toLowerCase() !== current) return { kind: at === 0 ? "invalid" : "cname_error" };
    if (answer.type === "CNAME") {
      if (at === answers.length - 1) return { kind: "cname_error" };
      current = answer.data.toLowerCase();
    } else if (answer.type === "A" || answer.type === "AAAA") {
      if (isIP(answer.data) === 0) return { kind: "invalid" }; // cut short
      records.push({ type: answer.type, address: answer.data });
    }
  }
  return { kind: "valid", records, additional: [] };
}

function trimmed(name: string): string {
  return name.replace(/\.$/, "").toLowerCase();
}
