import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ReadResult, readHaproxyConfig } from "../../src/config/haproxy/index.js";
import { parseCrtList } from "../../src/haproxy/assemble/crt-list.js";
import { parseAclFile, parseMapFile } from "../../src/haproxy/patterns/pattern-file.js";
import { applyState } from "../../src/haproxy/servers/apply-state.js";
import { parseStates } from "../../src/haproxy/servers/saved-states.js";
import { ServersFixture } from "../../src/haproxy/servers/testing/fixture.js";
import { anyBytes, fuzzed, mutated } from "../support/fuzz.js";

const text = (known: string, ...words: string[]) =>
  fc.oneof({ weight: 3, arbitrary: mutated([known], words) }, { weight: 1, arbitrary: anyBytes(200) });

test("maps and lists: every line gives at most one entry, without blanks around it", () => {
  const pieces = text(
    "# a map\na 1\n  b\t two words \r\nc\n\n10.0.0.0/8 x\n",
    " ",
    "\t",
    "\n",
    "\r",
    "#",
    "\0",
    "a b",
  );
  fc.assert(
    fc.property(pieces, (written) => {
      const lines = written.split("\n");
      for (const parse of [parseAclFile, parseMapFile]) {
        let before = 0;
        for (const { key, value, line } of parse(written)) {
          assert.ok(line > before && line <= lines.length);
          before = line;
          for (const part of [key, value ?? ""])
            assert.ok(lines[line - 1]!.includes(part) && !/^[ \t]|\n/.test(part));
        }
      }
    }),
    fuzzed(1500),
  );
});

test("a map's line of blanks takes no longer than any other", () => {
  const [one] = parseMapFile(`k a${" ".repeat(200_000)}b${"\t".repeat(200_000)}\n`);
  assert.equal(one?.value?.length, 200_002);
});

test("crt-lists: lines that are there, or where the first fault is", () => {
  const known =
    "# certificates\n/a.pem [alpn h2 verify none] a.example !b.example\nb\\ c.pem\n/d.pem []\n/e.pem *\n";
  fc.assert(
    fc.property(text(known, "[", "]", "!", "\\", " ", "\n", "\r\n", "#", "*", "\0"), (written) => {
      const lines = written.split("\n").length;
      const found = parseCrtList(written);
      if ("fault" in found) assert.ok(found.line >= 1 && found.line <= lines && found.fault !== "");
      else for (const one of found) assert.ok(one.line >= 1 && one.line <= lines && one.path !== "");
    }),
    fuzzed(1500),
  );
});

test("state files: a state that is taken over, or a warning; the server stays usable", () => {
  const saved =
    "1\n# fields\n2 be 1 s1 127.0.0.1 2 0 1 1 10 6 3 4 6 0 0 0 - 80 - 0 0 - - 0\n2 be 2 s2 10.0.0.1 0 32 256 1 0 0 0 0 0 0 0 0 a.example 81 _s 1 0 - - 0\n";
  const fixture = new ServersFixture([
    {
      servers: [
        ["s1", { check: true }],
        ["s2", { agentCheck: true, agentPort: 1 }],
      ],
    },
  ]);
  const states = text(
    saved,
    " ",
    "-",
    "-1",
    "0",
    "255",
    "257",
    "4294967296",
    "x",
    "1e5",
    "::1",
    "999.1.1.1",
    "\n",
    "\t",
    "be",
    "s2",
  );
  fc.assert(
    fc.property(states, (written) => {
      const found = parseStates(written);
      if (typeof found === "number") assert.ok(found >= 1 && found < written.split("\n").length);
      if (!Array.isArray(found)) return;
      for (const state of found) {
        const server = ["s1", "s2"].find((name) => name === state.server);
        if (server === undefined) continue;
        const warning = fixture.server(server).all.lock.hold(() => applyState(fixture.server(server), state));
        assert.ok(warning === undefined || /^server-state /.test(warning));
        const { effectiveWeight } = fixture.server(server);
        assert.ok(effectiveWeight >= 0 && effectiveWeight <= 256, `weight ${effectiveWeight}`);
        assert.notEqual(fixture.server(server).statusText, "");
      }
    }),
    fuzzed(800),
  );
});

test("error files: taken whole, or refused in a line that says so", () => {
  const answer = "HTTP/1.0 503 No\r\nContent-Length: 2\r\nX: y\r\n\r\nno";
  const config = "backend b\n  errorfile 503 /e.http\n";
  const read = (file: string): ReadResult =>
    readHaproxyConfig([{ name: "f.cfg", text: config }], {
      environment: {},
      readFile: () => ({ bytes: Buffer.from(file, "latin1") }),
      list: () => undefined,
      hostName: () => "host",
      user: () => undefined,
      group: () => undefined,
    });
  fc.assert(
    fc.property(
      text(
        answer,
        "\r\n",
        "\n",
        ":",
        " ",
        "HTTP/2.0",
        "\0",
        "Content-Length: 99999999999999999999\r\n",
        "x".repeat(20_000),
      ),
      (file) => {
        const { config: meaning, diagnostics } = read(file);
        if (meaning === undefined)
          assert.ok(diagnostics.some((one) => one.place.line === 2 && one.severity === "error"));
        else
          assert.equal(
            diagnostics.some((one) => one.severity === "error"),
            false,
          );
      },
    ),
    fuzzed(500),
  );
});
