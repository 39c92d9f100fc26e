import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "./trace.js";

test("mistakes in the words are told before anything is done", async () => {
  for (const [words, message] of [
    ["--brief --json", "--brief is for people, --json for programs: one of them"],
    ["--protocol tpc", "--protocol tpc: tcp, udp or sctp; did you mean tcp?"],
    ["--client-port 70000", "--client-port 70000: a port is 65535 at most"],
    ["--limit 0", "--limit 0: a whole number from 1 on"],
    ["--seconds soon", "--seconds soon: a whole number from 1 on"],
    ["eth0", "eth0: nothing more is expected here"],
  ] as const)
    await assert.rejects(() => run(words.split(" ")), { message, exitStatus: 2 });
});
