import assert from "node:assert/strict";
import { test } from "node:test";
import { lacksGuest, runGuest } from "./guest.js";

test("a guest runs a script as root, with what was put in, and tells its exit status", {
  skip: lacksGuest(),
}, async () => {
  const data = Buffer.from("carried\n");
  const { output, status } = await runGuest({
    script: "id -u; cat one/file; ipvsadm -A -t 192.0.2.1:80 && ipvsadm -Sn; uname -r; exit 7",
    files: new Map([["job/one/file", { kind: "file", data }]]),
  });
  assert.match(output, /^0\ncarried\n-A -t 192\.0\.2\.1:80 -s wlc\n6\.\d+\./);
  assert.equal(status, 7);
});

test("a guest that takes too long is an error", { skip: lacksGuest() }, async () => {
  await assert.rejects(runGuest({ script: "sleep 1000", seconds: 1 }), /didn't end in 1 s/);
});
