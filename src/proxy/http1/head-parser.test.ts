import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HeadParser } from "./head-parser.js";

const limits = { maxFields: 100, acceptInvalid: false };

/** What a parser says of a text that comes in pieces. */
function read(
  text: string,
  options: { kind?: "request" | "response"; cut?: number; acceptInvalid?: boolean } = {},
): unknown {
  const parser = new HeadParser(options.kind ?? "request", {
    ...limits,
    acceptInvalid: options.acceptInvalid ?? false,
  });
  let used = 0;
  for (const end of options.cut === undefined ? [text.length] : [options.cut, text.length]) {
    used = parser.parse(text.slice(0, end));
    if (used !== 0) break;
  }
  if (used < 0) return { wrong: parser.errorReason, at: parser.errorAt, status: parser.errorStatus };
  if (used === 0) return "more";
  const { method, target, is11, status, reason, names, values, facts } = parser;
  return { used, method, target, is11, status, reason, names, values, facts };
}

const get = (fields: string) => `GET /a HTTP/1.1\r\n${fields}\r\n`;
const post = (fields: string) => `POST /a HTTP/1.1\r\n${fields}\r\n`;

const good: [string, string[], string[]][] = [
  [get("Host: a\r\n"), ["host"], ["a"]],
  ["\r\n\nGET / HTTP/1.0\n\n", [], []],
  [get("A: 1\r\nB:2\r\nC: \t3\t \r\nD:\r\n"), ["a", "b", "c", "d"], ["1", "2", "3", ""]],
  [get("A: 1\r\n 2\r\n\t3\r\nB: x\r\n"), ["a", "b"], ["1   2   3", "x"]],
  [get("A: \xe9\x01\r\n"), ["a"], ["\xe9\x01"]],
  [get("Connection: close, X, keep-alive\r\n"), ["connection"], ["X"]],
  [get("Connection: Keep-Alive\r\n"), [], []],
  [get("TE: gzip, trailers\r\nTE: deflate\r\n"), ["te"], ["trailers"]],
  [post("Content-Length: 5, 5\r\nContent-Length: 5\r\n"), ["content-length"], ["5"]],
  [post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), ["transfer-encoding"], ["chunked"]],
  [get("Host: a\r\nhost: A\r\n"), ["host"], ["a"]],
  ["GET http://u@a:80/x HTTP/1.1\r\nHost: a:80\r\n\r\n", ["host"], ["a:80"]],
  ["CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", ["host"], ["a:443"]],
  ["GET /  HTTP/1.1\r\n\r\n", [], []],
];

const bad: [string, number, number?][] = [
  ["GET /\0 HTTP/1.1\r\n\r\n", 5],
  ["G(T / HTTP/1.1\r\n\r\n", 1],
  ["GET /\xe9 HTTP/1.1\r\n\r\n", 5],
  ["GET /\x7f HTTP/1.1\r\n\r\n", 5],
  ["GET /\r\n\r\n", 5],
  ["GET / HTTP/1.1 \r\n\r\n", 14],
  ["GET / HTTP/11\r\n\r\n", 6],
  ["GET / http/1.1\r\n\r\n", 6],
  ["GET / HTTP/1.1\rX\r\n\r\n", 15],
  ["GET / HTTP/1.1\r\n A: 1\r\n\r\n", 16],
  [get("A : 1\r\n"), 18],
  [get("A\r\n"), 18],
  [get(": 1\r\n"), 17],
  [get("A: 1\rB: 2\r\n"), 22],
  [get("A: \x00\r\n"), 20],
  [get("Host: a\r\nHost: b\r\n"), 32],
  ["GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", 30],
  [post("Content-Length: 5, 6\r\n"), 34],
  [post("Content-Length: 5\r\nContent-Length: 6\r\n"), 53],
  [post("Content-Length: +5\r\n"), 34],
  [post("Content-Length: 0x5\r\n"), 34],
  [post("Content-Length: 5 5\r\n"), 34],
  [post("Content-Length: 99999999999999999999\r\n"), 34],
  [post("Content-Length: -1\r\n"), 34],
  [post("Content-Length:\r\n"), 34],
  [post("Transfer-Encoding: chunked, chunked\r\n"), 37],
  [post("Transfer-Encoding: chunked, gzip\r\n"), 37],
  [post("Transfer-Encoding: gzip\r\n"), 45],
  [post("Transfer-Encoding: gzip, chunked\r\n"), 54, 422],
  [post("Transfer-Encoding: xchunked\r\n"), 49],
  ["GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n", 37, 413],
  [get("Connection: upgrade\r\nUpgrade: websocket\r\n"), 60],
];

test("heads are read the same wherever they are cut", () => {
  for (const [text, names, values] of good) {
    const whole = read(text) as { used: number; names: string[]; values: string[] };
    assert.equal(whole.used, text.length, text);
    assert.deepEqual([whole.names, whole.values], [names, values], text);
    assert.deepEqual(read(`${text}GET /next`), whole, text);
    for (let cut = 0; cut < text.length; cut++)
      assert.deepEqual(read(text, { cut }), whole, `${text} ${cut}`);
  }
});

test("wrong heads are refused, wherever they are cut, at the same place", () => {
  for (const [text, at, status] of bad) {
    const whole = read(text) as { wrong: string; at: number; status: number };
    assert.equal(typeof whole.wrong, "string", `${JSON.stringify(text)} was taken`);
    assert.equal(whole.at, at, `${JSON.stringify(text)}: ${whole.wrong}`);
    assert.equal(whole.status, status ?? 400, text);
    for (let cut = 0; cut < text.length; cut++)
      assert.deepEqual(read(text, { cut }), whole, `${JSON.stringify(text)} cut at ${cut}`);
  }
});

test("no beginning of a right head is refused, and none is taken for a whole one", () => {
  for (const [text] of good)
    for (let end = 0; end < text.length; end++) assert.equal(read(text.slice(0, end)), "more", text);
});

test("invalid requests are taken where that is asked for, but never what could be read in two ways", () => {
  const taken = (text: string) => typeof (read(text, { acceptInvalid: true }) as { used?: number }).used;
  assert.equal(taken("GET /\xe9 HTTP/1.1\r\n\r\n"), "number");
  assert.equal(taken("GET /\r\n\r\n"), "number"); // HTTP/0.9
  assert.equal(taken(get("A b: 1\r\n")), "number");
  assert.equal(taken("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"), "number");
  for (const text of [
    post("Content-Length: 5, 6\r\n"),
    post("Transfer-Encoding: gzip\r\n"),
    get("A\r\n"),
    get("A: 1\rB: 2\r\n"),
    get("Host: a\r\nHost: b\r\n"),
  ])
    assert.equal(taken(text), "undefined", text);
});

test("answers", () => {
  const is = (text: string, wanted: object) => {
    const whole = read(text, { kind: "response" });
    for (const [name, value] of Object.entries(wanted))
      assert.deepEqual((whole as Record<string, unknown>)[name], value, text);
    for (let cut = 0; cut < text.length; cut++)
      assert.deepEqual(read(text, { kind: "response", cut }), whole, text);
  };
  is("HTTP/1.1 200 OK\r\nA: 1\r\n\r\n", { status: 200, reason: "OK", is11: true });
  is("HTTP/1.0 404\r\n\r\n", { status: 404, reason: "", is11: false });
  is("HTTP/1.1 200 \r\n\r\n", { status: 200, reason: "" });
  is("HTTP/1.1 20 OK\r\n\r\n", { wrong: "an invalid status code" });
  is("HTTP/1.1 2000 OK\r\n\r\n", { wrong: "an invalid status code" });
  is("http/1.1 200 OK\r\n\r\n", { wrong: "an invalid character in the HTTP version" });
  is("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", { wrong: "an unknown Transfer-Encoding" });
});

test("a NUL is told before what is wrong behind it, and before all of its line has come", () => {
  const head = "POST / HTTP/1.1\r\na: \0";
  for (const rest of ["", "\r", "\rx", "\r\n", "\n ", "\r\n \0\r", "x"])
    for (let cut = 0; cut <= head.length + rest.length; cut++)
      assert.deepEqual(
        read(head + rest, { cut }),
        { wrong: "a NUL in a header field", at: 20, status: 400 },
        `${JSON.stringify(rest)}, ${cut}`,
      );
});

test("whatever comes, the parser ends, and pieces give what the whole gives", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "GET ",
      "/ ",
      "HTTP/1.1",
      "\r\n",
      "\n",
      "\r",
      ": ",
      "Host",
      "a",
      " ",
      "\t",
      "\0",
      ",",
      "chunked",
    ),
    fc.constantFrom("Content-Length", "Transfer-Encoding", "5", "Connection", "close", "\r\n\r\n", "\xff"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(200), fc.boolean(), (pieces, at, prefix) => {
      const text = (prefix ? "POST / HTTP/1.1\r\n" : "") + pieces.join("");
      const cut = at % (text.length + 1);
      const whole = read(text);
      const cutOne = read(text, { cut });
      // A head that ends before the cut is whole there already.
      assert.deepEqual(cutOne, whole);
    }),
    { numRuns: 3000 },
  );
});

test("who makes heads of his own takes another Host than an absolute target's, and a length in HTTP/1.0", () => {
  const parse = (text: string, keepsFields: boolean): number =>
    new HeadParser("request", { ...limits, keepsFields }).parse(text);
  const absolute = "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n";
  const old = "GET / HTTP/1.0\r\nContent-Length: 3\r\n\r\n";
  for (const text of [absolute, old]) {
    assert.equal(parse(text, false), -1);
    assert.equal(parse(text, true), text.length);
  }
  for (const text of [
    "CONNECT a:80 HTTP/1.1\r\nHost: b\r\n\r\n",
    "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
  ])
    assert.equal(parse(text, true), -1);
});
