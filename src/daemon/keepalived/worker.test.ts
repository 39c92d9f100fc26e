import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { readText } from "../../../test/read-keepalived.js";
import type { FromWorker } from "./messages.js";
import type { MakeRole, RoleName } from "./role.js";
import { handoverTime } from "./roles/index.js";
import { Worker } from "./worker.js";

const sources = "files";
const options = { keepVips: false, keepServices: false, logAddresses: false, detail: false };
const { config } = readText(`
vrrp_instance VI_1 {
  version 3
  interface eth0
  virtual_router_id 51
  advert_int 2
  virtual_ipaddress { 10.0.0.1/24 }
}
`);
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A worker with a role of no substance, of which it is told when it stopped. */
async function workerOf(t: TestContext, role: RoleName, roles: readonly RoleName[], keepVips = false) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const said: FromWorker["type"][] = [];
  const seen = { stopped: 0, status: undefined as number | undefined };
  const fake: MakeRole = () => ({
    start() {},
    reload() {},
    async stop() {
      seen.stopped += 1;
    },
    snapshot: () => undefined,
    status: () => undefined,
  });
  const worker = new Worker({
    roles: { vrrp: fake, checker: fake, bfd: fake },
    read: () => config,
    handoverTime,
    send: ({ type }) => said.push(type),
    exit: (status) => {
      seen.status = status;
    },
    settle: () => [],
  });
  worker.hear({ type: "become", role, config: { sources, options: { ...options, keepVips }, roles } });
  await settled();
  assert.ok(said.includes("started"));
  const pass = async (milliseconds: number) => {
    t.mock.timers.tick(milliseconds);
    await settled();
  };
  return { worker, seen, pass };
}

const all = ["bfd", "checker", "vrrp"] as const;
/** 255/256 of 2 s until the slowest other router is master, 150 ms until that is seen, half a second of our own. */
const longest = (2000 * 255) / 256 + 150 + 500;

test("orphaned: VRRP stops at once, the checker when VRRP may have handed its addresses over", async (t) => {
  assert.equal(handoverTime(config), longest);
  const vrrp = await workerOf(t, "vrrp", all);
  vrrp.worker.orphaned();
  await settled();
  await vrrp.pass(1);
  assert.deepEqual(vrrp.seen, { stopped: 1, status: 0 });
  t.mock.timers.reset();

  const checker = await workerOf(t, "checker", all);
  checker.worker.orphaned();
  await settled();
  await checker.pass(Math.floor(longest));
  assert.equal(checker.seen.stopped, 0);
  await checker.pass(2);
  assert.deepEqual(checker.seen, { stopped: 1, status: 0 });
});

for (const [what, roles, keepVips] of [
  ["there is no VRRP worker", ["bfd", "checker"], false],
  ["VRRP keeps its addresses for good (-V)", all, true],
] as const)
  test(`orphaned: the checker waits for nobody if ${what}`, async (t) => {
    const { worker, seen, pass } = await workerOf(t, "checker", roles, keepVips);
    worker.orphaned();
    await settled();
    await pass(1);
    assert.deepEqual(seen, { stopped: 1, status: 0 });
  });

test("a signal ends the waiting of an orphan, and it stops once", async (t) => {
  const { worker, seen, pass } = await workerOf(t, "checker", all);
  worker.orphaned();
  await settled();
  worker.stop();
  await settled();
  assert.deepEqual(seen, { stopped: 1, status: 0 });
  await pass(10_000);
  assert.equal(seen.stopped, 1);
});

test("one that has no role yet ends at once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let status: number | undefined;
  const none: MakeRole = () => assert.fail("it never began");
  const worker = new Worker({
    roles: { vrrp: none, checker: none, bfd: none },
    read: () => config,
    handoverTime,
    send: () => {},
    exit: (given) => {
      status = given;
    },
  });
  worker.orphaned();
  await settled();
  t.mock.timers.tick(1);
  await settled();
  assert.equal(status, 0);
});
