import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import type { TestContext } from "node:test";
import { explainMissing, pinFolder, removePins } from "../../src/bpf/index.js";
import { resetDirector } from "../../src/dataplane/xdp/index.js";
import { networkNamespaceCookie, withNetworkNamespace } from "../../src/sys/index.js";
import { run as runRondo } from "./ipvs-hosts.js";
import { type Place, places } from "./netlink-places.js";

export const vip = "10.7.0.100";

/** Two directors before two real servers: .21 by DR (port 80) and TUN (82), .22 by NAT (81). What moves with the active director is `floating`. */
export interface SyncHosts {
  readonly client: Place;
  readonly directors: readonly [Place, Place];
  readonly servers: readonly [Place, Place];
}

const floating = [`${vip}/32`, "10.7.0.254/24", "10.8.0.254/24"];

/**
 *     client 10.7.0.2 ---+--- directors 10.7.0.11, .12 and 10.8.0.11, .12 ---+--- servers 10.8.0.21, .22
 *                        +------------------ one switch ---------------------+
 */
export function syncHosts(t: TestContext): SyncHosts | undefined {
  const made = places(t, 5);
  if (!made) return undefined;
  const missing = explainMissing("maps", "tc", "timers", "loops");
  if (missing) {
    t.skip(missing);
    return undefined;
  }
  const [client, one, two, direct, nat] = made as [Place, Place, Place, Place, Place];
  const cookies = made.map(({ namespace }) => withNetworkNamespace(namespace, networkNamespaceCookie));
  t.after(() => {
    for (const cookie of cookies) {
      resetDirector(undefined, cookie);
      removePins(pinFolder(cookie, "server"));
    }
  });
  client.network.links.createBridge({ name: "br0", up: true });
  for (const [number, place] of [one, two, direct, nat].entries()) {
    const name = `port${number}`;
    client.network.links.createVeth({
      name,
      up: true,
      peer: { name: "eth0", namespace: place.namespace, up: true },
    });
    client.network.links.change(name, { master: "br0" });
  }
  client.run("ip", "addr", "add", "10.7.0.2/24", "dev", "br0");
  for (const [place, last] of [
    [one, 11],
    [two, 12],
  ] as const) {
    for (const net of [7, 8]) place.run("ip", "addr", "add", `10.${net}.0.${last}/24`, "dev", "eth0");
    place.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.send_redirects=0");
    place.run("sysctl", "-qw", "net.ipv4.conf.eth0.send_redirects=0");
  }
  for (const [place, last] of [
    [direct, 21],
    [nat, 22],
  ] as const)
    place.run("ip", "addr", "add", `10.8.0.${last}/24`, "dev", "eth0");
  direct.run("ip", "route", "add", "10.7.0.0/24", "dev", "eth0");
  client.run("ip", "route", "add", "10.8.0.0/24", "dev", "br0"); // who answers by ARP
  nat.run("ip", "route", "add", "10.7.0.0/24", "via", "10.8.0.254");
  direct.run("sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2");
  direct.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.eth0.rp_filter=0");
  runRondo(direct.namespace, ["realserver", "tun", vip]);
  const rules = [
    `-A -t ${vip}:80 -s rr`,
    `-a -t ${vip}:80 -r 10.8.0.21 -g`,
    `-A -t ${vip}:81 -s rr`,
    `-a -t ${vip}:81 -r 10.8.0.22:8081 -m`,
    `-A -t ${vip}:82 -s rr`,
    `-a -t ${vip}:82 -r 10.8.0.21 -i`,
  ];
  for (const place of [one, two]) runRondo(place.namespace, ["ipvsadm", "-R"], `${rules.join("\n")}\n`);
  return { client, directors: [one, two], servers: [direct, nat] };
}

/** Gives a director what the active one has, and has the others forget who had it. */
export function makeActive(hosts: SyncHosts, which: 0 | 1): void {
  for (const address of floating) hosts.directors[which].run("ip", "addr", "add", address, "dev", "eth0");
  for (const place of [hosts.client, ...hosts.servers]) place.run("ip", "neigh", "flush", "all");
}

/** What a director can do no more: its host is dead. */
export function killHost(hosts: SyncHosts, which: 0 | 1): void {
  hosts.client.network.links.change(`port${which}`, { up: false });
}

const serverText = `
const net = require("node:net");
let open = 0;
const listening = process.argv.slice(1).map((at) => new Promise((resolve) => {
  const [address, port] = at.split("/");
  net.createServer((socket) => { socket.on("error", () => {}); socket.pipe(socket); }).listen({ port: Number(port), host: address, backlog: 4096 }, resolve);
}));
Promise.all(listening).then(() => console.log("ready"));
`;

/** Echoes what comes at "address/port". */
export async function startEcho(t: TestContext, place: Place, at: readonly string[]): Promise<void> {
  const child = withNetworkNamespace(place.namespace, () =>
    spawn(process.execPath, ["-e", serverText, ...at], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  t.after(() => child.kill("SIGKILL"));
  await lineOf(child, /ready/);
}

const clientText = `
const net = require("node:net");
const [address, ...wanted] = process.argv.slice(1);
const sockets = [];
let echoes = 0;
let broken = 0;
const opening = wanted.flatMap((each) => {
  const [port, count] = each.split("/").map(Number);
  return Array.from({ length: count }, () => port);
});
function next() {
  const port = opening.shift();
  if (port === undefined) return;
  const socket = net.connect({ host: address, port });
  socket.on("connect", () => { sockets.push(socket); socket.write("x"); });
  socket.on("error", () => { broken++; });
  socket.once("data", () => next());
  socket.on("data", (bytes) => { echoes += bytes.length; });
}
for (let i = 0; i < 64; i++) next();
process.stdin.on("data", (text) => {
  if (String(text).includes("say")) for (const socket of sockets) socket.write("y");
});
setInterval(() => console.log(JSON.stringify({ open: sockets.length, echoes, broken })), 50);
`;

export interface HeldConnections {
  /** Waits until so many bytes have come back. */
  echoed(count: number): Promise<{ open: number; echoes: number; broken: number }>;
  /** Sends a byte over each. */
  say(): void;
}

/** Opens connections to ports of an address, sends a byte over each, and holds them. */
export function holdConnections(
  t: TestContext,
  place: Place,
  address: string,
  wanted: Readonly<Record<number, number>>,
): HeldConnections {
  const words = Object.entries(wanted).map(([port, count]) => `${port}/${count}`);
  const child = withNetworkNamespace(place.namespace, () =>
    spawn(process.execPath, ["-e", clientText, address, ...words], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  t.after(() => child.kill("SIGKILL"));
  let last = { open: 0, echoes: 0, broken: 0 };
  child.stdout!.on("data", (text: Buffer) => {
    const line = text.toString().trim().split("\n").at(-1)!;
    if (line.endsWith("}")) last = JSON.parse(line) as typeof last;
  });
  return {
    async echoed(count) {
      for (let i = 0; i < 600 && last.echoes < count; i++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      assert.ok(last.echoes >= count, JSON.stringify(last));
      return last;
    },
    say: () => child.stdin!.write("say\n"),
  };
}

function lineOf(child: ChildProcess, wanted: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout!.on("data", (text: Buffer) => {
      if (wanted.test(text.toString())) resolve();
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code}`)));
  });
}
