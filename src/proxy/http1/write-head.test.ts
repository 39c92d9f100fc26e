import assert from "node:assert/strict";
import { test } from "node:test";
import { Headers } from "../http/headers.js";
import { HeadParser } from "./head-parser.js";
import { requestHead, responseHead } from "./write-head.js";

const response = (headers: Headers) => ({ status: 200, reason: "OK", version: "1.1" as const, headers });
const written = (...fields: [string, string][]) => {
  const headers = new Headers([], [], []);
  for (const [name, value] of fields) headers.add(name.toLowerCase(), value, name);
  return headers;
};

test("names go out as they are written, framing and the connection's word where their fields stand", () => {
  const headers = written(
    ["Server", "x"],
    ["Content-Length", "9"],
    ["Connection", ""],
    ["X-a-B", "1\r\nSet-Cookie: no"],
  );
  assert.equal(
    responseHead(response(headers), 3, "keep-alive", false),
    "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 3\r\nConnection: keep-alive\r\nX-a-B: 1  Set-Cookie: no\r\n\r\n",
  );
  assert.equal(
    responseHead(response(headers), "chunked", "close", false),
    "HTTP/1.1 200 OK\r\nServer: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nX-a-B: 1  Set-Cookie: no\r\n\r\n",
  );
  assert.match(responseHead(response(headers), 0, "close", true), /Content-Length: 9\r\n/);
  assert.equal(
    responseHead(response(written()), 5, "close", false),
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
  );
});

test("a request's Connection is what its maker says", () => {
  const request = (headers: Headers) => ({
    method: "GET",
    target: "/",
    version: "1.0" as const,
    headers,
    scheme: undefined,
    authority: undefined,
  });
  assert.equal(
    requestHead(request(written(["Host", "a"], ["Connection", "close"])), 0, "keep-alive"),
    "GET / HTTP/1.0\r\nHost: a\r\nConnection: close\r\n\r\n",
  );
  assert.equal(requestHead(request(written(["Host", "a"])), 0, "close"), "GET / HTTP/1.0\r\nHost: a\r\n\r\n");
});

test("a head's fields are kept as they came where that is asked for", () => {
  const parser = new HeadParser("request", { maxFields: 9, acceptInvalid: false, keepsFields: true });
  const text =
    "GET / HTTP/1.1\r\nhOST: a\r\nConnection: Keep-Alive, x\r\nTE: deflate\r\nContent-Length: 3\r\n\r\n";
  assert.equal(parser.parse(text), text.length);
  assert.deepEqual(parser.written, ["hOST", "Connection", "TE", "Content-Length"]);
  assert.deepEqual(parser.values, ["a", "Keep-Alive, x", "deflate", "3"]);
  assert.equal(parser.facts.keepAlive, true);
  parser.reset();
  assert.deepEqual(parser.written, []);
  const both = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
  assert.equal(parser.parse(both), both.length);
  assert.deepEqual(parser.written, ["Host", "Transfer-Encoding"]);
});

test("an answer of 1xx says nothing of a length, one to HEAD keeps what was said", () => {
  const of = (status: number, reason: string) =>
    responseHead(
      { status, reason, version: "1.1", headers: new Headers(["content-length", "x"], ["0", "1"]) },
      0,
      "",
      true,
    );
  assert.equal(of(101, "Switching Protocols"), "HTTP/1.1 101 Switching Protocols\r\nx: 1\r\n\r\n");
  assert.equal(of(200, "OK"), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: 1\r\n\r\n");
});
