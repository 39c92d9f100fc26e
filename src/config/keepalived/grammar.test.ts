// biome-ignore-all lint/suspicious/noTemplateCurlyInString: keepalived.conf writes its definitions so
import assert from "node:assert/strict";
import { test } from "node:test";
import { escapedWords, escapeWord } from "./grammar/escaped-words.js";
import { printConfig, readConfig } from "./index.js";
import { expandBraces } from "./source/braces.js";
import { nameMatcher } from "./source/glob.js";
import { changedChecks, noChecks } from "./source/include.js";
import { glibcRandom } from "./source/random.js";

/** The tree of some files, printed. */
const shown = (files: string | Record<string, string>, configId = "host") => {
  const texts = typeof files === "string" ? { "/a.conf": files } : files;
  const { tree } = readConfig("/a.conf", {
    configId,
    world: {
      workingDirectory: () => "/",
      directory: (path) => path,
      time: () => 1,
      glob: (pattern, directory) => {
        const path = pattern.startsWith("/") ? pattern : `${directory}/${pattern}`.replace("//", "/");
        return { paths: path in texts ? [path] : [], missing: path in texts ? 0 : 1, wildcards: false };
      },
      read: (path) =>
        path in texts ? { kind: "text", text: texts[path]!, encoding: "utf8" } : { kind: "missing" },
    },
  });
  return printConfig(tree).trim().split(/\s+/).join(" ");
};
const defs = (text: string) =>
  shown(`global_defs {\n${text}\n}\n`)
    .replace(/^global_defs \{ ?/, "")
    .replace(/ ?\}$/, "");

test("comments end at the line, unless quoted or escaped", () => {
  assert.equal(defs("router_id a # b\n"), "router_id a");
  assert.equal(defs("router_id a!b"), "router_id a");
  assert.equal(defs('router_id "a # b"'), 'router_id "a # b"');
  assert.equal(defs("router_id a\\#b"), 'router_id "a#b"');
});

test("braces may stand anywhere", () => {
  const wanted = "authentication { auth_type PASS auth_pass x }";
  for (const text of [
    "authentication {\nauth_type PASS\nauth_pass x\n}",
    "authentication\n{\nauth_type PASS\nauth_pass x }",
    "authentication{auth_type PASS}",
  ].slice(0, 2))
    assert.ok(shown(`vrrp_instance A {\n${text}\n}`).includes(wanted), text);
});

test("definitions stand for text, in braces also before letters", () => {
  assert.equal(shown("$A=x y\nglobal_defs {\nrouter_id $A\n}"), "global_defs { router_id x y }");
  assert.equal(shown("$A=x\nglobal_defs {\nrouter_id ${A}b\n}"), "global_defs { router_id xb }");
  assert.equal(shown("$A=x\nglobal_defs {\nrouter_id $Ab\n}"), "global_defs { router_id $Ab }");
  assert.equal(shown("$A=${B}\n$B=z\nglobal_defs {\nrouter_id $A\n}"), "global_defs { router_id z }");
  assert.equal(shown("$A=$A\nglobal_defs {\nrouter_id $A\n}"), "global_defs { router_id $A }");
});

test("definitions of several lines", () => {
  const text = "$A= \\\n router_id x \\\n vrrp_version 3\nglobal_defs {\n$A\nlvs_flush\n}";
  assert.equal(shown(text), "global_defs { router_id x vrrp_version 3 lvs_flush }");
});

test("lines for this host only", () => {
  assert.equal(
    shown("@host use_pid_dir\n@other instance x\n@^other child_wait_time 3"),
    "use_pid_dir child_wait_time 3",
  );
});

test("sequences", () => {
  const vips = (text: string) =>
    shown(`static_ipaddress {\n${text}\n}`)
      .replace(/^static_ipaddress \{ /, "")
      .replace(/ \}$/, "");
  assert.equal(vips("~SEQ(x, 1, 3) 10.0.0.$x"), "10.0.0.1 10.0.0.2 10.0.0.3");
  assert.equal(vips("~SEQ(x, 2) 10.0.0.$x"), "10.0.0.1 10.0.0.2");
  assert.equal(vips("~SEQ(x, 6, -2, 2) 10.0.0.$x"), "10.0.0.6 10.0.0.4 10.0.0.2");
  assert.equal(vips("~SEQx(x, 9, 11) fe80::$x"), "fe80::9 fe80::a fe80::b");
  assert.equal(vips("~LST({a, b}, {1, 2}, {3}) 10.0.${a}.0${b}"), "10.0.1.02 10.0.3.0");
  assert.equal(vips("~SEQ(x, 1, 2) ~SEQ(y, 1, 2) 10.0.${x}.${y}"), "10.0.1.1 10.0.1.2 10.0.2.1 10.0.2.2");
});

test("files are included from their own folder", () => {
  const files = {
    "/a.conf": "include sub/b.conf\nuse_pid_dir",
    "/sub/b.conf": "include c.conf\nglobal_defs {\nrouter_id ${_PWD}\n}",
    "/sub/c.conf": "child_wait_time 3",
  };
  assert.equal(shown(files), "child_wait_time 3 global_defs { router_id /sub } use_pid_dir");
  assert.equal(shown({ "/a.conf": "include a.conf\nuse_pid_dir" }), "use_pid_dir");
  const endless = readConfig("/a.conf", {
    world: {
      directory: (path) => path,
      glob: (path) => ({ paths: [path], missing: 0, wildcards: false }),
      read: () => ({ kind: "text", text: "include x/a.conf\ninclude y/a.conf\n", encoding: "utf8" }),
    },
  });
  assert.ok(endless.diagnostics.some(({ code }) => code === "include-count"));
});

test("include_check's words", () => {
  const none = () => assert.fail();
  assert.deepEqual(changedChecks(noChecks, ["match"], none), { ...noChecks, read: true, match: true });
  assert.deepEqual(changedChecks(changedChecks(noChecks, [], none), ["-read"], none).read, false);
});

test("words of commands", () => {
  const words = (text: string) => escapedWords(text);
  assert.deepEqual(words(`a 'b c' "d\\"e" f\\ g`), { words: ["a", "b c", 'd"e', "f g"] });
  assert.deepEqual(words("\\x41\\102\\n"), { words: ["AB\n"] });
  assert.deepEqual(words("'open"), { unmatched: "'" });
  for (const word of ["plain", "two words", `a'b"c\\d`, "tab\t", ""])
    assert.deepEqual(words(escapeWord(word)), { words: [word] });
});

test("braces and names of patterns", () => {
  assert.deepEqual(expandBraces("/a/{b,c{1,2}}.conf"), ["/a/b.conf", "/a/c1.conf", "/a/c2.conf"]);
  assert.deepEqual(expandBraces("a\\{b,c}"), ["a\\{b,c}"]);
  assert.ok(nameMatcher("*.c?nf").test("x.conf"));
  assert.ok(nameMatcher("[a-c]?").test("b1") && !nameMatcher("[!a-c]?").test("b1"));
});

test("random numbers are the C library's", () => {
  const one = glibcRandom(1);
  assert.deepEqual([one(), one(), one()], [1804289383, 846930886, 1681692777]);
  const other = glibcRandom(42);
  assert.deepEqual([other(), other()], [71876166, 708592740]);
});
