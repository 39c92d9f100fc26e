import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { GeoModel } from "../../../config/nginx/model/index.js";
import { IpAddress } from "../../../wire/index.js";
import { compile } from "../../script/compile.js";
import { Registry } from "../registry.js";
import type { Subject } from "../subject.js";
import { forwardedAddress } from "./forwarded-address.js";
import { defineGeo } from "./geo.js";
import { numberOf, parseNetwork } from "./network.js";

interface Request extends Subject {
  readonly client: string;
  readonly forwarded?: readonly string[];
}

function located(entries: Record<string, string>, more: Partial<GeoModel> = {}) {
  const registry = new Registry<Request>();
  registry.define("other", (subject) => (subject.client === "" ? undefined : subject.client));
  const { default: otherwise = "", ...networks } = entries;
  const listed = Object.entries(networks).map(([network, value], index) => ({
    network,
    value,
    place: { file: "nginx.conf", line: index + 1, column: 1 },
  }));
  const lists = { proxies: [], proxyRecursive: false, ranges: false };
  const model = {
    source: undefined,
    variable: "geo",
    default: otherwise,
    entries: listed,
    ...lists,
    ...more,
  };
  defineGeo(model, registry, {
    client: (subject) => IpAddress.parse(subject.client),
    forwardedFor: (subject) => subject.forwarded ?? [],
  });
  const text = compile({ text: "$geo", place: { file: "nginx.conf", line: 9, column: 1 } }, registry);
  assert.deepEqual(registry.seal(), []);
  return (client: string, forwarded: readonly string[] = []) =>
    text.value({ known: [], captured: undefined, client, forwarded });
}

test("the narrowest network counts, of IPv4 and of IPv6", () => {
  const value = located({
    "10.1.0.0/16": "sixteen",
    "10.1.2.3": "one",
    "10.0.0.0/8": "eight",
    "fd00::/8": "local",
    "fd00::1/128": "first",
    default: "none",
  });
  for (const [address, expected] of [
    ["9.255.255.255", "none"],
    ["10.0.0.0", "eight"],
    ["10.1.2.2", "sixteen"],
    ["10.1.2.3", "one"],
    ["10.1.2.4", "sixteen"],
    ["10.255.255.255", "eight"],
    ["11.0.0.0", "none"],
    ["::ffff:10.1.2.3", "one"],
    ["fd00::1", "first"],
    ["fd00::2", "local"],
    ["fe00::", "none"],
    ["", "none"],
  ] as const)
    assert.equal(value(address), expected, address);
});

test("who has no address is looked up as 255.255.255.255", () => {
  assert.equal(located({ "255.255.255.255/32": "none" })(""), "none");
  assert.equal(located({ "255.255.255.0-255.255.255.255": "none" }, { ranges: true })("fd00::1"), "none");
  assert.equal(located({ "255.255.255.255": "none" }, { source: "other" })("no address"), "none");
});

test("the address may be a variable's", () => {
  assert.equal(located({ "10.0.0.0/8": "ten" }, { source: "other" })("10.0.0.1"), "ten");
});

test("a later range lies within an earlier one, or is the same", () => {
  const ranges = {
    "10.0.0.0-10.2.255.255": "all",
    "10.0.0.5-10.0.0.9": "few",
    "10.0.0.7-10.0.0.7": "one",
    "10.1.0.0-10.1.255.255": "middle",
    default: "none",
  };
  const value = located(ranges, { ranges: true });
  for (const [address, expected] of [
    ["9.255.255.255", "none"],
    ["10.0.0.4", "all"],
    ["10.0.0.5", "few"],
    ["10.0.0.7", "one"],
    ["10.0.0.9", "few"],
    ["10.0.0.10", "all"],
    ["10.1.77.0", "middle"],
    ["10.2.255.255", "all"],
    ["10.3.0.0", "none"],
  ] as const)
    assert.equal(value(address), expected, address);
});

test("what can't stand in a geo is told with its place", () => {
  const about = { place: { file: "nginx.conf", line: 2, column: 1 } };
  const fails = (entries: Record<string, string>, message: string, ranges = false) =>
    assert.throws(() => located(entries, { ranges }), { message, about });
  fails({ "10.0.0.0/8": "a", "10.0.0.0/33": "b" }, 'invalid network "10.0.0.0/33"');
  fails({ "::/0": "a", localhost: "b" }, 'invalid network "localhost"');
  fails({ "10.0.0.1-10.0.0.2": "a", "10.0.0.2-10.0.0.1": "b" }, 'invalid range "10.0.0.2-10.0.0.1"', true);
  fails(
    { "10.0.0.1-10.0.0.5": "a", "10.0.0.3-10.0.0.9": "b" },
    'range "10.0.0.3-10.0.0.9" overlaps "10.0.0.1-10.0.0.5"',
    true,
  );
});

test("whom a proxy names counts, if it is believed", () => {
  const proxies = { proxies: ["127.0.0.0/8", "10.0.0.0/24"] };
  const value = located({ "1.1.1.1": "one", "2.2.2.2": "two", "10.0.0.0/8": "ten" }, proxies);
  assert.equal(value("127.0.0.1", ["1.1.1.1, 2.2.2.2"]), "two");
  assert.equal(value("2.2.2.2", ["1.1.1.1"]), "two");
  const all = located({ "1.1.1.1": "one", "2.2.2.2": "two" }, { ...proxies, proxyRecursive: true });
  assert.equal(all("127.0.0.1", ["1.1.1.1, 2.2.2.2, 10.0.0.7", "127.0.0.2"]), "two");
});

test("addresses are read from behind, each if who wrote it is believed", () => {
  const believed = ["10.0.0.1", "10.0.0.2", "fd00::1"];
  const isProxy = (address: IpAddress) => believed.includes(address.toString());
  const find = (values: string[], recursive = true) =>
    forwardedAddress(IpAddress.of("10.0.0.1"), values, isProxy, recursive).toString();
  for (const [values, expected] of [
    [[], "10.0.0.1"],
    [[""], "10.0.0.1"],
    [["unknown"], "10.0.0.1"],
    [["1.1.1.1"], "1.1.1.1"],
    [["1.1.1.1:80"], "1.1.1.1"],
    [["[fd00::9]:80"], "fd00::9"],
    [["[fd00::9]"], "10.0.0.1"],
    [["1.1.1.1:0"], "10.0.0.1"],
    [["1.1.1.1, unknown, 10.0.0.2 ,, "], "10.0.0.2"],
    [["1.1.1.1", "fd00::1,10.0.0.2"], "1.1.1.1"],
    [["1.1.1.1", ",10.0.0.2"], "10.0.0.1"],
  ] as const)
    assert.equal(find([...values]), expected, values.join("|"));
  assert.equal(find(["1.1.1.1, 10.0.0.2"], false), "10.0.0.2");
});

const byte = fc.constantFrom(0, 1, 2, 127, 128, 254, 255);
const four = fc.tuple(byte, byte, byte, byte).map((bytes) => IpAddress.fromBytes(Uint8Array.from(bytes)));
const six = fc
  .array(byte, { minLength: 16, maxLength: 16 })
  .map((bytes) => IpAddress.fromBytes(Uint8Array.from([0xfd, ...bytes.slice(1)])));
const network = fc.oneof(
  fc.tuple(four, fc.integer({ min: 0, max: 32 })),
  fc.tuple(six, fc.integer({ min: 8, max: 128 })),
);

test("a table of networks finds what looking through all of them finds", () => {
  fc.assert(
    fc.property(fc.array(network), fc.array(fc.oneof(four, six)), (networks, others) => {
      const texts = networks.map(([address, bits]) => `${address}/${bits}`);
      const value = located(Object.fromEntries(texts.map((text) => [text, text])));
      const parsed = texts.map((text) => ({ text, ...parseNetwork(text)! }));
      for (const address of [...others, ...networks.map(([first]) => first)]) {
        const number = numberOf(address);
        const fitting = parsed.filter(
          ({ family, first, last }) => family === address.family && first <= number && number <= last,
        );
        const size = (each: (typeof fitting)[number]) => Number(each.last - each.first);
        const narrowest = Math.min(...fitting.map(size));
        const expected = fitting.filter((each) => size(each) === narrowest);
        const found = value(address.toString());
        // Of two texts for one network the one that is told later counts.
        assert.equal(found, expected.at(-1)?.text ?? "");
      }
    }),
    { numRuns: 300 },
  );
});

test("a table of ranges finds what the last of those that fit says", () => {
  const point = fc.integer({ min: 0x0a00_fff0, max: 0x0a01_0010 });
  const text = (number: number) => `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  fc.assert(
    fc.property(fc.array(fc.tuple(point, point), { maxLength: 6 }), fc.array(point), (pairs, points) => {
      const taken: { first: number; last: number }[] = [];
      for (const [a, b] of pairs) {
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        if (
          taken.every(
            (one) => last < one.first || first > one.last || (first >= one.first && last <= one.last),
          )
        )
          taken.push({ first, last });
      }
      const name = ({ first, last }: { first: number; last: number }) => `${text(first)}-${text(last)}`;
      const value = located(Object.fromEntries(taken.map((range) => [name(range), name(range)])), {
        ranges: true,
      });
      for (const number of points) {
        const fitting = taken.filter(({ first, last }) => first <= number && number <= last);
        assert.equal(value(text(number)), fitting.length > 0 ? name(fitting.at(-1)!) : "");
      }
    }),
    { numRuns: 300 },
  );
});
