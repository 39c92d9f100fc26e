import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatDiagnostics,
  type ReadResult,
  readHaproxyConfig,
  type World,
} from "../../src/config/haproxy/index.js";
import {
  actions,
  bindKeywords,
  globalKeywords,
  type Keyword,
  otherOptions,
  plainOptions,
  proxyKeywords,
  sectionKeywords,
  sectionNames,
  serverKeywords,
  wordsOf,
} from "../../src/config/haproxy/keywords/index.js";
import { converterNames, fetchNames } from "../../src/config/haproxy/samples/names.js";
import { anyBytes, fuzzed, mutated } from "../support/fuzz.js";
import { smallConfigs } from "../support/haproxy-configs.js";

const errorFile = "HTTP/1.0 503 No\r\nContent-Length: 2\r\n\r\nno";

/** Every file is there, with the same text. */
const worldOf = (text: string): World => ({
  environment: { PORT: "8080".repeat(40), EMPTY: "", WORDS: "a  b c" },
  readFile: (path) =>
    path.length % 3 === 0 ? { reason: "No such file or directory" } : { bytes: Buffer.from(text, "latin1") },
  list: (path) => (path.endsWith("/") ? ["a", "b.cfg"] : undefined),
  hostName: () => "host",
  user: (name) => (name === "root" ? 0 : undefined),
  group: (name) => (name === "root" ? 0 : undefined),
});

/** Reads a text; fails where what is said of it doesn't point into it. */
function read(text: string, file = errorFile): ReadResult {
  const result = readHaproxyConfig([{ name: "f.cfg", text }], worldOf(file));
  const lines = text.split("\n");
  for (const one of result.diagnostics) {
    const { place } = one;
    const said = `${place.file}:${place.line}:${place.column} ${one.code} ${one.message}`;
    if (place.file === "") continue;
    assert.equal(place.file, "f.cfg", said);
    const line = lines[place.line - 1];
    assert.ok(line !== undefined && place.line >= 1, `${said}: no such line`);
    assert.ok(
      place.column >= 1 && place.column <= line.length + 1,
      `${said}: no such column in ${JSON.stringify(line)}`,
    );
  }
  formatDiagnostics(result.diagnostics, { pid: 1, hints: true });
  assert.equal(
    result.config === undefined,
    result.diagnostics.some((one) => one.severity === "error" && one.fatal !== false),
    "there is a meaning where there is no error",
  );
  return result;
}

const form = ({ name, arguments: words }: Keyword) => `${name} ${words}`;
const forms = (...tables: ReadonlyMap<string, Keyword>[]) =>
  tables.flatMap((table) => [...table.values()].map(form));
const fetches = [...fetchNames.values()].map(
  ({ name, signature }) => name + (signature.kinds.length > 0 ? `(${signature.kinds.join(",")})` : ""),
);
const converters = [...converterNames.values()].map(
  ({ name, signature }) => name + (signature.kinds.length > 0 ? `(${signature.kinds.join(",")})` : ""),
);
const values = [
  "10",
  "0",
  "-1",
  "4294967296",
  "99999999999999999999",
  "10s",
  "1us",
  "5%",
  "1.5",
  "2k",
  "/x",
  "http",
  "on",
  "name",
  "127.0.0.1:80",
  ":80-90",
  "*:1",
  "[::1]:8",
  "unix@/s",
  "abns@a",
  "fd@3",
  "10.0.0.0/8",
  "a:b",
  "%[src]",
  "%[hdr(a),lower]",
  "%ci",
  "%{+Q}r",
  "%%",
  "%",
  "%[",
  "{",
  "}",
  "if",
  "unless",
  "or",
  "!",
  "{ src 1 }",
  "|",
  "<",
  "-f",
  "-m",
  "-i",
  "--",
  "reg",
  "(((",
  "a{99999}",
  "[a-",
  "\\1",
  "(a+)+$",
  "len",
  "table",
  "type",
  "ip",
  "size",
  "1m",
  "store",
  "gpc(3)",
  "conn_rate(1s)",
  "503",
  "code",
  "301",
  "location",
  "ssl",
  "crt",
  "check",
  "$",
  "${",
  `"\${PORT}"`,
  `"\${WORDS[*]}"`,
  `"\${A-b}"`,
  '"',
  "'",
  "\\",
  "\\x4",
  "\\x41",
  "#",
  "\t",
  "\0",
  "\r",
  "é",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "proc.x",
  "txn.a",
  ".if",
  ".elif",
  ".else",
  ".endif",
  "defined(X)",
  "streq(a,b)",
  "&&",
  "||",
  "no",
  "default",
];
const words = [
  ...forms(globalKeywords, proxyKeywords, bindKeywords, serverKeywords, sectionNames, otherOptions),
  ...forms(...Object.values(wordsOf), ...Object.values(sectionKeywords)),
  ...[...plainOptions.keys()].map((name) => `option ${name}`),
  ...Object.entries(actions).flatMap(([set, table]) => forms(table).map((one) => `${set} ${one}`)),
];
const pieces = [...words, ...values, ...fetches, ...converters];
const texts = smallConfigs().map((one) => one.text);

const value = fc.oneof(
  fc.constantFrom(...values),
  fc.constantFrom(...fetches),
  fc.tuple(fc.constantFrom(...fetches), fc.constantFrom(...converters)).map((two) => two.join(",")),
);
const line = fc.tuple(fc.constantFrom(...words), fc.array(value, { maxLength: 5 })).map(([first, others]) => {
  // Half of the arguments' names give way to values.
  const written = first
    .split(" ")
    .map((word, at) =>
      /^[A-Z:[\]]+$/.test(word) ? (others[at] ?? word) : (word.split("|")[others.length % 2] ?? word),
    );
  return `  ${[...written, ...others].join(" ")}`;
});
const section = fc
  .tuple(
    fc.constantFrom(...[...sectionNames.keys()]),
    fc.constantFrom("a", "b", "a from b", "", "$"),
    fc.array(line, { maxLength: 6 }),
  )
  .map(([kind, name, lines]) => [`${kind} ${name}`, ...lines].join("\n"));
const made = fc.array(section, { maxLength: 5 }).map((all) => `${all.join("\n")}\n`);

const anyText = fc.oneof(
  {
    weight: 4,
    arbitrary: mutated(
      texts,
      pieces.map((one) => ` ${one} `),
    ),
  },
  { weight: 4, arbitrary: made },
  { weight: 1, arbitrary: anyBytes(400) },
);

test("any text is read: mistakes are told at places that are there, and the same ones each time", () => {
  fc.assert(
    fc.property(anyText, anyBytes(40), (text, file) => {
      const first = read(text, file.length % 2 ? file : errorFile);
      const again = read(text, file.length % 2 ? file : errorFile);
      assert.deepEqual(again.diagnostics, first.diagnostics);
      assert.deepEqual(again.config, first.config);
    }),
    fuzzed(300),
  );
});

test("every small configuration points into itself", () => {
  for (const text of texts) read(text);
});
