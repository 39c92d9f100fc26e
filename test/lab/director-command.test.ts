import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bpfAccess, listPins, openPinnedLink, pinFolder } from "../../src/bpf/index.js";
import { attachments, HostNetwork } from "../../src/dataplane/xdp/index.js";
import {
  AF_PACKET,
  close,
  createNetworkNamespace,
  networkNamespaceCookie,
  packetAddress,
  SOCK_RAW,
  sendTo,
  socket,
  withNetworkNamespace,
} from "../../src/sys/index.js";
import { ethernet, IpAddress } from "../../src/wire/index.js";
import { clientMac, directorMac } from "./director-place.js";
import { type Place, places } from "./netlink-places.js";
import { rondo, start } from "./running.js";

const vip = "192.168.4.15";

interface Result {
  readonly status: number | null;
  readonly signal: string | null;
  readonly error?: Error;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host with one cable to another one, and the command in it. */
class Host {
  constructor(
    readonly near: Place,
    readonly far: Place,
  ) {}

  inside<T>(work: () => T): T {
    return withNetworkNamespace(this.near.namespace, work);
  }

  rondo(...words: string[]): Result {
    return this.inside(() => spawnSync(process.execPath, [rondo, ...words], { encoding: "utf8" }));
  }

  /** As {@link rondo}, and it must end well. */
  done(...words: string[]): string {
    const { status, signal, error, stdout, stderr } = this.rondo(...words);
    assert.equal(status, 0, `rondo ${words.join(" ")}: ${signal ?? error ?? ""} ${stderr}`);
    assert.equal(stderr, "");
    return stdout;
  }

  /** As nobody. */
  nobody(...words: string[]): Result {
    const who = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    return this.inside(() =>
      spawnSync("setpriv", [...who, process.execPath, rondo, ...words], { encoding: "utf8" }),
    );
  }

  get folder(): string {
    return this.inside(() => pinFolder());
  }

  /** How the director is attached, by interface. */
  attached(): Record<string, string> {
    return this.inside(() => {
      const host = new HostNetwork();
      const found = attachments({ folder: this.folder }, host);
      host.close();
      return Object.fromEntries(found.map(({ link, attachment }) => [link.name, attachment]));
    });
  }

  cable(name: string, mac?: string): number {
    const { links } = this.near.network;
    const namespace = this.far.namespace;
    links.createVeth({
      name,
      up: true,
      ...(mac && { mac }),
      peer: { name: `far-${name}`, namespace, up: true },
    });
    return links.get(name).index;
  }

  link(index: number) {
    const held = openPinnedLink(`${this.folder}/link_${index}`);
    const info = held.info();
    held.close();
    return info;
  }
}

function host(t: TestContext): Host | undefined {
  const made = places(t, 2);
  if (!made) return undefined;
  if (bpfAccess() !== "yes") {
    t.skip("needs bpf");
    return undefined;
  }
  const host = new Host(made[0]!, made[1]!);
  const folder = host.folder;
  t.after(() => {
    for (const name of listPins(folder)) spawnSync("rm", ["-f", `${folder}/${name}`]);
    spawnSync("rmdir", [folder]);
  });
  return host;
}

test("what can't be is refused in a sentence, with nothing made", (t) => {
  const place = host(t);
  if (!place) return;
  place.cable("eth0");
  const refused: [words: string, status: number, sentence: RegExp][] = [
    ["frob", 2, /no command frob/],
    ["statsu", 2, /did you mean status\?/],
    ["attach --hook foo", 2, /--hook takes xdp, tc, clsact or auto, not foo/],
    ["attach --hook", 2, /--hook takes/],
    ["attach --bogus", 2, /no option --bogus/],
    ["attach eth1", 1, /no interface eth1; did you mean eth0\?/],
    ["detach nope", 1, /no interface nope/],
    ["status eth0", 2, /eth0: nothing more is expected/],
    ["auto please", 2, /please: nothing more is expected/],
    ["watch eth0", 2, /eth0: nothing more is expected/],
    ["reset --hard", 2, /no option --hard/],
    ["vip add 1.2.3 dev eth0", 2, /1\.2\.3 is no IP address/],
    ["vip add 192.168.4.15/33 dev eth0", 2, /\/33 is no prefix length/],
    ["vip add 192.168.4.15 dev eth7", 1, /no interface eth7/],
    ["vip add 192.168.4.15", 2, /usage: rondo director vip/],
  ];
  for (const [words, status, sentence] of refused) {
    const result = place.rondo("director", ...words.split(" "));
    assert.match(result.stderr, sentence, words);
    assert.equal(result.status, status, words);
    assert.equal(result.stdout, "", words);
    assert.doesNotMatch(result.stderr, /\n {4}at /, words);
  }
  assert.deepEqual(JSON.parse(place.done("director", "status", "--json")).interfaces, []);
  assert.equal(existsSync(place.folder), false, "looking and refusing make nothing");
  if (spawnSync("setpriv", ["--version"]).error) return;
  for (const words of ["director status", "director reset", "ipvsadm -C"]) {
    const result = place.nobody(...words.split(" "));
    assert.match(result.stderr, /needs root/, words);
    assert.notEqual(result.status, 0, words);
    assert.doesNotMatch(result.stderr, /\n {4}at /, words);
  }
});

test("attached, replaced at one stroke, moved from hook to hook, detached, left to itself, reset", (t) => {
  const place = host(t);
  if (!place) return;
  const index = place.cable("eth0");
  assert.equal(place.done("director", "attach", "eth0"), "eth0: tcx\n");
  const first = place.link(index);
  place.done("director", "attach", "eth0");
  const second = place.link(index);
  assert.equal(second.id, first.id, "the same link");
  assert.equal(second.programId, first.programId, "tc's program is the same for all");

  const filters = () => place.near.network.trafficControl.filters("eth0", "ingress").length;
  assert.equal(place.done("director", "attach", "--hook", "xdp", "eth0"), "eth0: xdp\n");
  assert.equal(place.near.network.links.get("eth0").xdp?.mode, "native");
  const status = JSON.parse(place.done("director", "status", "--json"));
  assert.deepEqual(status.interfaces, [{ name: "eth0", index, attachment: "xdp" }]);
  assert.equal(status.automatic, false);
  assert.equal(place.done("director", "attach", "--hook", "clsact"), "eth0: clsact\n");
  assert.equal(place.near.network.links.get("eth0").xdp, undefined);
  assert.deepEqual([place.attached(), filters()], [{ eth0: "clsact" }, 1]);
  place.done("director", "attach", "--hook", "clsact", "eth0");
  assert.equal(filters(), 1, "replaced");
  assert.equal(place.done("director", "attach", "--hook", "tc", "eth0"), "eth0: tcx\n");
  assert.equal(filters(), 0);

  // What can't be attached leaves what is there: a macvlan has no native XDP.
  place.near.network.links.createMacvlan({ name: "above", parent: "eth0", up: true });
  assert.equal(place.done("director", "attach", "above"), "above: tcx\n");
  const refused = place.rondo("director", "attach", "--hook", "xdp", "above");
  assert.equal(refused.status, 1, refused.stdout);
  assert.match(refused.stderr, /cannot attach xdp .*\nThe device's driver has no native XDP/s);
  assert.deepEqual(place.attached(), { eth0: "tcx", above: "tcx" });
  place.near.network.links.remove("above");

  assert.equal(place.done("director", "detach"), "");
  assert.match(place.rondo("director", "detach", "eth0").stderr, /not attached/);
  place.done("ipvsadm", "-A", "-t", `${vip}:80`, "-s", "rr");
  assert.deepEqual(place.attached(), {}, "chosen by hand");
  place.done("director", "auto");
  place.done("ipvsadm", "-A", "-t", `${vip}:81`);
  assert.deepEqual(place.attached(), { eth0: "tcx" });

  // An interface that goes, and another one that comes.
  place.near.network.links.remove("eth0");
  assert.match(place.done("director", "status"), /attached to no interface/);
  assert.ok(listPins(place.folder).includes(`link_${index}`), "looking changes nothing");
  const other = place.cable("eth1");
  place.done("ipvsadm", "-A", "-t", `${vip}:82`);
  assert.deepEqual(
    listPins(place.folder).filter((name) => name.startsWith("link")),
    [`link_${other}`],
  );
  place.done("director", "attach", "--hook", "clsact", "eth1");
  place.done("director", "reset");
  assert.equal(place.near.network.trafficControl.filters("eth1", "ingress").length, 0);
  assert.equal(existsSync(place.folder), false);
  assert.deepEqual(place.attached(), {});
});

test("watch follows interfaces that come, a reset, and ends by a signal", async (t) => {
  const place = host(t);
  if (!place) return;
  place.cable("eth0");
  place.done("ipvsadm", "-A", "-t", `${vip}:80`);
  place.done("director", "detach", "eth0");
  const { child, until, end, said } = start(t, (work) => place.inside(work), ["director", "watch"]);
  await until(/watching/);
  place.cable("eth1");
  await until(/eth1: tcx/);
  assert.doesNotMatch(said(), /eth0/, "it was detached by hand");
  place.done("director", "reset");
  place.cable("eth2");
  await until(/eth2: tcx/);
  await until(/eth0: tcx/);
  place.done("ipvsadm", "-A", "-t", `${vip}:81`);
  assert.deepEqual(Object.keys(place.attached()).sort(), ["eth0", "eth1", "eth2"]);
  child.kill("SIGTERM");
  const { status } = await end();
  assert.equal(status, 0, said());
});

test("the tc hook leaves a VLAN's packets alone", async (t) => {
  const place = host(t);
  if (!place) return;
  place.cable("eth0", directorMac);
  const { addresses } = place.near.network;
  addresses.add("eth0", { address: IpAddress.of("192.168.4.5"), prefixLength: 24 });
  addresses.add("eth0", { address: IpAddress.of(vip), prefixLength: 32 });
  place.near.network.neighbours.replace("eth0", IpAddress.of("192.168.4.100"), "02:00:c0:a8:04:64");
  place.done("ipvsadm", "-A", "-t", `${vip}:80`, "-s", "rr");
  place.done("ipvsadm", "-a", "-t", `${vip}:80`, "-r", "192.168.4.100");
  withNetworkNamespace(place.far.namespace, () => {
    const index = place.far.network.links.get("far-eth0").index;
    const fd = socket(AF_PACKET, SOCK_RAW, 0);
    for (const vlan of [7, undefined]) {
      const frame = ethernet({ source: clientMac, destination: directorMac, ...(vlan && { vlan }) })
        .ipv4({ source: "192.168.4.10", destination: vip })
        .tcp({ source: 1000 + (vlan ?? 0), destination: 80, syn: true })
        .bytes();
      sendTo(fd, frame, packetAddress(0x0800, index));
    }
    close(fd);
  });
  const connections = () => place.done("ipvsadm", "-Lcn").trim().split("\n").slice(2);
  for (let i = 0; i < 20 && connections().length === 0; i++) await sleep(50);
  assert.equal(connections().length, 1);
  assert.match(connections()[0]!, /192\.168\.4\.10:1000 /);
});

test("at native XDP the MTU may grow, and jumbo frames are directed", async (t) => {
  const place = host(t);
  if (!place) return;
  place.cable("eth0", directorMac);
  const { addresses, links } = place.near.network;
  addresses.add("eth0", { address: IpAddress.of("192.168.4.5"), prefixLength: 24 });
  addresses.add("eth0", { address: IpAddress.of(vip), prefixLength: 32 });
  place.near.network.neighbours.replace("eth0", IpAddress.of("192.168.4.100"), "02:00:c0:a8:04:64");
  place.done("director", "attach", "eth0", "--hook", "xdp");
  place.done("ipvsadm", "-A", "-u", `${vip}:80`, "-s", "rr");
  place.done("ipvsadm", "-a", "-u", `${vip}:80`, "-r", "192.168.4.100");
  links.change("eth0", { mtu: 9000 });
  place.far.network.links.change("far-eth0", { mtu: 9000 });
  // The MTU of the way is asked about again after a moment.
  place.done("ipvsadm", "-e", "-u", `${vip}:80`, "-r", "192.168.4.100", "-w", "2");
  withNetworkNamespace(place.far.namespace, () => {
    const index = place.far.network.links.get("far-eth0").index;
    const fd = socket(AF_PACKET, SOCK_RAW, 0);
    const frame = ethernet({ source: clientMac, destination: directorMac })
      .ipv4({ source: "192.168.4.10", destination: vip })
      .udp({ source: 1000, destination: 80 })
      .payload(new Uint8Array(8000));
    sendTo(fd, frame, packetAddress(0x0800, index));
    close(fd);
  });
  const bytes = () =>
    /192\.168\.4\.100:80 .* (\d+) +0$/m.exec(place.done("ipvsadm", "-Ln", "--stats", "--exact"));
  for (let i = 0; i < 20 && bytes()?.[1] !== "8028"; i++) await sleep(50);
  assert.equal(bytes()?.[1], "8028");
  assert.equal(JSON.parse(place.done("director", "status", "--json")).events.too_big, 0);
});

test("what dead namespaces left is collected, and nothing of those that only a descriptor holds", (t) => {
  const place = host(t);
  if (!place) return;
  place.cable("eth0");
  const dying = createNetworkNamespace();
  const folder = withNetworkNamespace(dying, () => pinFolder(networkNamespaceCookie()));
  const add = ["ipvsadm", "-A", "-t", `${vip}:80`];
  const made = withNetworkNamespace(dying, () => spawnSync(process.execPath, [rondo, ...add]));
  assert.equal(made.status, 0);
  place.done(...add);
  assert.ok(existsSync(folder));
  place.done("director", "reset");
  close(dying);
  place.done(...add);
  assert.equal(existsSync(folder), false);
});

test("twenty at once all succeed", async (t) => {
  const place = host(t);
  if (!place) return;
  place.cable("eth0");
  const add = (...words: string[]) => {
    const child = place.inside(() =>
      spawn(process.execPath, [rondo, "ipvsadm", ...words], { stdio: ["ignore", "inherit", "inherit"] }),
    );
    return once(child, "exit");
  };
  const ports = Array.from({ length: 4 }, (_, i) => 80 + i);
  const services = await Promise.all(ports.map((port) => add("-A", "-t", `${vip}:${port}`, "-s", "rr")));
  assert.deepEqual(
    services.flat(),
    ports.flatMap(() => [0, null]),
  );
  const servers = Array.from({ length: 16 }, (_, i) => i);
  const results = await Promise.all(
    servers.map((i) => add("-a", "-t", `${vip}:${80 + (i % 4)}`, "-r", `192.168.4.${100 + i}`)),
  );
  assert.deepEqual(
    results.flat(),
    servers.flatMap(() => [0, null]),
  );
  const listing = place.done("ipvsadm", "-Ln");
  for (const i of servers) assert.ok(listing.includes(`  -> 192.168.4.${100 + i}:${80 + (i % 4)} `), listing);
});

test("kill -9 in the middle of rules: what is left is whole, and the next command works", async (t) => {
  const place = host(t);
  if (!place) return;
  place.cable("eth0");
  place.done("director", "attach");
  place.done("director", "detach");
  const service = `-t ${vip}:80`;
  const rounds = Array.from({ length: 200 }, (_, i) => {
    const server = `${service} -r 192.168.4.${100 + (i % 8)}`;
    return [
      `-A ${service} -s wrr`,
      `-a ${server} -w 3`,
      `-e ${server} -w 5`,
      `-d ${server}`,
      `-D ${service}`,
    ];
  });
  const rules = `${rounds.flat().join("\n")}\n`;
  for (let round = 0; round < 4; round++) {
    const child = place.inside(() =>
      spawn(process.execPath, [rondo, "ipvsadm-restore"], { stdio: ["pipe", "ignore", "ignore"] }),
    );
    child.stdin!.on("error", () => {});
    child.stdin!.end(rules);
    await sleep(180 + 50 * round);
    child.kill("SIGKILL");
    await once(child, "exit");
    place.done("ipvsadm", "-Ln");
    place.done("ipvsadm", "-C");
    assert.doesNotMatch(place.done("ipvsadm", "-Ln"), /->.*\d|TCP/);
  }
});
