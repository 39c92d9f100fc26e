import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../wire/address.js";
import { IpvsError } from "./errors.js";
import { MemoryPlane } from "./memory-plane.js";
import type { ServerSpec, ServiceSpec } from "./model.js";

const id = { kind: "address", protocol: "tcp", address: IpAddress.of("192.0.2.1"), port: 80 } as const;
const service: ServiceSpec = { id, scheduler: "rr", schedulerFlags: [], onePacket: false };
const server: ServerSpec = {
  address: IpAddress.of("10.0.0.1"),
  port: 80,
  method: "droute",
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
};
const at = (address: string, rest: Partial<ServerSpec> = {}): ServerSpec => ({
  ...server,
  address: IpAddress.of(address),
  ...rest,
});

function refused(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof IpvsError) return error.refusal;
    throw error;
  }
  return "done";
}

test("the refusal of each change, and which comes first", () => {
  const plane = new MemoryPlane({ isBroadcast: (address) => `${address}` === "10.0.0.255" });
  const table: [string, () => void, string][] = [
    ["edit before add", () => plane.editService(service), "no-service"],
    ["delete before add", () => plane.deleteService(id), "no-service"],
    ["zero before add", () => plane.zero(id), "no-service"],
    [
      "server before service",
      () => plane.addServer(id, at("224.0.0.1", { weight: -1 })),
      "service-not-defined",
    ],
    ["edit server before service", () => plane.editServer(id, server), "service-not-defined"],
    ["delete server before service", () => plane.deleteServer(id, server), "service-not-defined"],
    ["unknown scheduler", () => plane.addService({ ...service, scheduler: "none such" }), "no-scheduler"],
    ["unknown engine", () => plane.addService({ ...service, persistenceEngine: "x" }), "no-scheduler"],
    [
      "netmask of the other family",
      () => plane.addService({ ...service, persistence: { timeout: 1, netmask: 64 } }),
      "invalid",
    ],
    ["a service", () => plane.addService(service), "done"],
    ["again, with a worse mistake", () => plane.addService({ ...service, scheduler: "x" }), "service-exists"],
    ["edit to an unknown scheduler", () => plane.editService({ ...service, scheduler: "x" }), "no-scheduler"],
    ["edit to none", () => plane.editService({ ...service, scheduler: "none" }), "done"],
    ["weight below 0", () => plane.addServer(id, at("10.0.0.1", { weight: -1 })), "range"],
    ["lower above upper", () => plane.addServer(id, at("224.0.0.1", { lowerThreshold: 1 })), "range"],
    ["other family by DR", () => plane.addServer(id, at("2001:db8::1", { lowerThreshold: 1 })), "invalid"],
    [
      "GUE without port",
      () =>
        plane.addServer(
          id,
          at("10.0.0.1", { method: "tunnel", tunnel: { type: "gue", port: 0, checksum: "none" } }),
        ),
      "invalid",
    ],
    ["multicast", () => plane.addServer(id, at("239.255.255.255")), "invalid"],
    ["nobody", () => plane.addServer(id, at("0.0.0.0")), "invalid"],
    ["everybody", () => plane.addServer(id, at("255.255.255.255")), "invalid"],
    ["a network's broadcast", () => plane.addServer(id, at("10.0.0.255")), "invalid"],
    ["link-local by tunnel", () => plane.addServer(id, at("fe80::1", { method: "tunnel" })), "invalid"],
    ["a server", () => plane.addServer(id, server), "done"],
    ["again", () => plane.addServer(id, { ...server, weight: 5 }), "server-exists"],
    ["edit another", () => plane.editServer(id, at("10.0.0.2")), "no-server"],
    ["edit another, out of range", () => plane.editServer(id, at("10.0.0.2", { weight: -1 })), "range"],
    ["delete another", () => plane.deleteServer(id, at("10.0.0.2")), "no-server"],
    ["traffic of another", () => plane.setTraffic(id, { active: 1 }, at("10.0.0.2")), "no-server"],
    ["too long a timeout", () => plane.setTimeouts({ tcp: 1, tcpFin: 1, udp: 2 ** 31 }), "invalid"],
    ["stop what doesn't run", () => plane.stopSyncDaemon("master"), "no-daemon"],
  ];
  for (const [name, action, expected] of table) assert.equal(refused(action), expected, name);
  assert.deepEqual(
    plane.services().map(({ scheduler, servers }) => [scheduler, servers.length]),
    [["none", 1]],
  );
  assert.deepEqual(plane.timeouts(), { tcp: 900, tcpFin: 120, udp: 300 });
});

test("servers are newest first, and an edit keeps their place and their traffic", () => {
  const plane = new MemoryPlane();
  plane.addService(service);
  for (const last of [1, 2, 3]) plane.addServer(id, at(`10.0.0.${last}`));
  plane.setTraffic(id, { active: 4 }, at("10.0.0.2"));
  plane.editServer(id, at("10.0.0.2", { weight: 9 }));
  const { servers } = plane.service(id)!;
  assert.deepEqual(
    servers.map(({ address, weight, active }) => `${address} ${weight} ${active}`),
    ["10.0.0.3 1 0", "10.0.0.2 9 4", "10.0.0.1 1 0"],
  );
});

test("a deleted server with connections has its counts again when it returns to the same service", () => {
  const plane = new MemoryPlane();
  const other = { ...id, port: 81 };
  for (const each of [id, other]) plane.addService({ ...service, id: each });
  plane.addServer(id, server);
  plane.setTraffic(id, { active: 2, inactive: 3 }, server);
  plane.deleteServer(id, server);
  plane.addServer(other, server);
  assert.equal(plane.service(other)!.servers[0]!.active, 0);
  plane.addServer(id, server);
  assert.equal(plane.service(id)!.servers[0]!.inactive, 3);
  plane.flush();
  assert.deepEqual(plane.services(), []);
  plane.addService(service);
  plane.addServer(id, server);
  assert.equal(plane.service(id)!.servers[0]!.active, 2);
  plane.setTraffic(id, { active: 0, inactive: 0 }, server);
  plane.deleteServer(id, server);
  plane.addServer(id, server);
  assert.equal(plane.service(id)!.servers[0]!.active, 0);
});

test("zeroing clears counters of one service or of all, and leaves connections", () => {
  const plane = new MemoryPlane();
  const other = { ...id, port: 81 };
  const counters = { connections: 1n, inPackets: 1n, outPackets: 1n, inBytes: 1n, outBytes: 1n };
  for (const each of [id, other]) {
    plane.addService({ ...service, id: each });
    plane.addServer(each, server);
    plane.setTraffic(each, { counters });
    plane.setTraffic(each, { counters, active: 5 }, server);
  }
  plane.zero(id);
  assert.equal(plane.service(id)!.counters.inBytes, 0n);
  assert.equal(plane.service(id)!.servers[0]!.counters.inBytes, 0n);
  assert.equal(plane.service(id)!.servers[0]!.active, 5);
  assert.equal(plane.service(other)!.counters.inBytes, 1n);
  plane.zero();
  assert.equal(plane.service(other)!.servers[0]!.counters.inBytes, 0n);
});

test("sync daemons: one of each role, completed with the kernel's values, not beside servers of another family", () => {
  const plane = new MemoryPlane({ hasInterface: (name) => name === "eth0" });
  const daemon = { role: "master", multicastInterface: "eth0", syncId: 1 } as const;
  assert.throws(
    () => plane.startSyncDaemon({ ...daemon, multicastInterface: "eth9" }),
    (error: { code?: string }) => error.code === "no-device",
  );
  plane.startSyncDaemon(daemon);
  assert.equal(
    refused(() => plane.startSyncDaemon(daemon)),
    "daemon-running",
  );
  plane.startSyncDaemon({ ...daemon, role: "backup", maxLength: 100, group: IpAddress.of("ff02::81") });
  assert.deepEqual(
    plane
      .syncDaemons()
      .map(({ role, maxLength, group, port, ttl }) => [role, maxLength, `${group}`, port, ttl]),
    [
      ["master", 1472, "224.0.0.81", 8848, 1],
      ["backup", 1024, "ff02::81", 8848, 1],
    ],
  );
  plane.addService(service);
  const mixed = at("2001:db8::1", { method: "tunnel" });
  assert.equal(
    refused(() => plane.addServer(id, mixed)),
    "invalid",
  );
  plane.stopSyncDaemon("master");
  plane.stopSyncDaemon("backup");
  plane.addServer(id, mixed);
  assert.equal(
    refused(() => plane.startSyncDaemon(daemon)),
    "invalid",
  );
});
