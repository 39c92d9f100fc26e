import assert from "node:assert/strict";
import { test } from "node:test";
import { draw } from "./draw.js";
import { dr } from "./topologies/dr.js";
import { drStore } from "./topologies/dr-store.js";
import { topologies } from "./topologies/index.js";
import { keepalivedDr } from "./topologies/keepalived-dr.js";
import { nat } from "./topologies/nat.js";
import { tun } from "./topologies/tun.js";

test("the dr topology", () => {
  assert.deepEqual(draw(dr), [
    "  ┌─ client ──────────────┐   ┌─ director ────────────────────┐",
    "  │ eth0  192.168.4.10/24 │   │ ens33    192.168.4.5/24       │",
    "  │                       │   │ ens33:0  192.168.4.15/24  VIP │",
    "  └───────────┬───────────┘   └───────────────┬───────────────┘",
    "══════════════╧╤══════════════════════════════╧══╤═══════════════ vmnet4 192.168.4.0/24",
    "┌─ web1 ───────┴──────────────┐   ┌─ web2 ───────┴──────────────┐",
    "│ ens37  192.168.4.100/24     │   │ ens37  192.168.4.200/24     │",
    "│ lo:0   192.168.4.15/32  VIP │   │ lo:0   192.168.4.15/32  VIP │",
    "└─────────────────────────────┘   └─────────────────────────────┘",
  ]);
});

test("a terminal without box characters", () => {
  const lines = draw(dr, { ascii: true });
  assert.equal(lines[0], "  +- client --------------+   +- director --------------------+");
  assert.ok(lines.every((line) => /^[\x20-\x7e]*$/.test(line)));
});

test("NAT: a director on two networks stands between them, and is the servers' gateway", () => {
  assert.deepEqual(draw(nat), [
    "                ┌─ client ──────────────┐",
    "                │ eth0  192.168.4.10/24 │",
    "                └───────────┬───────────┘",
    "════════════════════════════╪════════════════════════════ vmnet4 192.168.4.0/24",
    "             ┌─ director ───┴─────────────┐",
    "             │ ens33  192.168.4.5/24  VIP │",
    "             │ ens37  192.168.2.5/24      │",
    "             └──────────────┬─────────────┘",
    "═════════════╤══════════════╧══════════════╤═════════════ vmnet2 192.168.2.0/24",
    "┌─ web1 ─────┴────────────┐   ┌─ web2 ─────┴────────────┐",
    "│ ens33  192.168.2.100/24 │   │ ens33  192.168.2.200/24 │",
    "│ via    192.168.2.5      │   │ via    192.168.2.5      │",
    "└─────────────────────────┘   └─────────────────────────┘",
  ]);
});

test("TUN: whose VIP comes by tunnel is said", () => {
  const lines = draw(tun);
  assert.match(lines[4]!, /^═+╤╧═+╧═+╤═+ vm1 200\.168\.10\.0\/24$/);
  assert.match(
    lines[7]!,
    /^│ lo +200\.168\.10\.10\/32 {2}VIP, TUN │ {3}│ lo +200\.168\.10\.10\/32 {2}VIP, TUN │$/,
  );
});

test("a store stands below the web servers that serve from it", () => {
  assert.deepEqual(draw(drStore).slice(4), [
    "══════════════╧╤══════════════════════════════╧══╤═══════════════ vmnet4 192.168.4.0/24",
    "┌─ web1 ───────┴──────────────┐   ┌─ web2 ───────┴──────────────┐",
    "│ ens37  192.168.4.100/24     │   │ ens37  192.168.4.200/24     │",
    "│ ens38  192.168.3.100/24     │   │ ens38  192.168.3.200/24     │",
    "│ lo:0   192.168.4.15/32  VIP │   │ lo:0   192.168.4.15/32  VIP │",
    "│ files  of store             │   │ files  of store             │",
    "└──────────────┬──────────────┘   └──────────────┬──────────────┘",
    "═══════════════╧════════════════╤════════════════╧═══════════════ vmnet3 192.168.3.0/24",
    "                   ┌─ store ────┴───────────┐",
    "                   │ ens33  192.168.3.50/24 │",
    "                   │ files  at port 8049    │",
    "                   └────────────────────────┘",
  ]);
});

test("the VIP that keepalived gives is in the boxes; a wide network's name is below its line", () => {
  assert.deepEqual(draw(keepalivedDr).slice(1, 6), [
    "│ eth0  192.168.4.10/24 │   │ ens33  192.168.4.5/24    │   │ ens33  192.168.4.6/24    │",
    "│                       │   │ vrrp   192.168.4.15  VIP │   │ vrrp   192.168.4.15  VIP │",
    "└───────────┬───────────┘   └─────────────┬────────────┘   └─────────────┬────────────┘",
    "════════════╧═════════════╤═══════════════╧═════════════════╤════════════╧═════════════",
    "           ┌─ web1 ───────┴──────────────┐   ┌─ web2 ───────┴──────────────┐ vmnet4 192.168.4.0/24",
  ]);
});

test("every topology is a picture that fits", () => {
  for (const topology of topologies) {
    const lines = draw(topology);
    assert.ok(lines.every((line) => line.length <= 100));
    assert.match(lines[0]!, /┌─ client ─/, topology.name);
  }
});

test("what is too wide becomes a list", () => {
  const many = { ...dr, hosts: Array.from({ length: 5 }, (_, i) => ({ ...dr.hosts[2]!, name: `web${i}` })) };
  const lines = draw(many);
  assert.equal(lines[0], "vmnet4 192.168.4.0/24");
  assert.equal(lines.at(-3), "└─ web4");
  assert.ok(lines.every((line) => line.length <= 100));
});
