import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { GoldenPlane } from "../../test/support/golden-plane.js";
import { configuration } from "../../test/support/ipvs-arbitraries.js";
import { runWith } from "../../test/support/ipvsadm.js";
import { options, servicesJson } from "../config/ipvsadm/index.js";
import { RondoError } from "../errors.js";
import { IpvsError } from "../ipvs/errors.js";
import { MemoryPlane } from "../ipvs/memory-plane.js";
import { endpointText } from "../ipvs/model.js";

test("what is saved is restored, whatever the configuration", async () => {
  await fc.assert(
    fc.asyncProperty(configuration, async (services) => {
      const plane = new MemoryPlane();
      for (const { service, servers } of services) {
        tolerate(() => plane.addService(service));
        for (const server of servers) tolerate(() => plane.addServer(service.id, server));
      }
      const saved = await runWith(plane, ["-S", "-n", "--thresholds"]);
      const restored = new MemoryPlane();
      const ran = await runWith(restored, ["-R"], { input: saved.stdout });
      assert.equal(ran.output, "");
      assert.equal(ran.status, 0);
      assert.deepEqual(contents(restored), contents(plane));
    }),
    { numRuns: 200 },
  );
});

/** A plane's services as texts, in an order of their own: that of listings depends on what was added first. */
function contents(plane: MemoryPlane): string[] {
  const services = plane.services().map((service) => {
    const servers = [...service.servers].sort((one, other) =>
      endpointText(one) < endpointText(other) ? -1 : 1,
    );
    return servicesJson([{ ...service, servers }], 1, false);
  });
  return services.sort();
}

/** Repeated services and servers are refused; that is not what the property is about. */
function tolerate(action: () => void) {
  try {
    action();
  } catch (error) {
    if (!(error instanceof IpvsError)) throw error;
  }
}

test("no command line makes it throw or end silently with an error", async () => {
  const word = fc.oneof(
    fc.constantFrom(...options.flatMap(({ long, short }) => [`--${long}`, ...(short ? [`-${short}`] : [])])),
    fc.constantFrom(
      "-t",
      "10.0.0.1:80",
      "[fd66::1]:80",
      "-r",
      "-f",
      "7",
      "-6",
      "-p",
      "-b",
      "sh-port",
      "-s",
      "sh",
      "master",
    ),
    fc.string({ maxLength: 6 }),
    fc.string({ maxLength: 4 }).map((text) => `-${text}`),
    fc.stringMatching(/^[-a-zA-Z0-9:.[\]=,]{0,20}$/),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 7 }), fc.string(), async (words, input) => {
      const ran = await runWith(new GoldenPlane(), words, { input });
      assert.ok([0, 1, 2, 255].includes(ran.status), `${ran.status}`);
      if (ran.status !== 0) assert.notEqual(ran.stderr, "");
    }),
    { numRuns: 2000 },
  );
});

test("the data plane is opened once, only when it is needed, and closed again", async () => {
  let opened = 0;
  let closed = 0;
  class Counted extends MemoryPlane {
    constructor() {
      super();
      opened++;
    }
    override close() {
      closed++;
    }
  }
  const open = () => new Counted();
  for (const words of [["-h"], ["-v"], ["-A"], ["--bogus"], ["-A", "-t", "x"], ["-L", "-O"]])
    await runWith(open, words);
  assert.equal(opened, 0);
  const lines = Array.from({ length: 500 }, (_, i) => `-A -t 10.0.0.1:${i + 1}\n`).join("");
  const ran = await runWith(open, ["-R"], { input: `${lines}-Sn\n` });
  assert.equal(ran.stdout.split("\n").length, 501);
  assert.deepEqual([opened, closed], [1, 1]);
  await runWith(open, [], { program: "ipvsadm-restore", input: lines });
  assert.deepEqual([opened, closed], [2, 2]);
});

test("a data plane that cannot be opened ends everything with status 2 and what to do", async () => {
  const closedPlane = () => {
    throw new RondoError("no-root", "Permission denied (you must be root)", { remedy: "Run it as root." });
  };
  const expected = "Can't initialize ipvs: Permission denied (you must be root)\nRun it as root.\n";
  assert.deepEqual(await runWith(closedPlane, ["-Ln"]), {
    status: 2,
    output: expected,
    stdout: "",
    stderr: expected,
  });
  const twice = await runWith(closedPlane, ["-R"], { input: "-C\n-C\n" });
  assert.equal(twice.output, expected);
});

test("what a plane cannot do is told with its remedy, and a file of commands goes on", async () => {
  class Narrow extends MemoryPlane {
    override addService(spec: Parameters<MemoryPlane["addService"]>[0]) {
      if (spec.scheduler === "mh")
        throw new RondoError("scheduler-not-yet", "mh is not there yet", {
          exitStatus: 255,
          remedy: "Use rr.",
        });
      super.addService(spec);
    }
  }
  const plane = new Narrow();
  const ran = await runWith(plane, ["-R"], { input: "-A -f 1 -s mh\n-A -f 2 -s rr\n" });
  assert.equal(ran.stderr, "mh is not there yet\nUse rr.\n");
  assert.equal(ran.status, 0);
  assert.equal(plane.services().length, 1);
});

test("errors that nobody expects are not hidden", async () => {
  class Broken extends MemoryPlane {
    override flush() {
      throw new TypeError("a bug");
    }
  }
  await assert.rejects(runWith(new Broken(), ["-C"]), TypeError);
});

test("-R says which line it means only to a terminal, or when asked", async () => {
  const input = "-A -f 1\n\n  -A -f 1  \n-A -f 2 -w 1\n-A -f 3\n";
  const plain = "Service already exists\nIllegal 'weight' option with the 'add-service' command\n";
  const told =
    "Service already exists\nline 3: -A -f 1\n" +
    "Illegal 'weight' option with the 'add-service' command\nline 4: -A -f 2 -w 1\n";
  assert.equal((await runWith(new MemoryPlane(), ["-R"], { input })).stderr, plain);
  assert.equal((await runWith(new MemoryPlane(), ["-R", "--lines"], { input })).stderr, told);
  assert.equal((await runWith(new MemoryPlane(), ["-R"], { input, terminal: true })).stderr, told);
  assert.equal((await runWith(new MemoryPlane(), ["-R"], { input })).status, 2);
});

test("ipvsadm-restore -h changes nothing", async () => {
  const plane = new GoldenPlane();
  const ran = await runWith(plane, ["-h"], { program: "ipvsadm-restore", input: "-C" });
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /^ipvsadm-restore: /);
  assert.equal(plane.services().length, 4);
});

test("-S --thresholds keeps what -S loses", async () => {
  const plane = new MemoryPlane();
  for (const line of [
    "-A -f 1",
    "-a -f 1 -r 10.0.0.1 -x 9 -y 3",
    "-a -f 1 -r 10.0.0.2 -x 9",
    "-a -f 1 -r 10.0.0.3",
  ])
    await runWith(plane, line.split(" "));
  const rules = await runWith(plane, ["-Sn", "--thresholds"]);
  assert.equal(
    rules.stdout,
    "-A -f 1 -s wlc\n-a -f 1 -r 10.0.0.1:0 -g -w 1 -x 9 -y 3\n" +
      "-a -f 1 -r 10.0.0.2:0 -g -w 1 -x 9\n-a -f 1 -r 10.0.0.3:0 -g -w 1\n",
  );
});

test("--json: one document for every listing", async () => {
  const plane = new GoldenPlane();
  const read = async (...words: string[]) => {
    const ran = await runWith(plane, ["-L", "--json", ...words]);
    assert.equal(ran.status, 0);
    assert.ok(ran.stdout.endsWith("}\n"));
    return JSON.parse(ran.stdout);
  };
  const all = await read();
  assert.equal(all.version, "1.2.1");
  assert.equal(all.size, 4096);
  assert.deepEqual(await read("--stats"), all);
  assert.deepEqual(
    all.services.map(({ servers, counters, rates, ...service }: Record<string, unknown>) => service),
    [
      {
        protocol: "tcp",
        address: "192.0.2.10",
        port: 80,
        family: 4,
        scheduler: "wlc",
        flags: [],
        onePacket: false,
      },
      {
        protocol: "tcp",
        address: "192.0.2.10",
        port: 443,
        family: 4,
        scheduler: "sh",
        flags: ["sh-fallback", "sh-port"],
        persistence: { timeout: 360, netmask: "255.255.255.0" },
        onePacket: false,
      },
      {
        protocol: "udp",
        address: "192.0.2.10",
        port: 53,
        family: 4,
        scheduler: "rr",
        flags: [],
        onePacket: true,
      },
      { mark: 7, family: 4, scheduler: "mh", flags: ["mh-fallback"], onePacket: false },
    ],
  );
  assert.deepEqual(all.services[0].servers[2], {
    address: "10.0.0.13",
    port: 80,
    method: "tunnel",
    weight: 3,
    upperThreshold: 2000,
    lowerThreshold: 1500,
    active: 34,
    inactive: 200002,
    persistent: 6,
    counters: { connections: 2000, inPackets: 200000000, outPackets: 0, inBytes: 2000000000000, outBytes: 0 },
    rates: { connections: 5, inPackets: 70, outPackets: 0, inBytes: 100000000, outBytes: 0 },
  });
  assert.deepEqual((await read("-f", "7")).services, [all.services[3]]);
  assert.deepEqual(await read("--timeout"), { timeouts: { tcp: 900, tcpFin: 120, udp: 300 } });
  assert.deepEqual((await read("--daemon")).daemons[0], { role: "master", interface: "eth0", syncId: 5 });
  const { connections } = await read("-c");
  assert.equal(connections.length, 5);
  assert.deepEqual(connections[3], {
    protocol: "ip",
    state: "ASSURED",
    expires: 359,
    client: { address: "198.51.100.0", port: 0 },
    virtual: { address: "0.0.0.7", port: 0 },
    server: { address: "10.0.3.11", port: 0 },
    template: true,
  });
  plane.setConnections([]);
  assert.deepEqual(await read("-c"), { connections: [] });
  plane.flush();
  assert.deepEqual((await read()).services, []);
});

test("--json: counters beyond what a number holds are strings", async () => {
  const plane = new MemoryPlane();
  const id = { kind: "mark", mark: 1, family: 4 } as const;
  plane.addService({ id, scheduler: "rr", schedulerFlags: [], onePacket: false });
  const zero = { connections: 0n, inPackets: 0n, outPackets: 0n };
  plane.setTraffic(id, { counters: { ...zero, inBytes: 2n ** 53n - 1n, outBytes: 2n ** 53n } });
  const { services } = JSON.parse((await runWith(plane, ["-L", "--json"])).stdout);
  assert.equal(services[0].counters.inBytes, 9007199254740991);
  assert.equal(services[0].counters.outBytes, "9007199254740992");
});

test("--json is for listings only", async () => {
  const ran = await runWith(new MemoryPlane(), ["-C", "--json"]);
  assert.equal(ran.stderr, "Illegal 'json' option with the 'flush' command\n");
});

test("a persistence engine is shown with persistence and saved always; connections tell its data", async () => {
  const plane = new MemoryPlane();
  for (const line of ["-A -u 10.0.0.1:5060 -s rr -p 60 --pe sip", "-A -u 10.0.0.2:5060 -s rr --pe sip"])
    await runWith(plane, line.split(" "));
  const list = await runWith(plane, ["-Ln"]);
  assert.match(list.stdout, /^UDP {2}10\.0\.0\.1:5060 rr persistent 60 pe sip\nUDP {2}10\.0\.0\.2:5060 rr$/m);
  const saved = await runWith(plane, ["-Sn"]);
  assert.equal(
    saved.stdout,
    "-A -u 10.0.0.1:5060 -s rr -p 60 --pe sip\n-A -u 10.0.0.2:5060 -s rr --pe sip\n",
  );
  const [entry] = [...new GoldenPlane().connections()];
  plane.setConnections([{ ...entry!, engine: { name: "sip", data: "1234@host" } }]);
  const table = await runWith(plane, ["-Lcn", "--persistent-conn"]);
  assert.equal(
    table.stdout.split("\n")[2],
    "TCP 14:57  ESTABLISHED 198.51.100.1:54321 192.0.2.10:80      10.0.0.11:8080   sip                1234@host",
  );
});
