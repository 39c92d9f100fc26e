import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { at, check } from "../../../test/support/keepalived-config.js";
import { parseStatus } from "../track-files.js";
import { dnsQuestion, judgeDns } from "./dns-check.js";
import { HttpAnswer } from "./http-answer.js";
import { behindIpHeader, echoRequest, isReply } from "./ping-check.js";
import type { CheckOf } from "./question.js";
import { SmtpReplies } from "./smtp-reply.js";
import { judgeReply } from "./udp-check.js";

// What servers say is read without a crash, whatever it is, and means the same in whatever pieces it comes.

const url = { path: "/", status: [], at };
const bytes = fc.uint8Array({ maxLength: 600 });
const like = (...words: string[]) =>
  fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: "binary", maxLength: 8 })))
    .map((parts) => parts.join(""));
const cuts = fc.array(fc.nat({ max: 40 }), { maxLength: 30 });

function* pieces(text: string, lengths: readonly number[]): Generator<Buffer> {
  const all = Buffer.from(text, "latin1");
  let place = 0;
  for (const length of lengths) yield all.subarray(place, (place += length));
  yield all.subarray(place);
}

test("HTTP", () => {
  const words = [
    "HTTP/1.1 ",
    "200",
    " OK",
    "\r\n",
    "\r\n\r\n",
    "Content-Length: ",
    "5",
    "99999999999999999999",
    ":",
  ];
  fc.assert(
    fc.property(like(...words), cuts, (text, lengths) => {
      const judge = (parts: Iterable<Buffer>) => {
        const answer = new HttpAnswer({ ...url, digest: "0".repeat(32) });
        for (const part of parts) if (answer.take(part) !== "more") break;
        return answer.judge().detail;
      };
      assert.equal(judge(pieces(text, lengths)), judge([Buffer.from(text, "latin1")]));
    }),
  );
});

test("SMTP", () => {
  fc.assert(
    fc.property(like("220", "250", "-", " ", "\r\n", "\n"), cuts, (text, lengths) => {
      const codes = (parts: Iterable<Buffer>) => {
        const replies = new SmtpReplies();
        const found: number[] = [];
        for (const part of parts) {
          found.push(...replies.take(part));
          if (found.includes(-1)) break;
        }
        return found;
      };
      assert.deepEqual(codes(pieces(text, lengths)), codes([Buffer.from(text, "latin1")]));
    }),
  );
});

test("DNS", () => {
  fc.assert(
    fc.property(bytes, fc.nat({ max: 65_535 }), (message, id) => {
      const answer = judgeDns(id, message);
      if (answer) assert.equal((message[0]! << 8) | message[1]!, id);
    }),
  );
  for (const type of ["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA"] as const) {
    const question = Buffer.from(dnsQuestion(7, type, "a.example"));
    assert.equal(judgeDns(7, question), undefined, "a question is no answer");
    question[2]! |= 0x80;
    assert.equal(judgeDns(7, question)?.outcome, "passed");
  }
  assert.equal(dnsQuestion(1, "SOA", ".").length, 17);
});

test("UDP and ICMP", () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, (heard, wanted, mask) => {
      const reply = { bytes: wanted, mask: mask.subarray(0, wanted.length) };
      const udp = check("UDP_CHECK", { requireReply: true, reply }) as CheckOf<"UDP_CHECK">;
      assert.ok(["passed", "failed"].includes(judgeReply(udp, heard).outcome));
      for (const family of [4, 6] as const)
        isReply(family, behindIpHeader(Buffer.from(heard)), { identifier: 1, sequence: 2 });
    }),
  );
  const id = { identifier: 0x1234, sequence: 7 };
  const echo = echoRequest(4, id);
  assert.equal(isReply(4, echo, id), false);
  echo[0] = 0;
  assert.equal(isReply(4, echo, id), true);
  assert.equal(isReply(4, echo, { ...id, sequence: 8 }), false);
});

test("the number of a tracked file", () => {
  const cases: [string, number | undefined][] = [
    ["", 0],
    ["5\n", 5],
    [" -7", -7],
    ["+3x", 3],
    ["0x10", 16],
    ["010", 8],
    ["none", 0],
    ["0", 0],
    ["2147483648", 2147483648],
    ["2147483649", undefined],
    ["-2147483648", -2147483648],
    ["9".repeat(60), undefined],
  ];
  for (const [text, expected] of cases) assert.equal(parseStatus(text), expected, text);
  fc.assert(fc.property(fc.string(), (text) => void parseStatus(text)));
});
