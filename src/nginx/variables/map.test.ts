import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { MapEntry, MapModel } from "../../config/nginx/model/index.js";
import { compile } from "../script/compile.js";
import { HostTable } from "./host-table.js";
import { defineMap } from "./map.js";
import { Registry } from "./registry.js";
import type { Subject } from "./subject.js";

const place = { file: "nginx.conf", line: 3, column: 7 };
const template = (text: string) => ({ text, place });

interface Request extends Subject {
  text: string;
}

function entry(key: string, value: string): MapEntry {
  const regex = /^~(\*?)(.*)$/.exec(key);
  const kind = regex ? "regex" : key.includes("*") || key.startsWith(".") ? "wildcard" : "exact";
  return { kind, key: regex?.[2] ?? key, ignoreCase: regex?.[1] === "*", value: template(value), place };
}

function mapped(entries: Record<string, string>, more: Partial<MapModel> = {}, uses = "$out") {
  const registry = new Registry<Request>();
  registry.define("in", (subject) => subject.text, { kept: false });
  const { default: otherwise, ...keyed } = entries;
  defineMap(
    {
      source: template("$in"),
      variable: "out",
      hostnames: false,
      volatile: false,
      default: otherwise === undefined ? undefined : template(otherwise),
      entries: Object.entries(keyed).map(([key, value]) => entry(key, value)),
      ...more,
    },
    registry,
  );
  const text = compile(template(uses), registry);
  assert.deepEqual(registry.seal(), []);
  return (input: string) => text.value({ known: [], captured: undefined, text: input });
}

test("texts come before expressions, which are tried in order; an empty text is never given to them", () => {
  const value = mapped({ "~b": "first", "~*^B": "second", "~": "any", abc: "text", default: "none" });
  assert.equal(value("ABC"), "text");
  assert.equal(value("xbx"), "first");
  assert.equal(value("Bx"), "second");
  assert.equal(value("x"), "any");
  assert.equal(value(""), "none");
  assert.equal(mapped({ "": "empty" })(""), "empty");
  assert.equal(mapped({ a: "x" })("b"), "");
});

test("values have variables, and groups of the expression that matched", () => {
  const value = mapped(
    { "~^(?<lang>..)-(x)?(.)": "$3 $2 $lang $in", default: "[$1]" },
    {},
    "$out, $lang, $3",
  );
  assert.equal(value("en-xU"), "U x en en-xU, en, U");
  assert.equal(value("en-U"), "U  en en-U, en, U");
  assert.equal(value("none"), "[], , ");
});

test("without `hostnames` a wildcard is a text; with it the nearest one counts", () => {
  assert.equal(mapped({ "*.a.com": "x", default: "none" })("b.a.com"), "none");
  const value = mapped(
    {
      "*.com": "com",
      ".a.com": "a",
      "b.a.com": "exact",
      "www.*": "www",
      "www.a.*": "www.a",
      default: "none",
    },
    { hostnames: true },
  );
  for (const [host, expected] of [
    ["x.com", "com"],
    ["X.A.COM.", "a"],
    ["a.com", "a"],
    ["b.a.com", "exact"],
    ["c.b.a.com", "a"],
    ["com", "none"],
    ["www.com", "com"],
    ["www.org", "www"],
    ["www.a.org", "www.a"],
    ["www.", "none"],
    ["www..", "www"],
    ["www", "none"],
  ] as const)
    assert.equal(value(host), expected, host);
});

test("a volatile one is asked each time", () => {
  for (const volatile of [false, true]) {
    const registry = new Registry<Request>();
    registry.define("in", (subject) => subject.text, { kept: false });
    const model = { variable: "out", hostnames: false, volatile, default: template("$in"), entries: [] };
    defineMap({ source: template(""), ...model }, registry);
    const text = compile(template("$out"), registry);
    registry.seal();
    const subject: Request = { known: [], captured: undefined, text: "a" };
    assert.equal(text.value(subject), "a");
    subject.text = "b";
    assert.equal(text.value(subject), volatile ? "b" : "a");
  }
});

test("what can't stand in a map is told with its place", () => {
  const about = { place };
  const fails = (entries: Record<string, string>, message: string | RegExp, hostnames = false) =>
    assert.throws(() => mapped(entries, { hostnames }), { message, about });
  fails({ a: "1", A: "2" }, 'conflicting parameter "A"');
  fails({ "*.a": "1", ".a": "2" }, 'conflicting parameter ".a"', true);
  fails({ a: "1", ".a": "2" }, 'conflicting parameter ".a"', true);
  fails({ "a*": "1" }, 'invalid hostname or wildcard "a*"', true);
  fails({ a: "$" }, "invalid variable name");
  assert.throws(() => mapped({ "~(": "1" }), { about: { place, code: "invalid-regex" } });
  assert.throws(() => mapped({ "~(?<in>a)": "1" }), { message: 'the duplicate "in" variable', about });
});

const label = fc.constantFrom("a", "b", "c", "");
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const key = fc.oneof(
  host,
  host.map((name) => `*.${name}`),
  host.map((name) => `.${name}`),
  host.map((name) => `${name}.*`),
);

/** Looks through all of them. */
function naive(keys: readonly string[], name: string): string | undefined {
  const longest = (fitting: string[]) => fitting.sort((a, b) => b.length - a.length)[0];
  const bare = (text: string) => text.replace(/^\*/, "");
  return (
    keys.find((each) => each === name || (each.length > 1 && each[0] === "." && each.slice(1) === name)) ??
    (name === ""
      ? undefined
      : (longest(keys.filter((each) => /^\*?\../.test(each) && name.endsWith(bare(each)))) ??
        longest(keys.filter((each) => /^[^.].*\.\*$/.test(each) && name.startsWith(each.slice(0, -1))))))
  );
}

test("a table finds what looking through all names finds", () => {
  fc.assert(
    fc.property(fc.array(key), fc.array(host, { minLength: 1 }), (keys, hosts) => {
      const table = new HostTable<string>();
      const taken = keys.filter((each) => table.add(each, each) === "added");
      for (const name of hosts) assert.equal(table.find(name), naive(taken, name), name);
    }),
    { numRuns: 500 },
  );
});
