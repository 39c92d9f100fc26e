import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  answersAt,
  attachments,
  DirectorState,
  HostNetwork,
  XdpPlane,
} from "../../src/dataplane/xdp/index.js";
import { withNetworkNamespace } from "../../src/sys/index.js";
import {
  address,
  at,
  endpoint,
  type Family,
  families,
  type Hosts,
  hosts,
  optionOf,
  port,
  protocols,
  run,
  silent,
  statusOf,
  sysctls,
  vip,
} from "./ipvs-hosts.js";
import { until } from "./netlink-places.js";
import { Peer } from "./peers.js";
import { rondo } from "./running.js";

/** Where the director's own server listens that is reached by NAT. */
const ownPort = 9090;
/** A service whose server's port nobody listens at. */
const idlePort = 7070;

/** Each service has a server on the director by DR, one there by NAT with another port, and one elsewhere by DR. */
function configure({ director, server }: Hosts): void {
  sysctls(server, silent);
  for (const family of families) address(server, "lo", family, vip, family === 4 ? 32 : 128);
  const rules = families.flatMap((family) => [
    ...protocols.flatMap((protocol) => {
      const service = `${optionOf[protocol]} ${endpoint(vip[family], port)}`;
      return [
        `-A ${service} -s rr`,
        `-a ${service} -r ${endpoint(at.gateway[family], port)} -g`,
        `-a ${service} -r ${endpoint(at.director[family], ownPort)} -m`,
        `-a ${service} -r ${endpoint(at.server[family], port)} -g`,
      ];
    }),
    `-A -u ${endpoint(vip[family], idlePort)} -s rr`,
    `-a -u ${endpoint(vip[family], idlePort)} -r ${endpoint(at.director[family], idlePort + 1)} -m`,
  ]);
  run(director.namespace, ["ipvsadm", "-R"], `${rules.join("\n")}\n`);
}

/** How the answers that leave are looked at, by interface. */
function answers({ director }: Hosts): Record<string, string> {
  return withNetworkNamespace(director.namespace, () => {
    const [state, host] = [DirectorState.open()!, new HostNetwork()];
    try {
      return Object.fromEntries(
        attachments(state, host).map(({ link }) => [link.name, answersAt(state, host, link) ?? "not"]),
      );
    } finally {
      host.close();
      state.close();
    }
  });
}

test("a director that is two of the real servers itself", async (t) => {
  const made = hosts(t);
  if (!made) return;
  configure(made);
  const here = await Peer.start(
    t,
    made.director,
    families.flatMap((family) => [
      { address: vip[family], port },
      { address: at.director[family], port: ownPort },
    ]),
  );
  const elsewhere = await Peer.start(
    t,
    made.server,
    families.map((family) => ({ address: vip[family], port })),
  );
  const client = await Peer.start(t, made.client);
  let clientPort = 40_000;
  const ask = (protocol: (typeof protocols)[number], family: Family, bytes: Uint8Array, toPort = port) =>
    client.ask({
      protocol,
      own: at.client[family],
      ownPort: clientPort++,
      virtual: vip[family],
      port: toPort,
      bytes,
    });
  const turnsOf = (family: Family) => [
    { peer: elsewhere, address: vip[family] },
    { peer: here, address: at.director[family] },
    { peer: here, address: vip[family] },
  ];

  for (const family of families)
    for (const protocol of protocols)
      await t.test(`each in its turn: ${protocol}, IPv${family}`, async () => {
        for (const { peer, address } of [...turnsOf(family), ...turnsOf(family)]) {
          // More than fits into one segment, where there are segments.
          const bytes = Uint8Array.from(randomBytes(protocol === "tcp" ? 300_000 : 1000));
          assert.deepEqual(await ask(protocol, family, bytes), bytes.slice().reverse());
          await until("what the server heard", () => peer.heard.length > 0);
          assert.deepEqual(
            peer.heard.splice(0).map(({ protocol, at }) => ({ protocol, at })),
            [{ protocol, at: address }],
          );
        }
        const { servers } = statusOf(made.director, protocol, family);
        for (const { address, counters } of servers) {
          assert.equal(counters.connections, 2n);
          const isHere = address.toString() !== at.server[family];
          assert.equal(counters.outPackets > 0n, isHere, `${address}`);
          if (protocol === "tcp" && isHere) assert.ok(counters.outBytes > 600_000n);
        }
        if (protocol === "udp") return;
        const states = connectionsOf(made)
          .filter((one) => one.protocol === protocol && one.virtual.address.family === family)
          .map(({ state, server }) => `${server.address} ${state}`);
        const last = protocol === "tcp" ? "TIME_WAIT" : "CLOSED";
        for (const own of [at.gateway, at.director])
          assert.equal(states.filter((one) => one === `${own[family]} ${last}`).length, 2, states.join("\n"));
      });

  for (const family of families)
    await t.test(`nobody listens: the client is told, IPv${family}`, async () => {
      const told = await ask("udp", family, randomBytes(32), idlePort);
      assert.match(String(told), /ECONNREFUSED/);
    });

  await t.test("what leaves is looked at as long as there are servers on the director", async () => {
    const { director } = made;
    assert.deepEqual(answers(made), { back: "tcx", front: "tcx" });
    run(director.namespace, ["director", "attach", "--hook", "clsact", "front"]);
    assert.deepEqual(answers(made), { back: "tcx", front: "clsact" });
    const shown = run(director.namespace, ["director", "status"]);
    assert.match(shown, /^front +clsact, clsact egress for servers on this host$/m);
    for (const _ of turnsOf(4)) {
      const bytes = Uint8Array.from(randomBytes(5000));
      assert.deepEqual(await ask("tcp", 4, bytes), bytes.slice().reverse());
    }
    run(director.namespace, ["director", "detach", "front"]);
    assert.deepEqual(answers(made), { back: "tcx" });
    run(director.namespace, ["director", "attach", "front"]);
    run(director.namespace, ["director", "auto"]);

    const watcher = withNetworkNamespace(director.namespace, () =>
      spawn(process.execPath, [rondo, "director", "watch"], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    t.after(() => watcher.kill("SIGKILL"));
    director.network.links.createVeth({
      name: "later",
      up: true,
      peer: { name: "far", namespace: made.client.namespace, up: true },
    });
    for (let tries = 0; answers(made)["later"] !== "tcx"; tries++) {
      assert.ok(tries < 200);
      await pause(100);
    }
    watcher.kill();

    run(director.namespace, ["ipvsadm", "-C"]);
    assert.deepEqual(answers(made), { back: "not", front: "not", later: "not" });
    assert.equal(director.network.trafficControl.filters("front", "egress").length, 0);
  });
});

test("a reset takes all away, at clsact too", (t) => {
  const made = hosts(t);
  if (!made) return;
  const { director } = made;
  run(director.namespace, ["director", "attach", "--hook", "clsact", "front"]);
  const service = `-t ${endpoint(vip[4], port)}`;
  const rules = [`-A ${service}`, `-a ${service} -r ${endpoint(at.gateway[4], port)} -g`];
  run(director.namespace, ["ipvsadm", "-R"], `${rules.join("\n")}\n`);
  assert.deepEqual(answers(made), { front: "clsact" });
  run(director.namespace, ["director", "reset"]);
  for (const hook of ["ingress", "egress"] as const)
    assert.equal(director.network.trafficControl.filters("front", hook).length, 0);
});

function connectionsOf({ director }: Hosts) {
  return withNetworkNamespace(director.namespace, () => {
    const plane = new XdpPlane();
    try {
      return [...plane.connections()];
    } finally {
      plane.close();
    }
  });
}
