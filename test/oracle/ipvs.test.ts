import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../src/package-root.js";
import { carry } from "./carry.js";
import { lacksGuest, runGuest } from "./guest.js";
import { home, ourCommands, ourTest, testPath } from "./ours.js";

/** With all recordings, of which every third has to do otherwise. */
const thorough = process.env["RONDO_THOROUGH"] === "1";

/** As they are saved. */
const rules = [
  "-A -t 192.0.2.7:80 -s rr",
  "-a -t 192.0.2.7:80 -r 10.0.0.7:8080 -m -w 1",
  "-a -t 192.0.2.7:80 -r 10.0.0.8:80 -g -w 2",
];

test("the kernel's own IPVS as data plane: conformance, recordings, and side by side with Debian's ipvsadm", {
  skip: lacksGuest(),
}, async () => {
  const files = new Map([...ourTest("oracle/in-guest/ipvs.js"), ...ourCommands()]);
  carry(files, join(packageRoot, "test/fixtures/ipvsadm"), "test/fixtures/ipvsadm");
  const { output, status } = await runGuest({
    files,
    programs: ["node"],
    script: [
      `RONDO_THOROUGH=${thorough ? 1 : 0} node --test-reporter=tap ${testPath} || exit 1`,
      `node /${home}/bin/rondo --plane ipvs ipvsadm -R <<end`,
      ...rules,
      "end",
      "ipvsadm -Sn; mkdir -p /etc/rondo; echo ipvs >/etc/rondo/plane",
      `node /${home}/bin/rondo drain 10.0.0.8 || exit 3`,
      "ipvsadm -Sn",
    ].join("\n"),
    memory: 1200,
    seconds: 280,
  });
  assert.equal(status, 0, output);
  // Our commands have set these by the word before them; drain has found the plane's name in the file.
  const drained = rules.filter((rule) => !rule.includes("10.0.0.8"));
  assert.ok(
    output.includes(
      [
        ...rules,
        "10.0.0.8:80 of tcp 192.0.2.7:80: deleted at once, it had no connections",
        ...drained,
        "",
      ].join("\n"),
    ),
    output,
  );
  assert.match(output, /^# fail 0$/m, output);
  assert.ok(Number(/^# pass (\d+)$/m.exec(output)?.[1]) >= (thorough ? 32 : 22), output);
});
