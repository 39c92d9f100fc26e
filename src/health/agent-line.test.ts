import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  administrativeStates,
  agentLine,
  longestAnswer,
  operatingStates,
  parseAgentLine,
} from "./agent-line.js";

test("lines of HAProxy's manual are read", () => {
  const read = (line: string) => parseAgentLine(line).report;
  assert.deepEqual(read("75%\n"), { percent: 75 });
  assert.deepEqual(read("up 75%\n"), { operating: "up", percent: 75 });
  assert.deepEqual(read("maxconn:30\r\n"), { maxConnections: 30 });
  assert.deepEqual(read("ready"), { administrative: "ready" });
  assert.deepEqual(read("DRAIN,up\t0%\n75%"), { administrative: "drain", operating: "up", percent: 0 });
  assert.deepEqual(read("down #disk is full\r\nup"), { operating: "down", description: "disk is full" });
  assert.deepEqual(read("stopped#on purpose"), { operating: "stopped", description: "on purpose" });
  assert.deepEqual(read("maint fail"), { administrative: "maint", operating: "fail" });
  assert.deepEqual(read("\n75%"), {});
  assert.deepEqual(parseAgentLine("7x% -3% 75 maxconn:x up%"), {
    report: {},
    unknown: ["7x%", "-3%", "75", "maxconn:x", "up%"],
  });
});

test("whatever comes, it is read, and nothing of it could harm a terminal", () => {
  const words = fc.array(
    fc.constantFrom("up", "down", "75%", "maxconn:3", "#", " ", ",", "\t", "\r", "\n", "é", "\x1b[2J"),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        words.map((parts) => parts.join("")),
      ),
      (text) => {
        const { report, unknown } = parseAgentLine(text);
        for (const said of [report.description ?? "", ...unknown]) assert.match(said, /^[\x20-\x7e]*$/);
        const { percent = 0, maxConnections = 0 } = report;
        assert.ok(Number.isSafeInteger(percent) && percent >= 0);
        assert.ok(Number.isSafeInteger(maxConnections) && maxConnections >= 0);
      },
    ),
  );
});

test("what is answered is read as it was meant", () => {
  const description = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,40}[\x21-\x7e])?$/);
  const report = fc.record(
    {
      percent: fc.nat(100),
      maxConnections: fc.nat(100_000),
      administrative: fc.constantFrom(...administrativeStates),
      operating: fc.constantFrom(...operatingStates),
      description,
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  fc.assert(
    fc.property(report, (report) => {
      const line = agentLine(report);
      assert.match(line, /^[\x20-\x7e]*\n$/);
      assert.deepEqual(parseAgentLine(line), { report, unknown: [] });
    }),
  );
  const long = agentLine({ operating: "down", description: "x".repeat(5000) });
  assert.equal(long.length, longestAnswer);
});
