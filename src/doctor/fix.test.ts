import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, vip } from "../../test/support/doctor-hosts.js";
import type { HostFacts } from "./facts.js";
import type { Mend } from "./finding.js";
import { fix } from "./fix.js";

/** A patient whose looks come one after another; commands are only written down. */
async function treated(looks: readonly HostFacts[][], status = 0) {
  const told: Mend[] = [];
  const ran: Mend[] = [];
  const rest = looks.slice(1);
  const patient = {
    look: async () => rest.shift() ?? looks.at(-1)!,
    run: async (mend: Mend) => {
      assert.deepEqual(told.at(-1), mend);
      ran.push(mend);
      return { status, output: "" };
    },
  };
  const { findings, mended } = await fix(patient, looks[0]!, (mend) => told.push(mend));
  return { left: findings.map(({ code }) => code), ran: ran.map(({ command }) => command), mended };
}

const healthy = Object.values(cluster("droute"));
const silent = changed(cluster("droute"), "web1", () => ({ sysctls: {} }));
const withoutVip = changed(cluster("droute"), "web1", ({ addresses }) => ({
  addresses: addresses.filter(({ address }) => address !== vip),
}));

test("nothing wrong, nothing done", async () => {
  assert.deepEqual(await treated([healthy]), { left: [], ran: [], mended: [] });
});

test("what one mending brings to light is mended as well", async () => {
  const { left, ran } = await treated([withoutVip, silent, healthy]);
  assert.deepEqual(left, []);
  assert.deepEqual(ran, [
    `ip addr add ${vip}/32 dev lo`,
    "sysctl -w net.ipv4.conf.all.arp_ignore=1",
    "sysctl -w net.ipv4.conf.all.arp_announce=2",
  ]);
});

test("what doesn't help is done once, and left", async () => {
  const { left, ran, mended } = await treated([withoutVip], 2);
  assert.deepEqual(left, ["vip-missing-server"]);
  assert.equal(ran.length, 1);
  assert.equal(mended[0]!.status, 2);
});
