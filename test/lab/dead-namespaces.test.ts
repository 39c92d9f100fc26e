import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { goneOf } from "../../src/dataplane/xdp/index.js";
import {
  close,
  createNetworkNamespace,
  networkNamespaceCookie,
  withNetworkNamespace,
} from "../../src/sys/index.js";

const sys = new URL("../../src/sys/index.js", import.meta.url).href;
/** Goes into the namespace of descriptor 3 and comes home, again and again. */
const restless = `
  import { withNetworkNamespace } from ${JSON.stringify(sys)};
  for (;;) withNetworkNamespace(3, () => {});
`;

test("a namespace that somebody leaves while processes are looked at is not taken for dead", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("needs root");
  const namespace = createNetworkNamespace();
  const stop = (child: ChildProcess) => {
    child.kill("SIGKILL");
    return child.exitCode ?? child.signalCode ?? once(child, "exit");
  };
  const guests = Array.from({ length: 2 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", restless], {
      stdio: ["ignore", "ignore", "inherit", namespace],
    }),
  );
  t.after(() => Promise.all(guests.map(stop)));
  const cookie = withNetworkNamespace(namespace, networkNamespaceCookie);
  // Processes are looked at in the order of their numbers: this one after those.
  const inhabitant = withNetworkNamespace(namespace, () => spawn("sleep", ["60"], { stdio: "ignore" }));
  t.after(() => stop(inhabitant));
  await once(inhabitant, "spawn");
  close(namespace);
  for (let i = 0; i < 300; i++) assert.deepEqual(goneOf([cookie]), []);
  await Promise.all([...guests, inhabitant].map(stop));
  assert.deepEqual(goneOf([cookie]), [cookie]);
});
