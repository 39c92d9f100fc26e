import assert from "node:assert/strict";
import { test } from "node:test";
import { Place, tcp, two } from "../../test/support/checker-place.js";
import {
  address,
  at,
  check,
  config,
  endpoint,
  server,
  virtual,
} from "../../test/support/keepalived-config.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import type { MemoryPlane } from "../ipvs/memory-plane.js";
import type { ServiceSpec } from "../ipvs/model.js";

test("a server that fails leaves after its retries and returns with its first success, in the real one's words and times", async () => {
  const place = new Place().begin(two());
  assert.deepEqual(place.said(), ["Gained quorum 1+0=1 <= 2 for VS [10.0.0.9]:tcp:80"]);
  assert.deepEqual(place.told(), ["VS [10.0.0.9]:tcp:80 UP"]);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1"]);
  await place.clock.runTo(1500);
  assert.deepEqual(place.said(), [
    "TCP connection to [10.0.0.1]:tcp:80 success.",
    "TCP connection to [10.0.0.2]:tcp:80 success.",
  ]);
  place.down.add("10.0.0.1:80");
  await place.clock.runTo(2299); // due at 2000, again 300 later
  assert.deepEqual(place.said(), []);
  await place.clock.runTo(2300);
  assert.deepEqual(place.said(), [
    "TCP_CHECK on service [10.0.0.1]:tcp:80 failed after 1 retries.",
    "Removing service [10.0.0.1]:tcp:80 from VS [10.0.0.9]:tcp:80",
  ]);
  assert.deepEqual(place.told(), [
    "RS [10.0.0.1]:tcp:80 [10.0.0.9]:tcp:80 DOWN",
    "mail [10.0.0.1]:tcp:80 DOWN => TCP CHECK failed on service <=",
  ]);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.2:80 1"]);
  place.down.clear();
  await place.clock.runTo(3300);
  assert.deepEqual(place.said(), [
    "TCP connection to [10.0.0.1]:tcp:80 success.",
    "Adding service [10.0.0.1]:tcp:80 to VS [10.0.0.9]:tcp:80",
  ]);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1"]);
  await place.role.stop();
  assert.deepEqual(place.said(), [
    "Shutting down service [10.0.0.1]:tcp:80 from VS [10.0.0.9]:tcp:80",
    "Shutting down service [10.0.0.2]:tcp:80 from VS [10.0.0.9]:tcp:80",
  ]);
  assert.deepEqual(place.table(), []);
});

test("the sorry server stands in while there is no quorum, with hysteresis; omega tells of the end", async () => {
  const sorryServer = { ...endpoint("10.0.0.7:80"), method: "droute" as const, inhibit: false };
  const servers = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"].map((where) => tcp(where));
  const place = new Place().begin(
    config([virtual("10.0.0.9:80", servers, { sorryServer, quorum: 2, hysteresis: 1, omega: true })]),
  );
  assert.deepEqual(place.said(), ["Gained quorum 2+1=3 <= 3 for VS [10.0.0.9]:tcp:80"]);
  place.down.add("10.0.0.1:80").add("10.0.0.2:80");
  await place.clock.runTo(2500);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.3:80 1"], "1 is not less than 2-1");
  place.said();
  place.down.add("10.0.0.3:80");
  await place.clock.runTo(4000);
  assert.deepEqual(place.said(), [
    "TCP_CHECK on service [10.0.0.3]:tcp:80 failed after 1 retries.",
    "Removing service [10.0.0.3]:tcp:80 from VS [10.0.0.9]:tcp:80",
    "Lost quorum 2-1=1 > 0 for VS [10.0.0.9]:tcp:80",
    "Adding sorry server [10.0.0.7]:tcp:80 to VS [10.0.0.9]:tcp:80",
    "Removing alive servers from the pool for VS [10.0.0.9]:tcp:80",
  ]);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.7:80 1"]);
  place.down.delete("10.0.0.3:80");
  place.down.delete("10.0.0.2:80");
  await place.clock.runTo(7000);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.7:80 1"], "2 is less than 2+1");
  place.down.clear();
  await place.clock.runTo(9000);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1, 10.0.0.3:80 1"]);
  place.told();
  await place.role.stop();
  assert.deepEqual(
    place.told().filter((line) => !line.startsWith("mail")),
    [
      "RS [10.0.0.1]:tcp:80 [10.0.0.9]:tcp:80 DOWN stopping",
      "RS [10.0.0.2]:tcp:80 [10.0.0.9]:tcp:80 DOWN stopping",
      "RS [10.0.0.3]:tcp:80 [10.0.0.9]:tcp:80 DOWN stopping",
      "VS [10.0.0.9]:tcp:80 DOWN stopping",
    ],
  );
});

/** A plane that notes what is changed. */
function noting(plane: MemoryPlane, changes: string[]): DataPlane {
  return new Proxy(plane, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== "function") return member;
      return (...words: unknown[]) => {
        if (/^(add|edit|delete|flush|set|start|stop)/.test(String(name))) changes.push(String(name));
        return (member as (...words: unknown[]) => unknown).apply(target, words);
      };
    },
  });
}

test("a reload touches what differs and nothing else, and goes on where it was", async () => {
  const place = new Place();
  const changes: string[] = [];
  place.plane = () => noting(place.memory, changes);
  place.begin(two());
  place.down.add("10.0.0.2:80");
  await place.clock.runTo(1500);
  assert.deepEqual(changes.splice(0), ["addService", "addServer", "addServer", "deleteServer"]);
  place.said();
  place.told();
  place.role.reload(two());
  assert.deepEqual(changes.splice(0), []);
  assert.deepEqual(place.said(), []);
  assert.deepEqual(place.told(), []);
  place.asked.length = 0;
  await place.clock.runTo(2500);
  assert.deepEqual(place.asked, ["2000 10.0.0.1:80", "2000 10.0.0.2:80", "2300 10.0.0.2:80"]);
  // Another weight, a server more, a server less, another scheduler.
  const next = (servers: Parameters<typeof virtual>[1], more = {}) =>
    config([virtual("10.0.0.9:80", servers, more)]);
  place.role.reload(next([tcp("10.0.0.1:80", { weight: 3 }), tcp("10.0.0.2:80")]));
  assert.deepEqual(changes.splice(0), ["editServer"]);
  assert.deepEqual(place.said(), [
    "Changing weight from 1 to 3 for active service [10.0.0.1]:tcp:80 of VS [10.0.0.9]:tcp:80",
  ]);
  place.role.reload(next([tcp("10.0.0.1:80", { weight: 3 }), tcp("10.0.0.3:80")], { scheduler: "rr" }));
  assert.deepEqual(changes.splice(0), ["editService", "addServer"]);
  assert.deepEqual(place.said(), ["service [10.0.0.2]:tcp:80 no longer exist"]);
  place.role.reload(next([tcp("10.0.0.3:80")], { scheduler: "rr" }));
  assert.deepEqual(changes.splice(0), ["deleteServer"]);
  assert.deepEqual(place.said(), [
    "service [10.0.0.1]:tcp:80 no longer exist",
    "Removing service [10.0.0.1]:tcp:80 from VS [10.0.0.9]:tcp:80",
  ]);
  place.role.reload(config([virtual("10.0.0.8:80", [tcp("10.0.0.3:80")])]));
  assert.deepEqual(place.table(), ["tcp 10.0.0.8:80 wlc | 10.0.0.3:80 1"]);
  assert.ok(place.said().includes("Removing Virtual Server [10.0.0.9]:tcp:80"));
});

test("who takes over goes on from a snapshot: a failed server stays failed, the table is not touched, nobody is told", async () => {
  const place = new Place().begin(two());
  place.down.add("10.0.0.2:80");
  await place.clock.runTo(1500);
  const snapshot = JSON.parse(JSON.stringify(place.role.snapshot()));
  const heir = new Place();
  const changes: string[] = [];
  heir.plane = () => noting(place.memory, changes);
  heir.down.add("10.0.0.2:80");
  heir.begin(two(), {}, snapshot);
  await heir.clock.runTo(2500);
  assert.deepEqual(changes, []);
  assert.deepEqual(heir.said(), []);
  assert.deepEqual(heir.told(), []);
  assert.deepEqual(
    heir.role.snapshot().virtualServers[0]!.servers.map(({ alive }) => alive),
    [true, false],
  );
  heir.down.clear();
  await heir.clock.runTo(3700);
  assert.deepEqual(changes, ["addServer"]);
});

test("services that others made are left alone, ours are taken over, and put back when somebody flushes", async () => {
  const place = new Place();
  const spec: ServiceSpec = {
    id: { kind: "address", protocol: "tcp", ...endpoint("10.0.0.5:25") },
    scheduler: "rr",
    schedulerFlags: [],
    onePacket: false,
  };
  place.memory.addService(spec);
  place.memory.addService({ ...spec, id: { kind: "address", protocol: "tcp", ...endpoint("10.0.0.9:80") } });
  place.begin(two());
  const foreign = "tcp 10.0.0.5:25 rr | ";
  const ours = "tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1";
  assert.deepEqual(place.table(), [foreign, ours]);
  // A weight that somebody sets by hand stays until the server's next change.
  const [service] = place.memory.services().filter(({ servers }) => servers.length > 0);
  place.memory.editServer(service!.id, { ...service!.servers[0]!, weight: 0 });
  await place.clock.runTo(25_000);
  assert.match(place.table()[1]!, / 0/);
  place.said();
  place.memory.flush();
  await place.clock.runTo(36_000);
  assert.deepEqual(place.table(), [ours]);
  assert.deepEqual(place.said(), [
    "IPVS: service tcp 10.0.0.9:80 has been deleted by somebody else - putting it back",
  ]);
});

test("a data plane that can't be opened is tried again, and has then what follows from the checks meanwhile", async () => {
  const place = new Place();
  let broken = true;
  place.plane = () => {
    if (broken) throw new Error("no plane");
    return place.memory;
  };
  place.begin(two());
  place.down.add("10.0.0.2:80");
  await place.clock.runTo(12_000);
  assert.deepEqual(
    place.said().filter((line) => line.startsWith("IPVS")),
    ["IPVS: no plane - trying again"],
  );
  assert.equal(place.role.snapshot().planeProblem, "no plane");
  assert.deepEqual(
    place.role.snapshot().virtualServers[0]!.servers.map(({ alive }) => alive),
    [true, false],
  );
  broken = false;
  await place.clock.runTo(18_000);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1"]);
  assert.deepEqual(place.said(), ["IPVS: works again"]);
  assert.equal(place.role.snapshot().planeProblem, undefined);
});

test("what the plane refuses is told once, and doesn't stop the rest", async () => {
  const place = new Place();
  const bad = virtual("10.0.0.8:80", [tcp("10.0.0.1:80")], { scheduler: "nonsense" });
  place.begin(config([bad, ...two().virtualServers]));
  await place.clock.runTo(20_000);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1"]);
  assert.equal(place.said().filter((line) => line.startsWith("IPVS: tcp 10.0.0.8:80: Scheduler")).length, 1);
});

test("alpha begins without the server, and one success is enough; inhibit keeps it with weight 0", async () => {
  const place = new Place();
  place.down.add("10.0.0.2:80");
  place.begin(
    config([
      virtual("10.0.0.9:80", [
        tcp("10.0.0.1:80", {}, { alpha: true }),
        tcp("10.0.0.2:80", { inhibitOnFailure: true, weight: 5 }),
      ]),
    ]),
  );
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.2:80 5"]);
  await place.clock.runTo(1100);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 0"]);
  assert.ok(place.said().includes("Disabling service [10.0.0.2]:tcp:80 of VS [10.0.0.9]:tcp:80"));
  place.down.clear();
  await place.clock.runTo(2500);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 5"]);
});

test("a server with several checks is up when all of them are", async () => {
  const place = new Place();
  const checks = ["10.0.0.1:80", "10.0.0.1:81"].map((where) =>
    check("TCP_CHECK", { connect: endpoint(where) }),
  );
  place.begin(config([virtual("10.0.0.9:80", [server("10.0.0.1:80", checks)])]));
  place.down.add("10.0.0.1:80").add("10.0.0.1:81");
  await place.clock.runTo(1500);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | "]);
  place.down.delete("10.0.0.1:80");
  await place.clock.runTo(3500);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | "]);
  place.down.clear();
  await place.clock.runTo(5500);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1"]);
});

test("weights come from scripts, tracked files and sum up; a file's fault and BFD take a server away", async () => {
  const place = new Place();
  let status = 0;
  let tell: (name: string, status: number) => void = () => {};
  const misc = check("MISC_CHECK", { dynamic: true, timing: { retry: 0 } });
  const file = (trackFile: string, more = {}) => check("FILE_CHECK", { trackFile, ...more });
  const one = server("10.0.0.1:80", [misc, file("w", { weight: 2 }), file("f"), check("BFD_CHECK")], {
    weight: 10,
  });
  const files = ["w", "f"].map((name) => ({ name, path: `/x/${name}`, weight: 0, reverse: false, at }));
  place.begin(config([virtual("10.0.0.9:80", [one])], { trackFiles: files }), {
    ask: async () =>
      status === 1
        ? { outcome: "failed", detail: "", exit: { kind: "status", status } }
        : { outcome: "passed", detail: "", exit: { kind: "status", status } },
    trackFiles: (_, then) => {
      tell = then;
      tell("w", 1);
      return { stop() {} };
    },
  });
  const weight = () => place.table()[0]!.split(" | ")[1];
  assert.equal(weight(), "10.0.0.1:80 12");
  status = 22; // 20 - 10 more
  await place.clock.runTo(1500);
  assert.equal(weight(), "10.0.0.1:80 22");
  tell("w", -2);
  await place.clock.runTo(1600);
  assert.equal(weight(), "10.0.0.1:80 16");
  tell("f", 3);
  await place.clock.runTo(1700);
  assert.equal(weight(), "");
  tell("f", 0);
  await place.clock.runTo(1800);
  assert.equal(weight(), "10.0.0.1:80 16");
  place.role.bfd("b", false);
  await place.clock.runTo(1900);
  assert.equal(weight(), "");
  place.role.bfd("b", true);
  place.said();
  status = 1;
  await place.clock.runTo(2500);
  assert.equal(weight(), "");
  assert.deepEqual(place.said(), [
    "Misc check for [[10.0.0.1]:tcp:80 VS [10.0.0.9]:tcp:80] by [/bin/true] failed with retry disabled (exited with status 1).",
    "Removing service [10.0.0.1]:tcp:80 from VS [10.0.0.9]:tcp:80",
    "Lost quorum 1-0=1 > 0 for VS [10.0.0.9]:tcp:80",
  ]);
  status = 0;
  await place.clock.runTo(3500);
  assert.equal(weight(), "10.0.0.1:80 6");
});

test("ha_suspend checks only while the VIP is here", async () => {
  const place = new Place().begin(two({ haSuspend: true }));
  await place.clock.runTo(5000);
  assert.deepEqual(place.asked, []);
  place.role.vips(["10.0.0.9", "10.0.0.8"]);
  await place.clock.runTo(5500);
  assert.equal(place.asked.length, 2);
  assert.ok(
    place.lines.includes("Activating healthchecker for service [10.0.0.1]:tcp:80 for VS [10.0.0.9]:tcp:80"),
  );
  place.role.vips([address("10.0.0.8")]);
  await place.clock.runTo(15_000);
  assert.equal(place.asked.length, 2);
  assert.ok(
    place.lines.includes("Suspending healthchecker for service [10.0.0.1]:tcp:80 for VS [10.0.0.9]:tcp:80"),
  );
});

test("a group is all services of its ranges and marks; servers keep the services' ports but with NAT", async () => {
  const place = new Place();
  const group = {
    name: "G",
    addresses: [{ from: address("10.0.1.255"), to: address("10.0.2.0"), firstPort: 80, lastPort: 81, at }],
    marks: [{ from: 7, to: 8, family: 4 as const, at }],
    at,
  };
  const servers = [tcp("10.0.0.1:8080", { method: "masq" }), tcp("10.0.0.2:80")];
  const file = (addresses = group.addresses) =>
    config([virtual("10.0.0.9:80", servers, { target: { kind: "group", group: "G" } })], {
      virtualServerGroups: [{ ...group, addresses }],
    });
  place.begin(file());
  const on = (service: string, port: number) => `${service} wlc | 10.0.0.1:8080 1, 10.0.0.2:${port} 1`;
  assert.deepEqual(place.table(), [
    on("mark 7 4", 0),
    on("mark 8 4", 0),
    on("tcp 10.0.1.255:80", 80),
    on("tcp 10.0.1.255:81", 81),
    on("tcp 10.0.2.0:80", 80),
    on("tcp 10.0.2.0:81", 81),
  ]);
  assert.deepEqual(place.said(), ["Gained quorum 1+0=1 <= 2 for VS [G]:0"]);
  place.role.reload(file([]));
  assert.deepEqual(place.table(), [on("mark 7 4", 0), on("mark 8 4", 0)]);
});

test("a sorry server that is one of the real servers, and one with inhibit", async () => {
  const sorry = (where: string, inhibit: boolean) => ({
    sorryServer: { ...endpoint(where), method: "droute" as const, inhibit },
  });
  const same = new Place();
  same.down.add("10.0.0.1:80").add("10.0.0.2:80");
  same.begin(two(sorry("10.0.0.2:80", false)));
  assert.deepEqual(same.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1"]);
  await same.clock.runTo(2000);
  assert.deepEqual(same.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.2:80 1"]);
  const inhibited = new Place().begin(two(sorry("10.0.0.7:80", true)));
  assert.deepEqual(inhibited.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1, 10.0.0.7:80 0"]);
  inhibited.down.add("10.0.0.1:80").add("10.0.0.2:80");
  await inhibited.clock.runTo(2000);
  assert.deepEqual(inhibited.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.7:80 1"]);
});

test("timeouts are set and put back, the sync daemon runs or follows an instance, lvs_flush and its like", async () => {
  const place = new Place();
  place.memory.addService({
    id: { kind: "mark", mark: 9, family: 4 },
    scheduler: "rr",
    schedulerFlags: [],
    onePacket: false,
  });
  const global = {
    lvsFlush: true,
    lvsTimeouts: { tcp: 100, udp: 7 },
    syncDaemon: { interface: "eth0", syncId: 3, at },
  };
  const [service] = two().virtualServers;
  place.begin(config([service!], { global }));
  assert.equal(place.table().length, 1);
  assert.deepEqual(place.memory.timeouts(), { tcp: 100, tcpFin: 120, udp: 7 });
  assert.deepEqual(
    place.memory.syncDaemons().map(({ role }) => role),
    ["master", "backup"],
  );
  place.role.reload(
    config([service!], { global: { syncDaemon: { interface: "eth0", instance: "VI", at } } }),
  );
  assert.deepEqual(place.memory.timeouts(), { tcp: 900, tcpFin: 120, udp: 300 });
  // Nobody knows of the instance yet: it is a backup until it is master.
  assert.deepEqual(
    place.memory.syncDaemons().map(({ role }) => role),
    ["backup"],
  );
  place.role.instance("VI", true);
  assert.deepEqual(
    place.memory.syncDaemons().map(({ role }) => role),
    ["master"],
  );
  place.role.instance("VI", false);
  assert.deepEqual(
    place.memory.syncDaemons().map(({ role }) => role),
    ["backup"],
  );
  place.memory.addService({
    id: { kind: "mark", mark: 9, family: 4 },
    scheduler: "rr",
    schedulerFlags: [],
    onePacket: false,
  });
  await place.role.stop();
  assert.deepEqual(place.table(), ["mark 9 4 rr | "]);
  assert.deepEqual(place.memory.syncDaemons(), []);
});

test("five thousand checks in one process keep their times", async () => {
  const place = new Place();
  const times = new Map<string, number[]>();
  const servers = Array.from({ length: 5000 }, (_, i) =>
    tcp(`10.1.${i >> 8}.${i & 255}:80`, {}, { timing: { delayLoop: 60_000, warmup: 60_000 } }),
  );
  let random = 0;
  const virtuals = Array.from({ length: 50 }, (_, i) =>
    virtual(`10.2.0.${i}:80`, servers.slice(100 * i, 100 * (i + 1))),
  );
  place.begin(config(virtuals), {
    random: () => (random = (random + 0.618_033_988_749_895) % 1),
    ask: async ({ server: { address: who } }) => {
      const list = times.get(`${who}`) ?? [];
      list.push(place.clock.now());
      times.set(`${who}`, list);
      return { outcome: "passed", detail: "" };
    },
  });
  await place.clock.runTo(200_000);
  assert.equal(times.size, 5000);
  for (const [first, ...more] of times.values()) {
    assert.ok(more.length >= 2);
    for (const [i, time] of more.entries()) assert.ok(Math.abs(time - first! - 60_000 * (i + 1)) < 1e-3);
  }
  await place.role.stop();
});
