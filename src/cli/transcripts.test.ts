// Runs what was recorded from the real ipvsadm, and expects the same bytes and exit statuses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fixedNames, fixture, runWith, transcript } from "../../test/support/ipvsadm.js";
import { MemoryPlane } from "../ipvs/memory-plane.js";

const hosts: Readonly<Record<string, string>> = {
  "names-long":
    "127.0.0.1 localhost\n" +
    "10.9.9.9 averyveryveryverylongname.example.averyveryverylongdomain.example.net short\n" +
    "fd09::9 sixname.example alias6\n" +
    "10.9.9.8 a.b.c.example x\n",
};

const files = [
  "cli-daemon",
  "cli-edit",
  "cli-errors-options",
  "cli-errors-server",
  "cli-errors-service",
  "cli-ipv6",
  "cli-list",
  "cli-list-options",
  "cli-names",
  "cli-save",
  "cli-services",
  "cli-timeouts",
  "first-dr",
  "names-long",
  "odd-words",
  "order",
  "restore",
];

for (const file of files) {
  test(`${file}: every command prints what the real one printed`, async () => {
    const plane = new MemoryPlane({
      // The recordings' host: its networks, its interfaces, and a kernel without the persistence engine.
      isBroadcast: (address) => `${address}` === "10.66.0.255",
      isLocal: (address) => `${address}` === "::1",
      hasInterface: (name) => name === "eth0" || name === "lo",
      hasEngine: () => false,
    });
    const names = fixedNames(hosts[file]);
    const commands = transcript(fixture(`${file}.txt`));
    assert.ok(commands.length > 5);
    for (const { program, words, input, output, status, line } of commands) {
      const ran = await runWith(plane, words, { program, input, names });
      const where = `${file}.txt:${line}: ${program} ${words.join(" ")}`;
      assert.equal(`${ran.output}[exit ${ran.status}]`, `${output}[exit ${status}]`, where);
    }
  });
}
