import assert from "node:assert/strict";
import { test } from "node:test";
import { draw } from "./draw.js";
import { dr } from "./topologies/dr.js";
import type { HostSpec, Topology } from "./topology.js";

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

const server = (name: string, network: string, address: string): HostSpec => ({
  name,
  role: "server",
  interfaces: [{ name: "ens33", network, addresses: [{ address }] }],
});

const nat: Topology = {
  ...dr,
  networks: [
    { name: "vmnet4", prefix: "192.168.4.0/24" },
    { name: "vmnet2", prefix: "192.168.2.0/24" },
  ],
  hosts: [
    dr.hosts[0]!,
    {
      name: "director",
      role: "director",
      interfaces: [
        { name: "ens33", network: "vmnet4", addresses: [{ address: "192.168.4.5/24" }] },
        { name: "ens34", network: "vmnet2", addresses: [{ address: "192.168.2.5/24" }] },
      ],
    },
    server("web1", "vmnet2", "192.168.2.100/24"),
  ],
};

test("a host on two networks stands between them", () => {
  assert.deepEqual(draw(nat), [
    " ┌─ client ──────────────┐",
    " │ eth0  192.168.4.10/24 │",
    " └───────────┬───────────┘",
    "═════════════╪═════════════ vmnet4 192.168.4.0/24",
    " ┌─ director ┴───────────┐",
    " │ ens33  192.168.4.5/24 │",
    " │ ens34  192.168.2.5/24 │",
    " └───────────┬───────────┘",
    "═════════════╪═════════════ vmnet2 192.168.2.0/24",
    "┌─ web1 ─────┴────────────┐",
    "│ ens33  192.168.2.100/24 │",
    "└─────────────────────────┘",
  ]);
});

test("what is too wide becomes a list", () => {
  const many = { ...dr, hosts: Array.from({ length: 5 }, (_, i) => ({ ...dr.hosts[2]!, name: `web${i}` })) };
  const lines = draw(many);
  assert.equal(lines[0], "vmnet4 192.168.4.0/24");
  assert.equal(lines.at(-3), "└─ web4");
  assert.ok(lines.every((line) => line.length <= 100));
});
