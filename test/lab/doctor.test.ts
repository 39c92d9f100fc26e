import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, describe, type TestContext, test } from "node:test";
import { explainMissing } from "../../src/bpf/index.js";
import { type LabPatient, labPatient } from "../../src/cli/doctor-lab.js";
import { examine, type Finding, fix } from "../../src/doctor/index.js";
import { findHost } from "../../src/lab/index.js";
import { lacksPrograms, missingPrograms, rondo } from "./running.js";

// Things are broken on the hosts of labs that are up, one step after another; the doctor has to name exactly those, mend what has a
// command, and then find nothing; and requests have to be answered again.

const skip =
  explainMissing("maps", "xdp", "tc", "timers", "loops") ?? lacksPrograms(["ip", "sysctl", "ethtool"]);
/** Milliseconds that answers on the wire are waited for. */
const patience = 150;

/** Commands of a shell, by host. */
type Commands = Readonly<Record<string, string>>;

interface Step {
  readonly name: string;
  readonly broken: Commands;
  /** "HOST CODE", all that is to be found. */
  readonly found: readonly string[];
  /** What takes back what the doctor has no command for, or what was only there for the step. */
  readonly undo?: Commands;
  /** Without these it can't be done. */
  readonly needs?: readonly string[];
  /** A program that listens as long as the step takes. */
  readonly listening?: { readonly host: string; readonly address: string; readonly port: number };
}

interface Surgery {
  readonly lab: string;
  readonly patient: LabPatient;
  ask(path?: string): Promise<string>;
}

/** A lab that is up for all tests of a block, its doctor, and a client that asks the VIP. */
function surgery(topology: string, vip: string, hook: string): Surgery {
  const lab = `doctor-${topology}-${process.pid}`;
  const made: { patient?: LabPatient; client?: ChildProcess; lines?: AsyncIterator<string> } = {};
  before(() => {
    command("lab", "up", topology, "--name", lab, "--hook", hook);
    made.patient = labPatient(lab, patience);
    made.client = findHost(`${lab}/client`).host.spawn(
      process.execPath,
      ["--input-type=module", "-e", client, vip],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    made.lines = createInterface({ input: made.client.stdout! })[Symbol.asyncIterator]();
  });
  after(() => {
    made.patient?.close();
    made.client?.kill("SIGKILL");
    command("lab", "down", lab);
  });
  return {
    lab,
    get patient() {
      return made.patient!;
    },
    async ask(path = "/") {
      made.client!.stdin!.write(`${path}\n`);
      return (await made.lines!.next()).value;
    },
  };
}

/** Asks for the path of each line, each time by a new connection; "/upload" sends 20 kB. Prints who answered, or why nobody did. */
const client = `
  import { request } from "node:http";
  import { once } from "node:events";
import { createInterface } from "node:readline";
  for await (const path of createInterface({ input: process.stdin })) {
    const method = path === "/upload" ? "PUT" : "GET";
    console.log(await new Promise((resolve) => {
      const asked = request({ host: process.argv[1], path: "/", method, agent: false, timeout: 8000 }, (answer) => {
        answer.resume().once("end", () => resolve(answer.headers["x-server"]));
      });
      asked.once("timeout", () => asked.destroy(new Error("no answer")));
      asked.once("error", (error) => resolve(error.message));
      asked.end(method === "PUT" ? "x".repeat(20000) : undefined);
    }));
  }`;

function command(...words: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [rondo, ...words], { encoding: "utf8" });
  if (words[0] === "lab") assert.equal(status, 0, stderr);
  return { status, out: stdout, err: stderr };
}

async function type(patient: LabPatient, commands: Commands = {}): Promise<void> {
  await Promise.all(
    Object.entries(commands).map(async ([host, line]) => {
      const { status, output } = (await patient.run({ host, command: line }))!;
      assert.equal(status, 0, `${host}: ${line}: ${output}`);
    }),
  );
}

/** A program that listens, once it does. */
async function listen(
  lab: string,
  { host, address, port }: NonNullable<Step["listening"]>,
): Promise<ChildProcess> {
  const code = `require("net").createServer().listen(${port}, "${address}", () => console.log("here"))`;
  const child = findHost(`${lab}/${host}`).host.spawn(process.execPath, ["-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  return child;
}

const named = (findings: readonly Finding[]) => findings.map(({ host, code }) => `${host} ${code}`).sort();

/** Both servers answer, in turns; a late packet of what was broken before may take one turn. */
async function answered({ ask }: Surgery): Promise<void> {
  const answers = [await ask(), await ask()];
  if (answers[0] === answers[1]) answers.push(await ask());
  assert.deepEqual([...new Set(answers)].sort(), ["web1", "web2"], answers.join(" "));
}

async function treat(t: TestContext, place: Surgery, step: Step): Promise<void> {
  const missing = missingPrograms(step.needs ?? []);
  if (missing.length > 0) {
    assert.notEqual(process.env["CI"], "true", `${missing.join(", ")} is missing`);
    return t.skip(`needs ${missing.join(", ")}`);
  }
  const { patient } = place;
  const listener = step.listening && (await listen(place.lab, step.listening));
  try {
    await type(patient, step.broken);
    const sick = await patient.look();
    const findings = examine(sick);
    assert.deepEqual(named(findings), [...step.found].sort(), JSON.stringify(findings, undefined, 1));
    const { mended, findings: left } = await fix(patient, sick, () => {});
    for (const { command: line, status, output } of mended) assert.equal(status, 0, `${line}: ${output}`);
    const incurable = findings.filter(({ mend }) => mend.length === 0);
    assert.deepEqual(named(left), named(incurable), JSON.stringify(left, undefined, 1));
    if (left.length > 0) assert.ok(step.undo, "what has no command has to be taken back by the test");
  } finally {
    listener?.kill("SIGKILL");
    await type(patient, step.undo);
  }
  await answered(place);
}

const dr: readonly Step[] = [
  {
    name: "one server answers ARP for the VIP, the other asks as it",
    broken: {
      web1: "sysctl -w net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.lo.arp_ignore=0",
      web2: "sysctl -w net.ipv4.conf.all.arp_announce=0",
    },
    found: ["web1 arp-ignore", "web2 arp-announce"],
  },
  {
    name: "the VIP on a server's interface, and missing on the other",
    broken: {
      web1: "ip addr add 192.168.4.15/24 dev ens37 && ip addr del 192.168.4.15/32 dev lo",
      web2: "ip addr del 192.168.4.15/32 dev lo",
    },
    found: ["web1 vip-on-ethernet", "web2 vip-missing-server"],
  },
  {
    name: "the VIP on lo with the network's mask",
    broken: { web1: "ip addr add 192.168.4.15/24 dev lo && ip addr del 192.168.4.15/32 dev lo" },
    found: ["web1 vip-mask"],
  },
  {
    name: "no VIP on the director",
    broken: { director: "ip addr del 192.168.4.15/24 dev ens33" },
    found: ["director vip-missing-director"],
  },
  {
    name: "a server's interface switched off, the other's cable cut",
    broken: { web1: "ip link set ens37 down", switch: "ip link set web2 down" },
    found: ["web1 link-down", "web2 no-carrier"],
  },
  {
    name: "weight 0 everywhere, and no leave to ask for routes",
    broken: {
      director:
        "for web in 100 200; do echo -e -t 192.168.4.15:80 -r 192.168.4.$web -g -w 0; done | ipvsadm -R; sysctl -w net.ipv4.ip_forward=0",
    },
    found: ["director weights-zero", "director lo-forwarding"],
    undo: { director: "sysctl -w net.ipv4.ip_forward=1 net.ipv4.conf.lo.forwarding=1" },
  },
  {
    name: "a service without servers, one whose servers don't listen, one whose server listens elsewhere",
    broken: {
      director:
        "{ for port in 81 82 83; do echo -A -t 192.168.4.15:$port; done; for port in 81 82; do echo -a -t 192.168.4.15:$port -r 192.168.4.100 -g; done; } | ipvsadm -R",
    },
    listening: { host: "web1", address: "127.0.0.1", port: 82 },
    found: ["director service-empty", "web1 listener-missing", "web1 listener-elsewhere"],
    undo: {
      director: "for port in 81 82 83; do echo -D -t 192.168.4.15:$port; done | ipvsadm -R",
    },
  },
  {
    name: "nft drops a service's packets at one server, iptables at the other",
    needs: ["nft", "iptables"],
    broken: {
      web1: "nft add table inet f && nft add chain inet f in '{ type filter hook input priority 0; }' && nft add rule inet f in tcp dport 80 drop",
      web2: "iptables -A INPUT -p tcp -m multiport --dports 22,8080 -j ACCEPT && iptables -P INPUT DROP",
    },
    found: ["web1 firewall-drop", "web2 firewall-drop"],
    undo: { web1: "nft flush ruleset", web2: "iptables -P INPUT ACCEPT && iptables -F" },
  },
  {
    name: "arptables keeps the director quiet",
    needs: ["arptables"],
    broken: { director: "arptables -A INPUT -d 192.168.4.15 -j DROP" },
    found: ["director arp-blocked"],
  },
  {
    name: "a server with a smaller MTU, a client that leaves checksums to its device",
    broken: { web1: "ip link set ens37 mtu 1400", client: "ethtool -K eth0 tx on" },
    found: ["client tx-checksum", "web1 mtu-mismatch"],
  },
  {
    name: "the director's other end without GRO, a server that answers through the director",
    broken: {
      switch: "ethtool -K director gro off",
      web1: "ip route add 192.168.4.10/32 via 192.168.4.5",
    },
    found: ["switch gro-off", "web1 way-through-director"],
  },
  {
    name: "a strict rp_filter where answers take another way",
    broken: {
      web1: "ip link add back link ens37 type macvlan mode bridge && ip link set back up && ip route add 192.168.4.10/32 dev back src 192.168.4.100 && sysctl -w net.ipv4.conf.ens37.rp_filter=1",
    },
    found: ["web1 rp-filter"],
    undo: { web1: "ip link del back" },
  },
  {
    name: "no route to the client, and one address on both servers",
    broken: { web1: "ip route del 192.168.4.0/24", web2: "ip addr add 192.168.4.100/24 dev ens37" },
    found: ["web1 no-way-back", "web2 address-duplicate"],
    undo: {
      web1: "ip route add 192.168.4.0/24 dev ens37 src 192.168.4.100",
      web2: "ip addr del 192.168.4.100/24 dev ens37",
    },
  },
  {
    name: "short queues and few ports",
    broken: {
      web1: "sysctl -w net.core.somaxconn=16",
      web2: "sysctl -w net.ipv4.ip_local_port_range='60000 60999'",
      director: "sysctl -w net.ipv4.ip_local_port_range='60000 60999'",
    },
    found: ["director ports-few", "web1 somaxconn", "web2 ports-few"],
  },
  {
    name: "the director not attached (it goes on at tc, where rondo chooses), another machine with the VIP",
    broken: { director: "rondo director detach", switch: "ip addr add 192.168.4.15/32 dev vmnet4" },
    found: ["director not-attached", "switch vip-duplicate"],
  },
];

const tun: readonly Step[] = [
  {
    name: "a server that takes nothing out of tunnels, one that takes another kind",
    broken: {
      web1: "rondo realserver tun 200.168.10.10 --undo",
      director: "ipvsadm -e -t 200.168.10.10:80 -r 200.168.10.3:80 -i --tun-type gue --tun-port 7000",
    },
    found: ["web1 no-decapsulation", "web2 tunnel-type"],
  },
];

const nat: readonly Step[] = [
  {
    name: "one server without a gateway, the other with a wrong one",
    broken: { web1: "ip route del default", web2: "ip route replace default via 192.168.2.100" },
    found: ["web1 nat-gateway", "web2 nat-gateway"],
  },
  {
    name: "a client in a server's own network",
    broken: { web1: "ip addr add 192.168.4.77/24 dev ens33" },
    found: ["web1 nat-same-network"],
    undo: { web1: "ip addr del 192.168.4.77/24 dev ens33" },
  },
  {
    name: "the director not attached where answers come from; a server whose interface was off has lost its gateway, too",
    broken: { director: "rondo director detach ens37", web1: "ip link set ens33 down" },
    found: ["director not-attached", "web1 link-down"],
  },
  {
    name: "a server that isn't there, and one without a route",
    broken: {
      director:
        "for to in 192.168.2.99 10.9.9.9; do echo -a -t 192.168.4.5:80 -r $to:80 -m -w 0; done | ipvsadm -R",
    },
    found: ["director server-unreachable", "director server-no-route"],
    undo: {
      director: "for to in 192.168.2.99 10.9.9.9; do echo -d -t 192.168.4.5:80 -r $to:80; done | ipvsadm -R",
    },
  },
  {
    name: "a server program near its limit of files, whose port any connection may take",
    broken: {
      web1: "prlimit --pid $(ss -Hltnp 'sport = 80' | sed 's/.*pid=\\([0-9]*\\).*/\\1/') --nofile=20:4096",
      web2: "sysctl -w net.ipv4.ip_unprivileged_port_start=0 net.ipv4.ip_local_port_range='71 60999'",
    },
    needs: ["prlimit", "ss"],
    found: ["web1 files-limit", "web2 port-taken"],
    undo: {
      web2: "sysctl -w net.ipv4.ip_local_port_range='32768 60999' net.ipv4.ip_unprivileged_port_start=1024",
    },
  },
];

const labs = [
  { topology: "dr", vip: "192.168.4.15", hook: "xdp", steps: dr },
  { topology: "tun", vip: "200.168.10.10", hook: "tc", steps: tun },
  { topology: "nat", vip: "192.168.4.5", hook: "xdp", steps: nat },
] as const;

for (const { topology, vip, hook, steps } of labs)
  describe(`lab ${topology}, the director at ${hook}`, { skip }, () => {
    const place = surgery(topology, vip, hook);

    test("healthy: nothing is found", async () => {
      assert.deepEqual(examine(await place.patient.look()), []);
      await answered(place);
    });

    for (const step of steps) test(step.name, (t) => treat(t, place, step));

    if (topology === "tun")
      test("packets that didn't fit into the tunnel: servers lower what clients send", async () => {
        assert.match(await place.ask("/upload"), /^web/);
        const sick = await place.patient.look();
        assert.deepEqual(named(examine(sick)), ["director tunnel-mtu"]);
        const { findings, mended } = await fix(place.patient, sick, () => {});
        assert.deepEqual(named(findings), []);
        assert.equal(mended.length, 2);
        await answered(place);
      });

    if (topology === "dr")
      test("healthy at tc, too; and the command mends", async () => {
        await type(place.patient, {
          client: "ethtool -K eth0 tx on",
          switch: "ethtool -K director gro off",
        });
        const healthy = command("doctor", "--lab", place.lab, "--json", "--strict");
        assert.deepEqual(JSON.parse(healthy.out).findings, []);
        assert.equal(healthy.status, 0);
        await answered(place);
        await type(place.patient, { web1: "ip addr del 192.168.4.15/32 dev lo" });
        const plain = command("doctor", "--lab", place.lab);
        assert.equal(plain.status, 1);
        assert.match(plain.out, /^web1: error vip-missing-server: /);
        assert.match(plain.out, /\n {4}mend: {3}ip addr add 192\.168\.4\.15\/32 dev lo\n/);
        const fixed = command("doctor", "--lab", place.lab, "--fix", "--json");
        assert.equal(fixed.status, 0);
        assert.match(fixed.err, /^web1: ip addr add 192\.168\.4\.15\/32 dev lo\n$/);
        const { findings, mended } = JSON.parse(fixed.out);
        assert.deepEqual(findings, []);
        assert.equal(mended[0].status, 0);
        await answered(place);
      });
  });
