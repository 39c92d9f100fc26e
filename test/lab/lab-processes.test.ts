import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { Host } from "../../src/lab/index.js";
import { endProcesses, processesIn } from "../../src/lab/processes.js";

const sys = new URL("../../src/sys/index.js", import.meta.url).href;

test("a process that only looks into a lab's network is not ended with the lab", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("needs root");
  const host = new Host("passed", `/run/netns/rondo-passed-${process.pid}-by`);
  host.create();
  t.after(() => host.remove());
  // As the commands that collect what namespaces have left, but for so long that it is met there.
  const visitor = `import { spawnSync } from "node:child_process";
    import { openNamespace, withNetworkNamespace } from ${JSON.stringify(sys)};
    const fd = openNamespace(${JSON.stringify(host.namespace)});
    const { signal } = withNetworkNamespace(fd, () =>
      spawnSync("sh", ["-c", "echo there; exec sleep 30"], { stdio: ["ignore", "inherit", "inherit"] }));
    console.log("home,", signal);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", visitor], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (data) => (said += data));
  await once(child.stdout, "data");
  const exit = once(child, "close");
  // Its child, which was born there, is the lab's.
  const found = processesIn([host.namespace]).map(({ pid }) => pid);
  assert.equal(found.length, 1);
  assert.ok(!found.includes(child.pid!));
  await endProcesses(() => processesIn([host.namespace]));
  assert.deepEqual(await exit, [0, null]);
  assert.equal(said, "there\nhome, SIGTERM\n");
});
