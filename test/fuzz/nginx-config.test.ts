// biome-ignore-all lint/suspicious/noTemplateCurlyInString: nginx.conf writes its variables so
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { allDefinitions } from "../../src/config/nginx/directives/index.js";
import { formatDiagnostics } from "../../src/config/nginx/format.js";
import { Lexer } from "../../src/config/nginx/grammar/lexer.js";
import { type NginxWorld, type ReadResult, readConfig } from "../../src/config/nginx/index.js";
import { Mistake } from "../../src/config/nginx/mistake.js";
import { configCases } from "../conformance/nginx/config-cases.js";
import { anyBytes, fuzzed, mutated } from "../support/fuzz.js";

const other = "text/html html;\n10.0.0.0/8 1;\n# end\n";

/** Besides the configuration, every second file is there, with the same text. */
const worldOf = (text: string): NginxWorld => ({
  readFile(path) {
    if (path === "/f.conf") return { bytes: Buffer.from(text, "latin1") };
    return path.length % 2 === 0
      ? { reason: "No such file or directory" }
      : { bytes: Buffer.from(other, "latin1") };
  },
  list: (path) => (path === "/" ? ["a.conf", "bb.conf", "f.conf"] : undefined),
  hostName: () => "host",
  user: (name) => (name === "root" ? 0 : undefined),
  group: (name) => (name === "root" ? 0 : undefined),
});

/** Reads a text; fails where what is said of it doesn't point into it. */
function read(text: string): ReadResult {
  const result = readConfig("/f.conf", { prefix: "/", world: worldOf(text), root: true });
  const lines = text.split("\n");
  for (const { place, code, message } of result.diagnostics) {
    const said = `${place.file}:${place.line}:${place.column} ${code} ${message}`;
    const within = place.file === "/f.conf" ? lines : other.split("\n");
    const line = within[place.line - 1];
    assert.ok(line !== undefined && place.line >= 1, `${said}: no such line`);
    assert.ok(
      place.column >= 1 && place.column <= line.length + 1,
      `${said}: no such column in ${JSON.stringify(line)}`,
    );
  }
  formatDiagnostics(result.diagnostics);
  const wrong = result.diagnostics.filter(({ severity }) => severity === "emerg");
  assert.equal(wrong.length, result.ok ? 0 : 1, "there is one mistake, or none");
  if (!result.ok) assert.equal(result.diagnostics.at(-1), wrong[0], "it is the last that is said");
  return result;
}

const pieces = ["{", "}", ";", "$", '"', "'", "\\", "#", "\n", "${", " ", "include x;", "(", "server", "~"];
const texts = configCases.map(({ text }) => text);

test("any bytes", () =>
  fc.assert(
    fc.property(anyBytes(400), (text) => void read(text)),
    fuzzed(300),
  ));

test("files with some characters changed", () => {
  fc.assert(
    fc.property(mutated(texts, pieces), (text) => void read(text)),
    fuzzed(1500),
  );
});

const words = fc.constantFrom(
  "on",
  "off",
  "1",
  "0",
  "-1",
  "10m",
  "1s",
  "$uri",
  "${uri}",
  "a",
  "''",
  '"a b"',
  "/",
  "~",
  "~*",
  "=",
  "@a",
  "(",
  ")",
  "($a",
  "*.a",
  "http://a",
  "unix:/a",
  "[::1]:80",
  "10.0.0.0/8",
  "zone=a:1m",
  "rate=1r/s",
  "shared:a:1m",
  "all",
  "any",
  "200",
  "=404",
  "\\",
  "a\\;b",
  "99999999999999999999",
);
const names = fc.constantFrom("include", ...new Set(allDefinitions().map(({ name }) => name)));
const statement = fc
  .tuple(names, fc.array(words, { maxLength: 4 }))
  .map(([name, all]) => [name, ...all].join(" "));
const { block } = fc.letrec<{ block: string; line: string }>((tie) => ({
  line: fc.oneof(
    { weight: 5, arbitrary: statement.map((text) => `${text};`) },
    { weight: 1, arbitrary: tie("block") },
  ),
  block: fc
    .tuple(
      fc.oneof(
        fc.constantFrom(
          "http",
          "server",
          "location /",
          "stream",
          "upstream a",
          "if ($a)",
          "events",
          "map $a $b",
          "geo $c",
          "types",
        ),
        statement,
      ),
      fc.array(tie("line"), { maxLength: 6 }),
    )
    .map(([head, lines]) => `${head} {\n${lines.join("\n")}\n}`),
}));

test("directives and blocks at random places", () => {
  const holder = fc.constantFrom(
    "",
    "http {\n",
    "http {\nserver {\n",
    "http {\nserver {\nlocation / {\n",
    "http {\nupstream a {\n",
    "stream {\nserver {\n",
    "events {\n",
  );
  fc.assert(
    fc.property(
      holder,
      fc.array(
        fc.oneof(
          block,
          statement.map((text) => `${text};`),
        ),
        { maxLength: 5 },
      ),
      (begin, parts) => {
        const end = "\n}".repeat(begin.split("{").length - 1);
        read(`${begin}${parts.join("\n")}${end}\n`);
      },
    ),
    fuzzed(800),
  );
});

test("each directive alone, with some words, where it may stand", () => {
  const wraps: Readonly<Record<string, string>> = {
    main: "",
    events: "events {",
    http: "http {",
    "http-server": "http { server {",
    location: "http { server { location / {",
    "location-if": "http { server { location / { if ($uri) {",
    "server-if": "http { server { if ($uri) {",
    limit_except: "http { server { location / { limit_except GET {",
    "http-upstream": "http { upstream a {",
    match: "http { match a {",
    stream: "stream {",
    "stream-server": "stream { server {",
    "stream-upstream": "stream { upstream a {",
  };
  fc.assert(
    fc.property(
      fc.constantFrom(...allDefinitions()),
      fc.array(words, { maxLength: 5 }),
      fc.nat(),
      ({ name, contexts, block: kind }, all, pick) => {
        const wrap = wraps[contexts[pick % contexts.length]!]!;
        const text = `${[name, ...all].join(" ")}${kind === undefined ? ";" : " { }"}`;
        read(`${wrap} ${text} ${"}".repeat(wrap.split("{").length - 1)}\n`);
      },
    ),
    fuzzed(800),
  );
});

test("words come out as they went in, whatever they are quoted with", () => {
  const word = fc.string({ unit: fc.constantFrom(..."ab \t\n;{}$#\\\"'()"), maxLength: 12 });
  const quote = (text: string, mark: string) => `${mark}${text.replaceAll(/["'\\]/g, "\\$&")}${mark}`;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(word, fc.constantFrom('"', "'")), { minLength: 1, maxLength: 5 }),
      (all) => {
        const lexer = new Lexer(`${all.map(([text, mark]) => quote(text, mark)).join("\n")};`, "f");
        const head = lexer.next();
        assert.ok(head.kind === "statement");
        assert.deepEqual(
          head.words.map(({ text }) => text),
          all.map(([text]) => text),
        );
        assert.equal(lexer.next().kind, "end");
      },
    ),
    fuzzed(800),
  );
});

test("the lexer always comes on, or throws a mistake", () => {
  fc.assert(
    fc.property(anyBytes(300), (text) => {
      const lexer = new Lexer(text, "f");
      try {
        for (let left = text.length + 1; lexer.next().kind !== "end"; left--) assert.ok(left > 0);
      } catch (error) {
        assert.ok(error instanceof Mistake, String(error));
      }
    }),
    fuzzed(800),
  );
});
