import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { scriptFault } from "./script-security.js";

const root = process.getuid?.() === 0;
// Below a folder that is root's alone: /tmp would do for its sticky bit, but TMPDIR may be anything.
const folder = root ? mkdtempSync("/run/rondo-security-") : "/nowhere";
after(() => rmSync(folder, { recursive: true, force: true }));

test("a script is refused for what is wrong with it or on the way to it, in words", (t) => {
  if (!root) return t.skip("needs root");
  const safe = join(folder, "safe");
  mkdirSync(safe, { mode: 0o755 });
  chmodSync(folder, 0o755);
  const script = join(safe, "check");
  writeFileSync(script, "#!/bin/sh\n", { mode: 0o755 });
  assert.equal(scriptFault(script), undefined);
  assert.deepEqual(scriptFault(join(safe, "none")), {
    kind: "missing",
    message: `${safe}/none: there is no such file`,
  });
  assert.equal(scriptFault(safe)?.message, `${safe} is no file`);
  assert.equal(scriptFault("no-such-program")?.kind, "missing");
  assert.equal(scriptFault("sh"), undefined);

  chmodSync(script, 0o644);
  assert.equal(
    scriptFault(script)?.message,
    `${script} (mode 0644, root's) can't be executed by root: chmod +x ${script}`,
  );
  chmodSync(script, 0o777);
  assert.equal(
    scriptFault(script)?.message,
    `${script} may be written to by everybody (mode 0777): chmod o-w ${script}`,
  );
  chmodSync(script, 0o775);
  assert.equal(scriptFault(script), undefined, "root's group is root");
  chownSync(script, 0, 1234);
  assert.match(String(scriptFault(script)?.message), /written to by group 1234 \(mode 0775\)/);
  chownSync(script, 1000, 0);
  assert.equal(
    scriptFault(script)?.message,
    `${script} is user 1000's, who may change it: chown root ${script}`,
  );
  assert.equal(scriptFault(script, { uid: 1000, gid: 1000 }), undefined, "it isn't root who runs it");
  chownSync(script, 0, 0);

  chmodSync(safe, 0o757);
  assert.equal(
    scriptFault(script)?.message,
    `${safe}, on the way to ${script}, may be written to by everybody (mode 0757): chmod o-w ${safe}`,
  );
  chmodSync(safe, 0o1777);
  assert.equal(scriptFault(script), undefined, "sticky: nobody may replace root's file");
  const open = join(folder, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  writeFileSync(join(open, "real"), "", { mode: 0o755 });
  symlinkSync("../open/real", join(safe, "link"));
  assert.match(
    String(scriptFault(join(safe, "link"))?.message),
    /open, on the way to .*link, may be written/,
  );
});
