import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { AclTerm, Condition, MatchMethod } from "../../config/haproxy/model/index.js";
import { packageRoot } from "../../package-root.js";
import type { PatternChange } from "../run/index.js";
import { ipv4 } from "../samples/addresses.js";
import { createCompiler } from "../samples/index.js";
import { processOf, requestContext, streamOf } from "../samples/testing/context.js";
import { place, readExpression } from "../samples/testing/expression.js";
import { sint, str } from "../samples/value.js";
import { PatternStore } from "./index.js";
import { makeIndex } from "./make-index.js";
import { parseRange } from "./number-index.js";
import type { Matcher } from "./reference.js";

const methods: readonly MatchMethod[] = ["str", "beg", "end", "sub", "dir", "dom", "len", "reg"];

/** What a criterion compares by where no -m says it: by its name's end, or its type. */
function methodOf(name: string): { readonly fetch: string; readonly method: MatchMethod } {
  const [base, suffix] = name.split("_", 2) as [string, string | undefined];
  const named = methods.find((each) => each === suffix);
  if (named && /^(?:path|url)$/.test(base)) return { fetch: base, method: named };
  if (/^(?:always|ssl_fc$)/.test(name)) return { fetch: name, method: "bool" };
  if (/^(?:int|.*_val|.*_cnt)$/.test(name)) return { fetch: name, method: "int" };
  return { fetch: name, method: /^(?:src|ipv4|ipv6|.*_ip)$/.test(name) ? "ip" : "str" };
}

function readTerm(text: string): AclTerm {
  const [criterion, ...words] = text.split(" ") as [string, ...string[]];
  const name = /^[A-Za-z0-9_.]+/.exec(criterion)?.[0] as string;
  const standard = methodOf(name);
  let { method } = standard;
  let ignoreCase = false;
  while (words[0] === "-m" || words[0] === "-i") {
    if (words.shift() === "-i") ignoreCase = true;
    else method = words.shift() as MatchMethod;
  }
  const operator = /^(?:eq|ge|gt|le|lt)$/.test(words[0] ?? "") ? (words.shift() as "eq") : undefined;
  return {
    expression: readExpression(standard.fetch + criterion.slice(name.length)),
    method,
    ignoreCase,
    noDns: false,
    uniqueId: undefined,
    asMap: false,
    patterns: words.map((word) => ({
      text: word.replaceAll("\\\\", "\\"),
      place,
      ...(operator && { operator }),
    })),
    files: [],
    place,
  };
}

const condition = (terms: readonly AclTerm[], more: Partial<Condition> = {}): Condition => ({
  unless: false,
  alternatives: [[{ negated: false, name: "{}", terms }]],
  text: "",
  place,
  ...more,
});

const fixture = JSON.parse(
  readFileSync(`${packageRoot}test/fixtures/haproxy/samples/conditions.json`, "utf8"),
) as { request: string; results: [string, "yes" | "no"][] };

test("conditions hold where HAProxy's do", () => {
  const process_ = processOf({});
  const compiler = createCompiler(() => process_, new PatternStore());
  const context = requestContext(fixture.request);
  streamOf(context).variables.req.set("v1", str("value1"));
  const wrong: string[] = [];
  for (const [text, expected] of fixture.results) {
    const verdict = compiler.condition(condition([readTerm(text)]), new Map())(context);
    if (verdict !== (expected === "yes")) wrong.push(`${text}: HAProxy says ${expected}`);
  }
  assert.deepEqual(wrong, []);
});

test("what isn't known yet makes a condition wait, unless the rest decides", () => {
  const compiler = createCompiler(() => processOf({}), new PatternStore());
  const context = (final: boolean, bytes: string) => ({
    ...requestContext("GET / HTTP/1.1\r\n\r\n", { http: undefined, requestBytes: Buffer.from(bytes) }),
    final,
  });
  const of = (more: Partial<Condition>) => compiler.condition(condition([], more), new Map());
  const named = (name: string, negated = false) => ({ negated, name, terms: [] });
  const waits = of({ alternatives: [[named("WAIT_END")]] });
  assert.equal(waits(context(false, "")), undefined);
  assert.equal(waits(context(true, "")), true);
  assert.equal(of({ alternatives: [[named("WAIT_END", true)]] })(context(false, "")), undefined);
  assert.equal(of({ alternatives: [[named("FALSE"), named("WAIT_END")]] })(context(false, "")), false);
  assert.equal(of({ alternatives: [[named("WAIT_END")], [named("TRUE")]] })(context(false, "")), true);
  assert.equal(of({ alternatives: [[named("REQ_CONTENT")]] })(context(false, "")), undefined);
  assert.equal(of({ alternatives: [[named("REQ_CONTENT")]] })(context(true, "")), false);
  assert.equal(of({ alternatives: [[named("REQ_CONTENT")]] })(context(false, "x")), true);
  const http = of({ alternatives: [[named("HTTP")]], unless: true });
  assert.equal(http(context(false, "GET / HT")), undefined);
  assert.equal(http(context(false, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), false);
  assert.equal(http(context(false, "\x16\x03")), true);
});

test("lists are edited by key and by number, in versions, and other threads follow", () => {
  const folder = mkdtempSync(join(tmpdir(), "rondo-patterns-"));
  try {
    const file = join(folder, "a.map");
    writeFileSync(file, "# comment\n a  one \n b two words\r\na three\n\n");
    const store = new PatternStore(["x.cfg"]);
    const other = new PatternStore(["x.cfg"]);
    const changes: PatternChange[] = [];
    store.onChange = (change) => changes.push(change);
    const open = (of: PatternStore) => {
      const reference = of.file(file, 2, "map", { file: "x.cfg", line: 3, column: 1 });
      return { reference, matcher: reference.matcher("str", false, { parseValue: str }) as Matcher };
    };
    const { reference, matcher } = open(store);
    const follower = open(other);
    const value = (key: string, from = matcher) => from.match(str(key))?.value;
    assert.equal(reference.display, `pattern loaded from file '${file}' used by map at file 'x.cfg' line 3`);
    assert.equal(reference.uniqueId, -1);
    assert.deepEqual(
      store.all.map(({ uniqueId, name }) => [uniqueId, name]),
      [[0, file]],
    );
    assert.equal(store.find("#0"), reference);
    assert.equal(store.find(file), reference);
    assert.equal(store.find("#1"), undefined);
    assert.deepEqual(
      [...reference.entries()].map(({ key, value: text, line }) => [key, text, line]),
      [
        ["a", "one", 2],
        ["b", "two words", 3],
        ["a", "three", 4],
      ],
    );
    assert.equal(value("a"), "one");
    assert.equal(reference.remove([...reference.entries()][0]?.id as number), true);
    assert.equal(value("a"), "three");
    assert.equal(reference.set("a", "four"), undefined);
    assert.equal(value("a"), "four");
    assert.equal(reference.set("zzz", "x"), "entry not found");
    const version = reference.prepare();
    reference.add("c", "new", version);
    assert.equal(value("c"), undefined);
    assert.equal(reference.commit(version + 1), "Version number out of range.");
    assert.equal(reference.commit(version), undefined);
    assert.deepEqual([value("a"), value("b"), value("c")], [undefined, undefined, "new"]);
    reference.add("d", "last");
    assert.equal(reference.remove("nothing"), false);
    void other.all;
    for (const change of changes) other.apply(structuredClone(change));
    const shown = (of: typeof reference) => [...of.entries()].map(({ key, value: text }) => `${key}=${text}`);
    assert.deepEqual(shown(follower.reference), shown(reference));
    assert.equal(value("d", follower.matcher), "last");
    reference.clear();
    assert.equal(reference.entryCount, 0);
    assert.throws(() => store.file(file, 1, "acl", place), /two columns|one column/);
    assert.throws(() => store.file(join(folder, "none"), 1, "acl", place), /failed to open pattern file/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("ranges are parted by the first colon or hyphen", () => {
  const ends = (text: string) => {
    const range = parseRange(text);
    return range && [range.from, range.to];
  };
  assert.deepEqual(ends("3-5"), [3n, 5n]);
  assert.deepEqual(ends("-5"), [undefined, 5n]);
  assert.deepEqual(ends("5-"), [5n, undefined]);
  assert.deepEqual(ends(":-1"), [undefined, -1n]);
  assert.deepEqual(ends("7"), [7n, 7n]);
  assert.deepEqual(ends("lt 0"), [undefined, -1n]);
  assert.equal(ends("-5:-1"), undefined);
});

test("patterns that can't be compared so are refused with their place", () => {
  const compiler = createCompiler(() => processOf({}), new PatternStore());
  const of = (text: string) => () => compiler.condition(condition([readTerm(text)]), new Map());
  assert.throws(of("int(1) abc"), /test.cfg:1: 'abc' is neither a number nor a range/);
  assert.throws(of("src nonsense"), /'nonsense' is not a valid IPv4 or IPv6 address/);
  assert.throws(of("path_reg ("), /regex '\(' is invalid/);
});

test("large lists are found without looking at every pattern", () => {
  const many = 20_000;
  const entry = (key: string, id: number) => ({ id, key, value: undefined, version: 0, line: 0 });
  const cases: [
    MatchMethod,
    (n: number) => string,
    (n: number) => Parameters<ReturnType<typeof makeIndex>["match"]>[0],
  ][] = [
    ["str", (n) => `host-${n}.example`, (n) => str(`host-${n}.example`)],
    ["beg", (n) => `/path/${n}/`, (n) => str(`/path/${n}/more`)],
    ["end", (n) => `.${n}.org`, (n) => str(`www.${n}.org`)],
    ["sub", (n) => `<${n}>`, (n) => str(`some text <${n}> and more`)],
    ["dom", (n) => `d${n}`, (n) => str(`www.d${n}.org`)],
    ["ip", (n) => `10.${n >> 8}.${n & 255}.0/24`, (n) => ipv4(`10.${n >> 8}.${n & 255}.7`)],
    ["int", (n) => String(n), (n) => sint(n)],
  ];
  for (const [method, pattern, sample] of cases) {
    const index = makeIndex(method, { ignoreCase: false });
    for (let n = 0; n < many; n++) assert.equal(index.add(entry(pattern(n), n + 1)), undefined);
    const begun = performance.now();
    for (let n = 0; n < 2000; n++)
      assert.equal(index.match(sample(n * 7))?.id, n * 7 + 1, `${method} ${n * 7}`);
    // One by one it would be 40 million comparisons.
    assert.ok(performance.now() - begun < 2000, method);
    index.remove(entry(pattern(7), 8));
    assert.equal(index.match(sample(7)), undefined);
  }
});

test("indices find what looking at each pattern finds", () => {
  const word = fc.string({ unit: fc.constantFrom(..."ab/.?"), maxLength: 6 });
  const plain: Partial<Record<MatchMethod, (text: string, pattern: string) => boolean>> = {
    str: (text, pattern) => text === pattern,
    beg: (text, pattern) => text.startsWith(pattern),
    end: (text, pattern) => text.endsWith(pattern),
    sub: (text, pattern) => text.includes(pattern),
  };
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), word, (patterns, text) => {
      for (const [method, matches] of Object.entries(plain)) {
        const index = makeIndex(method as MatchMethod, { ignoreCase: false });
        patterns.forEach((key, id) => {
          index.add({ id: id + 1, key, value: undefined, version: 0, line: 0 });
        });
        assert.equal(
          index.match(str(text)) !== undefined,
          patterns.some((pattern) => matches(text, pattern)),
          method,
        );
      }
    }),
  );
});
