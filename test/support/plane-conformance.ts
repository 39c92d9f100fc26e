import assert from "node:assert/strict";
import { RondoError } from "../../src/errors.js";
import type { DataPlane } from "../../src/ipvs/data-plane.js";
import { IpvsError } from "../../src/ipvs/errors.js";
import type { ServerSpec, ServiceId, ServiceSpec, ServiceStatus } from "../../src/ipvs/model.js";
import { serviceIdText } from "../../src/ipvs/model.js";
import { flagsOf, schedulers } from "../../src/ipvs/schedulers.js";
import { IpAddress } from "../../src/wire/address.js";

// What every data plane has to do alike, whatever moves its packets: memory, our packet program, the kernel's IPVS. A case gets a
// plane without services, and may leave some behind.

export interface PlaneCase {
  readonly about: string;
  run(plane: DataPlane): void;
}

const at = IpAddress.of;
const web: ServiceId = { kind: "address", protocol: "tcp", address: at("192.0.2.1"), port: 80 };
const service = (id: ServiceId = web, rest: Partial<ServiceSpec> = {}): ServiceSpec => ({
  id,
  scheduler: "rr",
  schedulerFlags: [],
  onePacket: false,
  ...rest,
});
const server = (address = "10.0.0.1", rest: Partial<ServerSpec> = {}): ServerSpec => ({
  address: at(address),
  port: 80,
  method: "droute",
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
  ...rest,
});

/** What the plane says to an action: "done", or the refusal. */
function said(action: () => void): string {
  try {
    action();
    return "done";
  } catch (error) {
    if (error instanceof IpvsError) return error.refusal;
    if (error instanceof RondoError) return error.code;
    throw error;
  }
}

/** What somebody configured of a service, without what packets did. */
function configured(status: ServiceStatus | undefined): { service: ServiceSpec; servers: ServerSpec[] } {
  assert.ok(status, "the service isn't there");
  const { servers, counters, rates, ...own } = status;
  return {
    service: own,
    servers: servers.map(({ active, inactive, persistent, counters, rates, ...spec }) => spec),
  };
}

/** Has all services made, and expects to find them so. */
function keeps(
  plane: DataPlane,
  wanted: readonly { service: ServiceSpec; servers?: readonly ServerSpec[] }[],
): void {
  for (const { service, servers = [] } of wanted) {
    plane.addService(service);
    for (const each of servers) plane.addServer(service.id, each);
  }
  for (const { service, servers = [] } of wanted)
    assert.deepEqual(configured(plane.service(service.id)), { service, servers: servers.toReversed() });
  const names = (all: readonly { id: ServiceId }[]) => all.map(({ id }) => serviceIdText(id)).sort();
  assert.deepEqual(names(plane.services()), names(wanted.map(({ service }) => service)));
}

const refusals: readonly (readonly [about: string, action: (plane: DataPlane) => void, said: string])[] = [
  ["edit before add", (plane) => plane.editService(service()), "no-service"],
  ["delete before add", (plane) => plane.deleteService(web), "no-service"],
  ["zero before add", (plane) => plane.zero(web), "no-service"],
  [
    "server before service",
    (plane) => plane.addServer(web, server("224.0.0.1", { weight: -1 })),
    "service-not-defined",
  ],
  ["edit server before service", (plane) => plane.editServer(web, server()), "service-not-defined"],
  ["delete server before service", (plane) => plane.deleteServer(web, server()), "service-not-defined"],
  ["unknown scheduler", (plane) => plane.addService(service(web, { scheduler: "nosuch" })), "no-scheduler"],
  ["a service", (plane) => plane.addService(service()), "done"],
  [
    "again, with a worse mistake",
    (plane) => plane.addService(service(web, { scheduler: "nosuch" })),
    "service-exists",
  ],
  [
    "edit to an unknown scheduler",
    (plane) => plane.editService(service(web, { scheduler: "nosuch" })),
    "no-scheduler",
  ],
  ["edit to no scheduler", (plane) => plane.editService(service(web, { scheduler: "none" })), "done"],
  ["and back", (plane) => plane.editService(service()), "done"],
  ["weight below 0", (plane) => plane.addServer(web, server("10.0.0.1", { weight: -1 })), "range"],
  ["weight too large", (plane) => plane.addServer(web, server("10.0.0.1", { weight: 2 ** 31 })), "range"],
  ["lower above upper", (plane) => plane.addServer(web, server("224.0.0.1", { lowerThreshold: 1 })), "range"],
  [
    "other family by DR",
    (plane) => plane.addServer(web, server("2001:db8::1", { lowerThreshold: 1 })),
    "invalid",
  ],
  [
    "GUE without port",
    (plane) =>
      plane.addServer(
        web,
        server("10.0.0.1", { method: "tunnel", tunnel: { type: "gue", port: 0, checksum: "none" } }),
      ),
    "invalid",
  ],
  ["multicast", (plane) => plane.addServer(web, server("239.255.255.255")), "invalid"],
  ["nobody", (plane) => plane.addServer(web, server("0.0.0.0")), "invalid"],
  ["everybody", (plane) => plane.addServer(web, server("255.255.255.255")), "invalid"],
  [
    "link-local by tunnel",
    (plane) => plane.addServer(web, server("fe80::1", { method: "tunnel" })),
    "invalid",
  ],
  ["a server", (plane) => plane.addServer(web, server()), "done"],
  ["again", (plane) => plane.addServer(web, server("10.0.0.1", { weight: 5 })), "server-exists"],
  ["edit another", (plane) => plane.editServer(web, server("10.0.0.2")), "no-server"],
  [
    "edit another, out of range",
    (plane) => plane.editServer(web, server("10.0.0.2", { weight: -1 })),
    "range",
  ],
  ["delete another", (plane) => plane.deleteServer(web, server("10.0.0.2")), "no-server"],
  ["another port", (plane) => plane.deleteServer(web, server("10.0.0.1", { port: 81 })), "no-server"],
  ["a half of the sync daemon that doesn't run", (plane) => plane.stopSyncDaemon("backup"), "no-daemon"],
  [
    "timeouts that no clock holds",
    (plane) => plane.setTimeouts({ tcp: 2 ** 31, tcpFin: 0, udp: 0 }),
    "invalid",
  ],
  ["a setting that nobody has", (plane) => plane.setTunable("no_such", 1), "no-tunable"],
  ["a setting's value out of range", (plane) => plane.setTunable("drop_entry", 4), "tunable-value"],
  ["delete the server", (plane) => plane.deleteServer(web, server()), "done"],
  ["delete the service", (plane) => plane.deleteService(web), "done"],
  ["delete it again", (plane) => plane.deleteService(web), "no-service"],
];

export const planeCases: readonly PlaneCase[] = [
  {
    about: "what is refused, and what is said first",
    run(plane) {
      for (const [about, action, wanted] of refusals)
        assert.equal(
          said(() => action(plane)),
          wanted,
          about,
        );
    },
  },
  {
    about: "services of all protocols and both families, with servers newest first",
    run(plane) {
      const servers = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((address, index) =>
        server(address, { weight: index }),
      );
      keeps(plane, [
        { service: service(), servers },
        { service: service({ ...web, protocol: "udp" }), servers: servers.slice(1) },
        { service: service({ ...web, protocol: "sctp" }) },
        { service: service({ ...web, port: 81 }), servers: [server("10.0.0.1", { port: 81 })] },
        {
          service: service({ ...web, address: at("fd66::100") }),
          servers: [server("fd66::1"), server("fd66::2", { method: "masq", port: 8080 })],
        },
        {
          service: service({ kind: "mark", mark: 7, family: 4 }),
          servers: [server("10.0.0.1", { port: 0 })],
        },
        { service: service({ kind: "mark", mark: 7, family: 6 }) },
        { service: service({ kind: "mark", mark: 0xffff_ffff, family: 4 }) },
      ]);
    },
  },
  {
    about: "every scheduler with all its flags",
    run(plane) {
      // Debian builds its kernel without twos.
      const everywhere = schedulers.filter(({ name }) => name !== "twos");
      keeps(
        plane,
        everywhere.map(({ name }, index) => ({
          service: service(
            { ...web, port: 1000 + index },
            { scheduler: name, schedulerFlags: flagsOf(name, index % 8) },
          ),
        })),
      );
    },
  },
  {
    about: "persistence, netmasks, one packet alone",
    run(plane) {
      const mask = at("255.255.255.0");
      keeps(plane, [
        { service: service(web, { persistence: { timeout: 360, netmask: at("255.255.255.255") } }) },
        { service: service({ ...web, port: 0 }, { persistence: { timeout: 1, netmask: mask } }) },
        {
          service: service(
            { ...web, address: at("fd66::100") },
            { persistence: { timeout: 2_678_400, netmask: 64 } },
          ),
        },
        { service: service({ ...web, protocol: "udp" }, { onePacket: true }) },
      ]);
      assert.equal(
        said(() => plane.editService(service(web, { persistence: { timeout: 1, netmask: 64 } }))),
        "invalid",
      );
    },
  },
  {
    about: "methods, weights and thresholds up to the largest, tunnels of other families",
    run(plane) {
      const most = 0x7fff_ffff;
      const tunnel = { method: "tunnel" } as const;
      keeps(plane, [
        {
          service: service(),
          servers: [
            server("10.0.0.1", { weight: most, upperThreshold: most, lowerThreshold: most }),
            server("10.0.0.2", { method: "masq", port: 65_535, upperThreshold: 10, lowerThreshold: 3 }),
            server("10.0.0.3", { ...tunnel, tunnel: { type: "ipip", port: 0, checksum: "none" } }),
            server("10.0.0.4", { ...tunnel, tunnel: { type: "gue", port: 6080, checksum: "remote" } }),
            server("10.0.0.5", { ...tunnel, tunnel: { type: "gre", port: 0, checksum: "csum" } }),
            server("fd66::5", { ...tunnel, tunnel: { type: "gue", port: 1, checksum: "csum" } }),
          ],
        },
      ]);
    },
  },
  {
    about: "an edit sets everything anew, and moves nothing",
    run(plane) {
      plane.addService(service(web, { scheduler: "sh", schedulerFlags: ["sh-port"] }));
      for (const address of ["10.0.0.1", "10.0.0.2"])
        plane.addServer(web, server(address, { method: "masq", upperThreshold: 9 }));
      plane.editService(service(web, { scheduler: "wlc" }));
      plane.editServer(web, server("10.0.0.2", { weight: 7 }));
      assert.deepEqual(configured(plane.service(web)), {
        service: service(web, { scheduler: "wlc" }),
        servers: [
          server("10.0.0.2", { weight: 7 }),
          server("10.0.0.1", { method: "masq", upperThreshold: 9 }),
        ],
      });
    },
  },
  {
    about: "a service is deleted with its servers; flush deletes all, also where there are none",
    run(plane) {
      plane.flush();
      plane.addService(service());
      plane.addServer(web, server());
      plane.deleteService(web);
      assert.equal(plane.service(web), undefined);
      plane.addService(service());
      assert.deepEqual(plane.service(web)?.servers, []);
      plane.addService(service({ kind: "mark", mark: 1, family: 4 }));
      plane.flush();
      assert.deepEqual(plane.services(), []);
    },
  },
  {
    about: "nothing has been counted, there are no connections, and zeroing changes nothing",
    run(plane) {
      plane.addService(service());
      plane.addServer(web, server());
      plane.zero(web);
      plane.zero();
      const [status] = plane.services({ statistics: true });
      const [{ active, inactive, persistent, counters } = assert.fail("no server")] = status!.servers;
      assert.deepEqual([active, inactive, persistent], [0, 0, 0]);
      assert.deepEqual(
        new Set([...Object.values(counters), ...Object.values(status!.counters)]),
        new Set([0n]),
      );
      assert.deepEqual([...plane.connections()], []);
    },
  },
  {
    about: "timeouts: 0 keeps what was",
    run(plane) {
      const before = plane.timeouts();
      plane.setTimeouts({ tcp: 100, tcpFin: 20, udp: 30 });
      plane.setTimeouts({ tcp: 0, tcpFin: 21, udp: 0 });
      assert.deepEqual(plane.timeouts(), { tcp: 100, tcpFin: 21, udp: 30 });
      plane.setTimeouts(before);
      assert.deepEqual(before, { tcp: 900, tcpFin: 120, udp: 300 });
    },
  },
  {
    about: "settings of /proc/sys/net/ipv4/vs: the kernel's values first, then what was set",
    run(plane) {
      const shown = (name: string) => plane.tunables().get(name);
      assert.deepEqual(
        ["conn_reuse_mode", "sync_threshold", "sync_period", "drop_entry"].map(shown),
        [1, 3, 50, 0],
      );
      for (const [name, value] of [
        ["expire_nodest_conn", 1],
        ["sync_threshold", 5],
        ["sync_period", 60],
      ] as const) {
        const before = shown(name)!;
        plane.setTunable(name, value);
        assert.equal(shown(name), value, name);
        if (name !== "sync_period") plane.setTunable(name, before);
        else assert.equal(shown("sync_threshold"), 3);
      }
      plane.setTunable("sync_period", 50);
    },
  },
  {
    about: "changes together: each for itself; what they give is given",
    run(plane) {
      const outcomes = plane.together(() => [
        said(() => plane.addService(service())),
        said(() => plane.addService(service())),
        said(() => plane.addServer(web, server())),
      ]);
      assert.deepEqual(outcomes, ["done", "service-exists", "done"]);
      assert.equal(plane.service(web)?.servers.length, 1);
    },
  },
  {
    about: "no rules of marks is what every plane can have",
    run(plane) {
      plane.setMarkRules([]);
      assert.deepEqual(plane.markRules(), []);
    },
  },
];
