import assert from "node:assert/strict";
import { test } from "node:test";
import { Answer } from "./answer.js";

const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

test("an answer of HTTP is whole with its body, in whatever pieces it comes", () => {
  const answer = new Answer(true, 1000);
  answer.forget("GET");
  for (const byte of `${head}hell`) {
    answer.take(Buffer.from(byte));
    answer.parse();
  }
  assert.deepEqual([answer.response?.status, String(answer.received), answer.isLast], [200, "hell", false]);
  answer.take(Buffer.from("o"));
  answer.parse();
  assert.deepEqual([String(answer.received), answer.isLast, answer.malformed], ["hello", true, false]);
  answer.forget("HEAD");
  assert.deepEqual([answer.isEmpty, answer.response, answer.isLast], [true, undefined, false]);
  answer.take(Buffer.from(head));
  answer.parse();
  assert.equal(answer.isLast, true, "HEAD's answer has no body");
});

test("no more than the limit is kept", () => {
  const answer = new Answer(false, 6);
  assert.equal(answer.take(Buffer.from("one")), true);
  assert.equal(answer.take(Buffer.from("fourteen")), false);
  answer.parse();
  assert.deepEqual([String(answer.received), answer.isLast], ["onefou", true]);
});

test("a connection ends once, and may break afterwards", () => {
  const answer = new Answer(false, 6);
  const error = Object.assign(new Error("reset"), { code: "ECONNRESET" });
  assert.deepEqual([answer.finish(undefined), answer.finish(undefined)], [true, false]);
  assert.equal(answer.finish(error), true);
  assert.deepEqual([answer.ended, answer.error], [true, error]);
  answer.begin();
  assert.deepEqual([answer.ended, answer.error], [false, undefined]);
});
