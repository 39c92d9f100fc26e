import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyAddress } from "../../../test/support/ipvs-arbitraries.js";
import { IpAddress } from "../../wire/address.js";
import { inetAton, inetNtop, inetPton4, inetPton6 } from "./inet.js";
import { leadingNumber, wholeNumber } from "./numbers.js";

test("inetAton reads what inet_aton(3) reads", () => {
  const table: [string, string | undefined][] = [
    ["10.66.0.1", "10.66.0.1"],
    ["10.66.1", "10.66.0.1"],
    ["10.258", "10.0.1.2"],
    ["1", "0.0.0.1"],
    ["4294967295", "255.255.255.255"],
    ["4294967296", undefined],
    ["0x0a.020", "10.0.0.16"],
    ["010.1.1.1", "8.1.1.1"],
    ["08.1.1.1", undefined],
    ["0x", undefined],
    ["256.1.1.1", undefined],
    ["1.1.1.256", undefined],
    ["1.1.65536", undefined],
    ["1.2.3.4.5", undefined],
    ["1..2", undefined],
    ["1.2.3.", undefined],
    ["", undefined],
    ["10.0.0.1 x", "10.0.0.1"],
    ["-1", undefined],
    ["localhost", undefined],
  ];
  for (const [text, expected] of table) assert.equal(inetAton(text)?.toString(), expected, text);
});

test("inetNtop writes what inet_ntop(3) writes", () => {
  const table: [string, string][] = [
    ["::", "::"],
    ["::1", "::1"],
    ["::1:0", "::0.1.0.0"],
    ["::1.2.3.4", "::1.2.3.4"],
    ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
    ["::fffe:1.2.3.4", "::fffe:102:304"],
    ["fd01::1:0:0:1", "fd01::1:0:0:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["10.0.0.1", "10.0.0.1"],
  ];
  for (const [text, expected] of table) assert.equal(inetNtop(IpAddress.of(text)), expected);
});

test("what inetNtop writes is read again", () => {
  fc.assert(
    fc.property(anyAddress, (address) => {
      const text = inetNtop(address);
      const read = address.family === 4 ? inetPton4(text) : inetPton6(text);
      assert.ok(read?.equals(address), text);
    }),
  );
});

test("inetPton4 wants four decimal parts without leading zeros", () => {
  for (const text of ["1.2.3", "01.2.3.4", "1.2.3.256", "1.2.3.4 ", "::1", ""])
    assert.equal(inetPton4(text), undefined);
  assert.equal(`${inetPton4("224.0.0.81")}`, "224.0.0.81");
});

test("numbers are read as C reads them", () => {
  for (const text of ["", " ", "5 ", "0x5", "5.0", "five", "--5", "1e3"])
    assert.equal(wholeNumber(text, 0, 9999), undefined, text);
  for (const text of ["5", "+5", " 5", "\t\n05"]) assert.equal(wholeNumber(text, 0, 9), 5, text);
  assert.ok(Object.is(wholeNumber("-0", 0, 9), 0));
  assert.equal(wholeNumber("10", 0, 9), undefined);
  assert.equal(wholeNumber("9".repeat(400), 0, Number.MAX_VALUE), undefined);
  assert.equal(leadingNumber(" 64x"), 64);
  assert.equal(leadingNumber("x64"), 0);
});
