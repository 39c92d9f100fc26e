import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { explainMissing, pinFolder, removePins } from "../../src/bpf/index.js";
import { run as realserver } from "../../src/cli/realserver.js";
import { resetDirector, tunnelEnds } from "../../src/dataplane/xdp/index.js";
import { RondoError } from "../../src/errors.js";
import { make } from "../../src/realserver/index.js";
import { recordFolder } from "../../src/realserver/record-file.js";
import { allTypes, type Wanted } from "../../src/realserver/wanted.js";
import {
  networkNamespaceCookie,
  readSysctl,
  withNetworkNamespace,
  writeSysctl,
} from "../../src/sys/index.js";
import { ip, type Place, peer, places } from "./netlink-places.js";
import { rondo } from "./running.js";

const vip = "10.9.0.15";
const vip6 = "fd00:9::15";
/** In front of the director: where NAT's clients are. */
const outside = "10.8.0.15";

/**
 *     client eth0 ─┬─ switch ─┬─ eth0 director        10.9.0.1 .2 .3, fd00:9::1 ::2 ::3
 *            eth1 ─│──────────│─ eth1
 *                  └──────────┴─ eth0 server
 */
interface Cluster {
  readonly client: Place;
  readonly director: Place;
  readonly server: Place;
}

function cluster(t: TestContext): Cluster | undefined {
  const made = places(t, 4);
  if (!made) return undefined;
  const missing = explainMissing("maps", "tc", "timers", "loops");
  if (missing) {
    t.skip(missing);
    return undefined;
  }
  const [client, director, server, middle] = made as [Place, Place, Place, Place];
  for (const { namespace } of [director, server]) {
    const cookie = withNetworkNamespace(namespace, networkNamespaceCookie);
    t.after(() => {
      resetDirector(undefined, cookie);
      removePins(pinFolder(cookie, "server"));
      rmSync(recordFolder(cookie), { recursive: true, force: true });
    });
  }
  middle.network.links.createBridge({ name: "br0", up: true });
  for (const [index, host] of [client, director, server].entries()) {
    const name = `port${index}`;
    middle.network.links.createVeth({
      name,
      up: true,
      peer: { name: "eth0", namespace: host.namespace, up: true },
    });
    middle.network.links.change(name, { master: "br0" });
    address(host, "eth0", `10.9.0.${index + 1}`, 24);
    address(host, "eth0", `fd00:9::${index + 1}`, 64);
  }
  client.network.links.createVeth({
    name: "eth1",
    up: true,
    peer: { name: "eth1", namespace: director.namespace, up: true },
  });
  address(client, "eth1", "10.8.0.1", 24);
  address(director, "eth1", "10.8.0.2", 24);
  address(director, "eth1", outside, 32);
  withNetworkNamespace(director.namespace, () => writeSysctl("net.ipv4.ip_forward", 1));
  return { client, director, server };
}

const address = ({ network }: Place, link: string, text: string, prefixLength: number) =>
  network.addresses.add(link, { address: ip(text), prefixLength, noDuplicateDetection: text.includes(":") });

const within = <T>(place: Place, work: () => T): T => withNetworkNamespace(place.namespace, work);

/** Runs rondo somewhere. */
function run(place: Place, words: readonly string[], input = "") {
  const { status, stdout, stderr } = within(place, () =>
    spawnSync(process.execPath, [rondo, ...words], { encoding: "utf8", input, timeout: 60_000 }),
  );
  return { status, stdout, stderr };
}

/** Runs rondo realserver there, in this process: it comes much sooner to its end. */
function server(place: Place, ...words: string[]) {
  const said = { stdout: "", stderr: "" };
  const into = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      said[name] += text;
    },
  });
  try {
    const status = within(place, () => realserver(words, { stdout: into("stdout"), stderr: into("stderr") }));
    return { status, ...said };
  } catch (error) {
    if (!(error instanceof RondoError)) throw error;
    const stderr = `${said.stderr}rondo: ${error.message}\n${error.remedy ? `${error.remedy}\n` : ""}`;
    return { ...said, stderr, status: error.exitStatus };
  }
}

function ok({ status, stdout, stderr }: ReturnType<typeof run>): string {
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

/** All of a server that `rondo realserver` may change. */
function picture(place: Place): object {
  const { network } = place;
  const keys = ["arp_ignore", "arp_announce", "rp_filter", "accept_redirects", "send_redirects"];
  const sysctls = within(place, () =>
    ["all", "lo", "eth0"].flatMap((name) => keys.map((key) => readSysctl(`net.ipv4.conf.${name}.${key}`))),
  );
  const text = (value: unknown) =>
    JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${one}` : one));
  return {
    sysctls,
    addresses: network.addresses.list("lo").map(text),
    routes: network.routes.list().map(text).sort(),
    lo: network.links.get("lo").up,
    ends: within(place, tunnelEnds).map((end) => `${end.vip}`),
  };
}

const serving = `
require("node:http").createServer((request, response) => response.end("here\\n")).listen(80, "::", () => console.log("ready"));
`;
const asking = `
const [, url, times] = process.argv;
const get = () => new Promise((resolve) => {
  const request = require("node:http").get(url, { agent: false, timeout: times > 1 ? 10_000 : 2000 }, (response) => {
    let text = "";
    response.on("data", (data) => (text += data));
    response.on("end", () => resolve(text.trim()));
  });
  request.on("timeout", () => request.destroy(new Error("no answer")));
  request.on("error", (error) => resolve(error.message));
});
(async () => {
  const answers = [];
  for (let i = 0; i < times; i++) answers.push(await get());
  console.log(answers.join(","));
})();
`;

const ask = (place: Place, url: string, times = 3): string =>
  within(place, () =>
    spawnSync(process.execPath, ["-e", asking, url, `${times}`], { encoding: "utf8", timeout: 60_000 }),
  ).stdout.trim();

/** One service with one server on the director. */
function direct(director: Place, service: string, real: string, method: string): void {
  const rules = `-C\n-A -t ${service} -s rr\n-a -t ${service} -r ${real} ${method}\n`;
  ok(run(director, ["ipvsadm", "-R"], rules));
}

test("real servers by each method, from a bare host to answers through a director, and back", async (t) => {
  const made = cluster(t);
  if (!made) return;
  const { client, director, server: place } = made;
  const web = within(place, () =>
    spawn(process.execPath, ["-e", serving], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  t.after(() => web.kill());
  await once(web.stdout!, "data");
  within(place, () => writeSysctl("net.ipv4.conf.eth0.rp_filter", 1));
  const before = picture(place);
  const back = (...words: string[]) => {
    ok(server(place, ...words, "--undo"));
    assert.deepEqual(picture(place), before);
    assert.ok(!existsSync(within(place, () => recordFolder())));
  };

  await t.test("dr, over both families", () => {
    address(director, "eth0", vip, 32);
    address(director, "eth0", vip6, 128);
    assert.equal(
      ok(server(place, "dr", vip, "--dry-run")),
      [
        "sysctl -w net.ipv4.conf.all.arp_ignore=1",
        "sysctl -w net.ipv4.conf.all.arp_announce=2",
        `ip addr add ${vip}/32 dev lo label lo:0`,
        "",
      ].join("\n"),
    );
    assert.deepEqual(picture(place), before);
    for (let turn = 0; turn < 2; turn++)
      for (const one of [vip, vip6]) assert.equal(ok(server(place, "dr", one)), "");
    assert.match(ok(server(place, "dr", vip, "--dry-run")), /^# all of it is so already$/m);
    const direction: [string, string, string][] = [
      [`${vip}:80`, "10.9.0.3:80", `http://${vip}/`],
      [`[${vip6}]:80`, "[fd00:9::3]:80", `http://[${vip6}]/`],
    ];
    for (const [service, real, url] of direction) {
      direct(director, service, real, "-g");
      assert.equal(ask(client, url), "here,here,here");
    }
    // The client learnt where the VIP is from the director alone.
    const neighbour = client.network.neighbours.find("eth0", ip(vip));
    assert.deepEqual(neighbour?.mac, director.network.links.get("eth0").mac);
    ok(server(place, "dr", vip, "--undo"));
    back("dr", vip6);
    assert.match(
      server(place, "dr", vip, "--undo").stderr,
      /no real server of 10.9.0.15 by DR: there is nothing to undo/,
    );
  });

  await t.test("tun", () => {
    ok(server(place, "tun", vip));
    direct(director, `${vip}:80`, "10.9.0.3:80", "-i");
    assert.equal(ask(client, `http://${vip}/`), "here,here,here");
    assert.match(
      ok(server(place, "status")),
      /10.9.0.15, by TUN: all of it holds; [1-9]\d* packets from tunnels/,
    );
    back("tun", vip);
    const kernel = server(place, "tun", vip, "--kernel");
    if (kernel.status === 0)
      back("tun", vip); // A kernel that has it.
    else assert.match(kernel.stderr, /this kernel has no IPIP.*\nLeave --kernel out/);
  });

  await t.test("nat, for clients elsewhere, and for those on the server's own network", () => {
    place.network.routes.add({ gateway: ip("10.9.0.77"), link: "eth0", protocol: "dhcp", mtu: 1400 });
    const before = picture(place);
    ok(server(place, "nat", outside, "--gateway", "10.9.0.2"));
    direct(director, `${outside}:80`, "10.9.0.3:80", "-m");
    assert.equal(ask(client, `http://${outside}/`), "here,here,here");
    ok(server(place, "nat", outside, "--undo"));
    assert.deepEqual(picture(place), before);

    direct(director, `${vip}:80`, "10.9.0.3:80", "-m");
    const past = server(place, "nat", vip, "--gateway", "10.9.0.2");
    assert.equal(past.status, 0);
    assert.match(past.stderr, /the VIP 10.9.0.15 is on 10.9.0.0\/24, where this server is, too/);
    assert.doesNotMatch(ask(client, `http://${vip}/`, 1), /here/);
    ok(server(place, "nat", vip, "--gateway", "10.9.0.2", "--client", "10.9.0.0/24"));
    assert.equal(ask(client, `http://${vip}/`), "here,here,here");
    ok(server(place, "nat", "--gateway", "10.9.0.2", "--undo"));
    assert.deepEqual(picture(place), before);
    place.network.routes.remove({ gateway: ip("10.9.0.77"), link: "eth0" });
  });

  await t.test("arptables in the place of the sysctls: nobody learns of the VIP from the server", () => {
    if (!peer(t, "arptables")) return;
    const folder = mkdtempSync(join(tmpdir(), "rondo-arptables-"));
    try {
      const text = ok(server(place, "dr", vip, "--print", "arptables"));
      const file = join(folder, "rules");
      writeFileSync(file, text);
      const restored = within(place, () =>
        spawnSync("sh", ["-c", `arptables-restore < ${file}`], { encoding: "utf8" }),
      );
      if (restored.status !== 0) return t.diagnostic(`arptables can't: ${restored.stderr}`);
      address(place, "lo", vip, 32);
      direct(director, `${vip}:80`, "10.9.0.3:80", "-g");
      client.run("ip", "neigh", "flush", "dev", "eth0");
      assert.equal(ask(client, `http://${vip}/`), "here,here,here");
      assert.deepEqual(
        client.network.neighbours.find("eth0", ip(vip))?.mac,
        director.network.links.get("eth0").mac,
      );
    } finally {
      rmSync(folder, { recursive: true });
      place.network.addresses.remove("lo", { address: ip(vip) });
      within(place, () => spawnSync("arptables", ["-F"]));
    }
  });
});

/** Ends the work as kill -9 would, before one of its changes. */
class Killed extends Error {}

test("killed at any step, two at once, and what somebody changed: it can always be taken back", async (t) => {
  const made = cluster(t);
  if (!made) return;
  const { server: place } = made;
  const { network } = place;
  network.links.change("lo", { up: false });
  network.routes.add({ gateway: ip("10.9.0.77"), link: "eth0" });
  const before = picture(place);
  const wanted: Wanted[] = [
    { method: "dr", vip: ip(vip), interfaces: [] },
    { method: "tun", vip: ip(vip), interfaces: [], types: allTypes, kernel: false, clampMss: false },
    {
      method: "nat",
      vip: undefined,
      gateway: ip("10.9.0.2"),
      interfaces: [],
      clients: [{ address: ip("10.9.0.0"), length: 24 }],
    },
  ];
  const undoWords = { dr: ["dr", vip], tun: ["tun", vip], nat: ["nat", "--gateway", "10.9.0.2"] };

  await t.test("killed before its n-th change", () => {
    for (const one of wanted) {
      let changes = 0;
      for (let last = 0; last <= changes; last++) {
        changes = 0;
        const dieAt = () => {
          if (changes++ === last) throw new Killed();
        };
        try {
          within(place, () => make(one, dieAt));
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
        // Each other time somebody has it finished first.
        if (last % 2 === 1) within(place, () => make(one));
        ok(server(place, ...undoWords[one.method], "--undo"));
        assert.deepEqual(picture(place), before, `${one.method}, killed at ${last}`);
      }
      assert.ok(changes >= 4);
    }
  });

  await t.test("killed by kill -9", async () => {
    for (const pause of [0, 40]) {
      const child = within(place, () => spawn(process.execPath, [rondo, "realserver", "tun", vip]));
      const folder = within(place, () => recordFolder());
      const ended = once(child, "close");
      for (let tries = 0; tries < 6000 && !existsSync(`${folder}/record.json`); tries++) await sleep(5);
      await sleep(pause);
      child.kill("SIGKILL");
      await ended;
      ok(server(place, "tun", vip, "--undo"));
      assert.deepEqual(picture(place), before);
    }
  });

  await t.test("four at once: each VIP has a label of its own, and each goes", async () => {
    const vips = [11, 12, 13, 14].map((number) => `10.9.0.${number}`);
    const all = async (...more: string[]) => {
      const children = vips.map((one) =>
        within(place, () => spawn(process.execPath, [rondo, "realserver", "dr", one, ...more])),
      );
      return Promise.all(children.map(async (child) => (await once(child, "close"))[0]));
    };
    assert.deepEqual(await all(), [0, 0, 0, 0]);
    const labels = network.addresses.list("lo").map(({ label }) => label);
    assert.deepEqual(labels.filter((label) => label?.includes(":")).sort(), ["lo:0", "lo:1", "lo:2", "lo:3"]);
    const told = server(place, "--undo");
    assert.equal(told.status, 2);
    for (const one of vips)
      assert.match(told.stderr, new RegExp(`^ {2}rondo realserver dr ${one} --undo$`, "m"));
    assert.match(server(place, "dr", "--undo").stderr, /the VIP is missing. What this host was made/);
    assert.deepEqual(await all("--undo"), [0, 0, 0, 0]);
    assert.deepEqual(picture(place), before);
  });

  await t.test("status tells what holds no more; what somebody has changed since stays his", () => {
    ok(server(place, "dr", vip));
    ok(server(place, "nat", "--gateway", "10.9.0.2"));
    within(place, () => writeSysctl("net.ipv4.conf.all.arp_announce", 1));
    network.addresses.remove("lo", { address: ip(vip) });
    network.routes.replace({ gateway: ip("10.9.0.78"), link: "eth0" });
    const { status, stdout } = server(place, "status");
    assert.equal(status, 1);
    assert.match(stdout, /^real server of 10.9.0.15, by DR: not all of it holds$/m);
    assert.match(stdout, /^ {2}holds +net.ipv4.conf.all.arp_ignore is 1, 2 or 8$/m);
    assert.match(stdout, /^ {2}NOT SO +net.ipv4.conf.all.arp_announce is 2$/m);
    assert.match(stdout, /^ {2}NOT SO +lo has 10.9.0.15\/32$/m);
    assert.match(stdout, /^behind the director 10.9.0.2, by NAT: not all of it holds$/m);
    address(place, "eth0", vip, 32);
    assert.match(server(place, "status").stdout, /NOT SO {2}eth0 has 10.9.0.15\/32: this host answers ARP/);
    const { servers } = JSON.parse(server(place, "status", "--json").stdout);
    assert.equal(servers[0].error.code, "vip-elsewhere");
    network.addresses.remove("eth0", { address: ip(vip) });
    const plan = JSON.parse(ok(server(place, "dr", vip, "--undo", "--dry-run", "--json")));
    assert.deepEqual(plan.commands, ["ip link set lo down", "sysctl -w net.ipv4.conf.all.arp_ignore=0"]);
    ok(server(place, "dr", vip, "--undo"));
    ok(server(place, "nat", "--gateway", "10.9.0.2", "--undo"));
    assert.equal(
      within(place, () => readSysctl("net.ipv4.conf.all.arp_announce")),
      "1",
    );
    assert.ok(
      network.routes.list({ family: 4 }).some(({ nextHops }) => `${nextHops[0]?.gateway}` === "10.9.0.78"),
    );
    within(place, () => writeSysctl("net.ipv4.conf.all.arp_announce", 0));
    network.routes.replace({ gateway: ip("10.9.0.77"), link: "eth0" });
    assert.deepEqual(picture(place), { ...before, routes: (picture(place) as { routes: string[] }).routes });
  });

  await t.test("what the kernel refuses on the way is taken back", () => {
    within(place, () => writeSysctl("net.ipv6.conf.lo.disable_ipv6", 0));
    const refused = within(place, () => {
      try {
        // Somebody takes the address away from under it: EEXIST.
        make(wanted[0]!, (action) => {
          if (action.do === "add-address") network.addresses.add("lo", { address: ip(vip) });
        });
      } catch (error) {
        return (error as { code: string }).code;
      }
      return undefined;
    });
    assert.equal(refused, "netlink-eexist");
    network.addresses.remove("lo", { address: ip(vip) });
    assert.ok(!existsSync(within(place, () => recordFolder())));
    const now = picture(place) as { sysctls: string[] };
    assert.deepEqual(now.sysctls, (before as { sysctls: string[] }).sysctls);
  });
});

test("what realserver is asked wrongly, and asked without root", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const [place] = made as [Place];
  const says = (expected: RegExp, status: number, ...words: string[]) => {
    const result = server(place, ...words);
    assert.match(result.stderr, expected);
    assert.equal(result.status, status, words.join(" "));
  };
  says(/usage/, 2);
  says(/there is no method tum; did you mean tun/, 2, "tum", vip);
  says(/the VIP is missing/, 2, "tun");
  says(/192.0.2 is no IP address/, 2, "tun", "192.0.2");
  says(/10.9.0.15\/24 is no IP address; did you mean 10.9.0.15\?/, 2, "dr", "10.9.0.15/24");
  says(/did you mean --undo/, 2, "tun", vip, "--unod");
  says(/--type belongs to rondo realserver tun/, 2, "dr", vip, "--type", "gre");
  says(/--type takes/, 2, "tun", vip, "--type", "gue");
  says(/--clamp-mss is not for --kernel/, 2, "tun", vip, "--kernel", "--clamp-mss");
  says(/--undo and --print/, 2, "dr", vip, "--undo", "--print", "sysctl");
  says(/--print takes .*did you mean netplan/, 2, "dr", vip, "--print", "netpaln");
  says(/--install belongs to --unit/, 2, "dr", vip, "--install");
  says(/--gateway is missing/, 2, "nat", vip);
  says(/two families/, 2, "nat", vip, "--gateway", "fd00::1");
  says(/--client 10.9.0.1\/24 has more in it/, 2, "nat", "--gateway", "10.9.0.2", "--client", "10.9.0.1/24");
  says(/no Ethernet interface that is up/, 1, "tun", vip);
  says(/there is no interface eth7/, 1, "tun", vip, "--interface", "eth7");
  says(/on no network of this host/, 1, "nat", "--gateway", "10.9.0.2");
  says(/there is nothing to undo/, 0, "nat", "--gateway", "10.9.0.2", "--undo");
  says(/--undo|this host was made no real server/, 2, "dr", "--undo");
  assert.match(ok(server(place, "status")), /this host was made no real server/);

  const folder = mkdtempSync(join(tmpdir(), "rondo-unit-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const unit = ok(server(place, "nat", "--gateway", "10.9.0.2", "--client", "10.9.0.0/24", "--unit"));
  assert.match(
    unit,
    /^ExecStart=".*node" ".*rondo" "realserver" "nat" "--gateway" "10.9.0.2" "--client" "10.9.0.0\/24"$/m,
  );
  assert.match(unit, /^ExecStop=.* "nat" "--gateway" "10.9.0.2" "--undo"$/m);
  const said = ok(server(place, "dr", vip6, "--unit", "--install", "--into", folder));
  assert.match(said, /rondo-realserver-dr-fd00-9--15.service is written/);

  const nobody = (...words: string[]) =>
    within(place, () =>
      spawnSync(
        "setpriv",
        ["--reuid", "65534", "--clear-groups", process.execPath, rondo, "realserver", ...words],
        {
          encoding: "utf8",
        },
      ),
    );
  if (nobody("--help").status !== 0) return t.diagnostic("no setpriv, or nobody may not read this folder");
  const refused = nobody("dr", vip);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /needs root\nRun it as root; --dry-run/);
  assert.match(nobody("dr", vip, "--undo").stderr, /needs root/);
  assert.match(nobody("dr", vip, "--dry-run").stdout, /^ip addr add 10.9.0.15\/32 dev lo label lo:0$/m);
});
