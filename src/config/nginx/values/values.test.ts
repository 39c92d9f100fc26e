import assert from "node:assert/strict";
import { test } from "node:test";
import { addressBits, parseCidr } from "./cidr.js";
import { parseNumber, parseOffset, parseSize } from "./numbers.js";
import { parseMilliseconds, parseSeconds } from "./time.js";
import { parseUrl } from "./url.js";

test("numbers and sizes", () => {
  assert.deepEqual(
    ["0", "12", "", "-1", "1x", "9223372036854775807", "9223372036854775808"].map(parseNumber),
    [0, 12, undefined, undefined, undefined, Number(2n ** 63n - 1n), undefined],
  );
  assert.deepEqual(["1", "2k", "3M", "1g", "k", ""].map(parseSize), [
    1,
    2048,
    3145728,
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(["1G", "9999999999g"].map(parseOffset), [1073741824, undefined]);
});

test("times: units from the largest, a bare number last", () => {
  const milliseconds: Readonly<Record<string, number | undefined>> = {
    "5": 5000,
    "5s": 5000,
    "5ms": 5,
    "1m30s": 90000,
    "1m 30s": 90000,
    "1h5": 3605000,
    "5 6": 11000,
    "1d": 86400000,
    "1w": 604800000,
    "1s1m": undefined,
    "1s1s": undefined,
    "1.5s": undefined,
    "1M": undefined,
    "1y": undefined,
    "": undefined,
    s: undefined,
    " 5": 5000,
    "-5": undefined,
  };
  for (const [text, wanted] of Object.entries(milliseconds))
    assert.equal(parseMilliseconds(text), wanted, text);
  const seconds: Readonly<Record<string, number | undefined>> = {
    "5": 5,
    "1y": 31536000,
    "1M": 2592000,
    "1y1M": 34128000,
    "1M1y": undefined,
    "5ms": undefined,
  };
  for (const [text, wanted] of Object.entries(seconds)) assert.equal(parseSeconds(text), wanted, text);
});

test("addresses taken apart", () => {
  const brief = (text: string, kind = {}) => {
    const url = parseUrl(text, kind);
    return typeof url === "string" ? url : [url.host, url.port, url.lastPort, url.path, url.uri];
  };
  assert.deepEqual(brief("a.example/x?y", { uriPart: true, defaultPort: 80 }), [
    "a.example",
    80,
    80,
    undefined,
    "/x?y",
  ]);
  assert.deepEqual(brief("a?y:8", { uriPart: true, defaultPort: 80 }), ["a", 80, 80, undefined, "?y:8"]);
  assert.deepEqual(brief("unix:/s:/uri", { uriPart: true }), ["", 0, 0, "/s", "/uri"]);
  assert.deepEqual(brief("[::1]:8080/x", { uriPart: true }), ["::1", 8080, 8080, undefined, "/x"]);
  assert.deepEqual(brief("8080-8083", { listen: true }), ["0.0.0.0", 8080, 8083, undefined, ""]);
  assert.deepEqual(brief("*:81", { listen: true }), ["0.0.0.0", 81, 81, undefined, ""]);
  assert.deepEqual(brief("localhost", { listen: true, defaultPort: 80 }), [
    "localhost",
    80,
    80,
    undefined,
    "",
  ]);
  assert.deepEqual(
    ["a/x", ":80", "a:0", "a:65536", "[::1", "[x]:1", "[]", "unix:"].map((text) => brief(text)),
    [
      "invalid host",
      "no host",
      "invalid port",
      "invalid port",
      "invalid host",
      "invalid IPv6 address",
      "no host",
      "no path in the unix domain socket",
    ],
  );
  assert.equal(brief("8083-8080", { listen: true }), "invalid port range");
});

test("networks", () => {
  assert.deepEqual(parseCidr("10.1.2.3/8"), { family: 4, address: 10n << 24n, bits: 8, meaningless: true });
  assert.deepEqual(parseCidr("fd00::/8"), { family: 6, address: 0xfdn << 120n, bits: 8, meaningless: false });
  assert.equal(parseCidr("1.2.3.4")?.bits, 32);
  assert.deepEqual(
    ["1.2.3", "1.2.3.4/33", "a", "::/129", "1.2.3.4/x"].map(parseCidr),
    Array(5).fill(undefined),
  );
  assert.equal(addressBits("::ffff:1.2.3.4"), (0xffffn << 32n) + 0x01020304n);
  assert.equal(addressBits("1::2"), (1n << 112n) + 2n);
});
