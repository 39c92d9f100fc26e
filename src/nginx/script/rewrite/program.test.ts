import assert from "node:assert/strict";
import { test } from "node:test";
import { Block } from "../../../config/nginx/block.js";
import type { IfCondition, RewriteStatement } from "../../../config/nginx/model/index.js";
import { Registry } from "../../variables/registry.js";
import { compileRewrites } from "./program.js";
import { mostUriChanges, type Rewritable } from "./rewritable.js";

const place = { file: "nginx.conf", line: 3, column: 7 };
const template = (text: string) => ({ text, place });

type Flag = "last" | "break" | "redirect" | "permanent";
const rewrite = (regex: string, text: string, flag?: Flag): RewriteStatement => ({
  kind: "rewrite",
  regex,
  replacement: template(text),
  flag,
  place,
});
const set = (variable: string, text: string): RewriteStatement => ({
  kind: "set",
  variable,
  value: template(text),
  place,
});
const answer = (status: number, text?: string): RewriteStatement => ({
  kind: "return",
  status,
  text: text === undefined ? undefined : template(text),
  place,
});
const stop: RewriteStatement = { kind: "break", place };
function when(condition: IfCondition, ...statements: RewriteStatement[]): RewriteStatement {
  const block = new Block("location-if");
  block.rewrites.push(...statements);
  return { kind: "if", condition, block, place };
}

interface Request extends Rewritable {
  internal: boolean;
  readonly entered: Block[];
}

function request(target: string): Request {
  const [path = "", args = ""] = target.split("?");
  const entered: Block[] = [];
  return {
    known: [],
    captured: undefined,
    uri: decodeURI(path),
    args,
    quotedUri: /[%+]/.test(path),
    uriChangesLeft: mostUriChanges,
    isLocationValid: true,
    internal: false,
    entered,
    becomeInternal() {
      this.internal = true;
    },
    enter: (block) => entered.push(block),
  };
}

function program(statements: readonly RewriteStatement[]) {
  const registry = new Registry<Request>();
  registry.define("uri", ({ uri }) => uri, { kept: false });
  registry.define("scheme", () => "http");
  registry.define("args", ({ args }) => args, {
    kept: false,
    changeable: true,
    set: (subject, value) => {
      subject.args = value;
    },
  });
  registry.definePrefix(
    "arg_",
    (name) =>
      ({ args }) =>
        new URLSearchParams(args).get(name) ?? undefined,
    {
      kept: false,
    },
  );
  const compiled = compileRewrites(statements, registry)!;
  assert.deepEqual(registry.seal(), []);
  return compiled;
}

/** What becomes of a request: how it goes on, and its URI. */
function outcome(target: string, ...statements: RewriteStatement[]) {
  const subject = request(target);
  const result = program(statements).run(subject, "location");
  return { ...result, uri: subject.args === "" ? subject.uri : `${subject.uri}?${subject.args}` };
}

test("a rewrite changes the URI and keeps arguments behind its own, unless it ends with ?", () => {
  for (const [text, uri] of [
    ["/b", "/b?x=1"],
    ["/b/$1?y=$1", "/b/q?y=q&x=1"],
    ["/b?y=2?", "/b?y=2"],
    ["/b?", "/b"],
    ["/b$uri?$args", "/b/a/q?x=1&x=1"],
  ] as const)
    assert.deepEqual(outcome("/a/q?x=1", rewrite("^/a/(.*)$", text)), { kind: "rewritten", uri }, text);
  assert.deepEqual(outcome("/c", rewrite("^/a", "/b")), { kind: "next", uri: "/c" });
});

test("without a flag the next one sees the new URI; last ends, break ends with no new location", () => {
  const second = rewrite("^/b", "/c");
  const ways = (first: RewriteStatement) => outcome("/a", first, second);
  assert.deepEqual(ways(rewrite("^/a", "/b")), { kind: "rewritten", uri: "/c" });
  assert.deepEqual(ways(rewrite("^/a", "/b", "last")), { kind: "rewritten", uri: "/b" });
  assert.deepEqual(ways(rewrite("^/a", "/b", "break")), { kind: "next", uri: "/b" });
  assert.deepEqual(outcome("/a", rewrite("^/a", "/b"), stop, second), { kind: "next", uri: "/b" });
});

test("a break behind a rewrite leaves the location", () => {
  const isValid = (...statements: RewriteStatement[]) => {
    const subject = request("/a");
    program(statements).run(subject, "location");
    return subject.isLocationValid;
  };
  assert.equal(isValid(rewrite("^/a", "/a", "break")), false);
  assert.equal(isValid(rewrite("^/a", "/b"), stop), false);
  assert.equal(isValid(rewrite("^/a", "/b")), true);
  assert.equal(isValid(rewrite("^/b", "/c", "break"), stop), true);
});

test("redirects: by flag, or by a scheme", () => {
  const uri = "/a/b?x=1";
  const to = (status: number, location: string) => ({ kind: "redirect", status, location, uri });
  assert.deepEqual(outcome(uri, rewrite("^/a(.*)", "/z$1", "redirect")), to(302, "/z/b?x=1"));
  assert.deepEqual(outcome(uri, rewrite("^/a(.*)", "/z$1?y=2", "permanent")), to(301, "/z/b?y=2&x=1"));
  assert.deepEqual(outcome(uri, rewrite("^", "https://c/%2f?")), to(302, "https://c//"));
  assert.deepEqual(outcome(uri, rewrite("^", "$scheme://c", "permanent")), to(301, "http://c?x=1"));
});

test("groups are escaped where they become arguments, if the URI had escapes", () => {
  const uri = "/a&b%20c";
  assert.equal(outcome(uri, rewrite("^/(.*)", "/$1?q=$1")).uri, "/a&b c?q=a%26b%20c");
  assert.equal(outcome("/a&b", rewrite("^/(.*)", "/$1?q=$1")).uri, "/a&b?q=a&b");
  const found = outcome(uri, rewrite("^/(.*)", "/z/$1", "redirect"));
  assert.equal(found.kind === "redirect" && found.location, "/z/a&b%20c");
});

test("return answers, redirects, or gives a status", () => {
  const uri = "/a";
  for (const [statement, expected] of [
    [answer(200, "at $uri"), { kind: "respond", status: 200, text: "at /a" }],
    [answer(204), { kind: "respond", status: 204, text: "" }],
    [answer(404), { kind: "status", status: 404 }],
    [answer(404, ""), { kind: "status", status: 404 }],
    [answer(444), { kind: "status", status: 444 }],
    [answer(404, "$uri"), { kind: "respond", status: 404, text: "/a" }],
    [answer(307, "/b$uri"), { kind: "redirect", status: 307, location: "/b/a" }],
    [answer(301), { kind: "redirect", status: 301, location: "" }],
  ] as const)
    assert.deepEqual(outcome(uri, statement, answer(500)), { ...expected, uri });
});

test("an if is entered when it is true, and what follows it still runs", () => {
  const conditions: [string, IfCondition, boolean][] = [
    ["/a?x=1", { kind: "variable", variable: "arg_x" }, true],
    ["/a?x=0", { kind: "variable", variable: "arg_x" }, false],
    ["/a?x=00", { kind: "variable", variable: "arg_x" }, true],
    ["/a", { kind: "variable", variable: "arg_x" }, false],
    ["/a", { kind: "equals", variable: "uri", value: template("/a"), negated: false }, true],
    ["/a", { kind: "equals", variable: "uri", value: template("/$arg_x"), negated: true }, true],
    ["/A", { kind: "regex", variable: "uri", regex: "^/a", ignoreCase: true, negated: false }, true],
    ["/A", { kind: "regex", variable: "uri", regex: "^/a", ignoreCase: false, negated: false }, false],
    ["/A", { kind: "regex", variable: "uri", regex: "^/a", ignoreCase: false, negated: true }, true],
    ["/", { kind: "file", test: "folder", path: template("$uri"), negated: false }, true],
    ["/", { kind: "file", test: "file", path: template("$uri"), negated: false }, false],
    ["/proc/self/exe", { kind: "file", test: "executable", path: template("$uri"), negated: false }, true],
    ["/proc/self/exe", { kind: "file", test: "exists", path: template("$uri"), negated: true }, false],
    ["/dev/null", { kind: "file", test: "exists", path: template("$uri"), negated: false }, false],
    ["/none/of/it", { kind: "file", test: "file", path: template("$uri"), negated: true }, true],
  ];
  for (const [target, condition, expected] of conditions) {
    const subject = request(target);
    const statements = [when(condition, set("seen", "yes")), answer(200, "$seen")];
    const result = program(statements).run(subject, "location");
    assert.deepEqual(
      result,
      { kind: "respond", status: 200, text: expected ? "yes" : "" },
      JSON.stringify(condition),
    );
    assert.equal(subject.entered.length, expected ? 1 : 0);
  }
});

test("last in an if ends all of it", () => {
  const always: IfCondition = { kind: "equals", variable: "uri", value: template("/a"), negated: false };
  const found = outcome("/a", when(always, rewrite("^", "/b", "last")), rewrite("^", "/c"));
  assert.deepEqual(found, { kind: "rewritten", uri: "/b" });
});

test("groups stay for what follows, and are gone when an expression doesn't match", () => {
  const matched = (regex: string): IfCondition => ({
    kind: "regex",
    variable: "uri",
    regex,
    ignoreCase: false,
    negated: false,
  });
  const last = answer(200, "[$1] [$name] [$x]");
  const text = (...statements: RewriteStatement[]) => {
    const found = outcome("/abc", ...statements, set("name", "$name"), set("x", "$x"), last);
    return found.kind === "respond" ? found.text : found.kind;
  };
  const take = when(matched("^/(?<name>.)(.)"), set("x", "$2"));
  assert.equal(text(take), "[a] [a] [b]");
  assert.equal(text(take, when(matched("none"))), "[] [a] [b]");
});

test("what `set` writes may be a request's own value", () => {
  assert.equal(outcome("/a?x=1", set("args", "y=$arg_x")).uri, "/a?y=1");
});

test("a URI is looked for anew ten times, in locations", () => {
  const around = program([rewrite("^", "/a")]);
  const subject = request("/a");
  for (let time = 0; time < 10; time++) {
    assert.deepEqual(around.run(subject, "server"), { kind: "rewritten" });
    assert.deepEqual(around.run(subject, "location"), { kind: "rewritten" });
  }
  assert.deepEqual(around.run(subject, "location"), {
    kind: "failed",
    message: 'rewrite or internal redirection cycle while processing "/a"',
  });
  assert.ok(subject.internal);
});

test("an empty URI is an error", () => {
  assert.deepEqual(outcome("/a", rewrite("^/(b?)", "$1")), {
    kind: "failed",
    message: "the rewritten URI has a zero length",
    uri: "",
  });
});

test("rewrite_log tells what matched, and what came of it", () => {
  const lines: string[] = [];
  const statements = [rewrite("^/b", "/c"), rewrite("^/a", "/b?x"), rewrite("b", "/z", "redirect")];
  program(statements).run(
    request("/a"),
    "location",
    (level, message) => lines.push(`${level} ${message}`),
    true,
  );
  assert.deepEqual(lines, [
    'notice "^/b" does not match "/a"',
    'notice "^/a" matches "/a"',
    'notice rewritten data: "/b", args: "x"',
    'notice "b" matches "/b"',
    'notice rewritten redirect: "/z?x"',
  ]);
});

test("mistakes are told with their place", () => {
  const about = { place };
  const fails = (statement: RewriteStatement, message: RegExp) =>
    assert.throws(
      () => program([statement]),
      (error: Error & { about?: { place?: unknown } }) => {
        assert.match(error.message, message);
        assert.deepEqual(error.about?.place, about.place);
        return true;
      },
    );
  fails(rewrite("(", "/"), /^pcre2_compile\(\) failed: .* in "\("$/);
  fails(rewrite("^", "/$"), /^invalid variable name$/);
  fails(set("$uri", ""), /^the duplicate "uri" variable$/);
  fails(answer(200, "${x"), /^the closing bracket in "x" variable is missing$/);
});
