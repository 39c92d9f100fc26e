import assert from "node:assert/strict";
import { test } from "node:test";
import { clockDifference } from "./clocks.js";
import { addressOf, fileLimits, listenOverflowsOf } from "./sockets.js";
import { storeIn } from "./stores.js";

test("addresses of /proc/net/tcp", () => {
  assert.equal(addressOf("0F04A8C0"), "192.168.4.15");
  assert.equal(addressOf("00000000000000000000000000000000"), "::");
  assert.equal(addressOf("B80D012000000000000000000F000000"), "2001:db8::f");
  assert.equal(addressOf("0000000000000000FFFF00000F04A8C0"), "::ffff:c0a8:40f");
});

test("limits of open files", () => {
  const line = (soft: string, hard: string) =>
    `Limit  Soft  Hard  Units\nMax open files            ${soft}   ${hard}   files\n`;
  assert.deepEqual(fileLimits(line("1024", "4096")), [1024, 4096]);
  assert.deepEqual(fileLimits(line("unlimited", "unlimited"))[0], Number.MAX_SAFE_INTEGER);
});

test("ListenOverflows", () => {
  const text =
    "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 22 333\nIpExt: InNoRoutes\nIpExt: 4\n";
  assert.equal(listenOverflowsOf(text), 22);
  assert.equal(listenOverflowsOf(""), 0);
});

test("how far another clock is ahead, also about midnight", () => {
  const answer = (began: number, theirs: number) => {
    const bytes = Buffer.alloc(20);
    bytes[0] = 14;
    bytes.writeUInt16BE(7, 4);
    bytes.writeUInt16BE(3, 6);
    bytes.writeUInt32BE(began, 8);
    bytes.writeUInt32BE(theirs, 12);
    return bytes;
  };
  assert.deepEqual(clockDifference(answer(1000, 6010), 7, 1020), { sequence: 3, milliseconds: 5000 });
  assert.deepEqual(clockDifference(answer(86_399_990, 5), 7, 10), { sequence: 3, milliseconds: 5 });
  assert.deepEqual(clockDifference(answer(10, 86_398_020), 7, 30), { sequence: 3, milliseconds: -2000 });
  assert.equal(clockDifference(answer(1000, 6010), 8, 1020), undefined);
  assert.equal(clockDifference(answer(1000, 0x80000001), 7, 1020), undefined);
  assert.equal(clockDifference(Buffer.alloc(8), 7, 1020), undefined);
});

test("where a web server is told its store", () => {
  const store = { name: "store", address: "192.168.3.50", port: 8049 };
  assert.deepEqual(storeIn(JSON.stringify({ ...store, more: 1 })), store);
  for (const text of ["", "{", "null", "[]", "{}", JSON.stringify({ ...store, port: "8049" })])
    assert.equal(storeIn(text), undefined, text);
});
