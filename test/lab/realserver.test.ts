import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { constant32, Ethernet, EtherType, Ipv4, Ipv6, packetProgram, when } from "../../src/asm/index.js";
import {
  attachTcx,
  bpfAccess,
  createMapsOf,
  hasFeature,
  loadWritten,
  pinFolder,
  removePins,
} from "../../src/bpf/index.js";
import { encapsulator } from "../../src/dataplane/xdp/encapsulate.js";
import { tunnelEnds } from "../../src/dataplane/xdp/index.js";
import { Server, TunnelFlag, TunnelType } from "../../src/dataplane/xdp/layout.js";
import { recordFolder } from "../../src/realserver/record-file.js";
import { networkNamespaceCookie, withNetworkNamespace } from "../../src/sys/index.js";
import { MacAddress } from "../../src/wire/index.js";
import { ip, type Place, places } from "./netlink-places.js";
import { rondo } from "./running.js";

const vips = { 4: "192.0.2.15", 6: "2001:db8::15" } as const;
const families = [4, 6] as const;
const addressOf = (family: 4 | 6, number: number) =>
  family === 4 ? `10.9.0.${number}` : `fd00:9::${number}`;
const macOf = (number: number) => `02:00:00:00:09:0${number}`;

/** Client, director and server at one switch; the client reaches the VIPs by way of the director, over packets of 1400 bytes. */
interface Cluster {
  readonly client: Place;
  readonly director: Place;
  readonly server: Place;
}

function cluster(t: TestContext): Cluster | undefined {
  const made = places(t, 4);
  if (!made) return undefined;
  if (bpfAccess() !== "yes" || !hasFeature("tcx-links")) {
    t.skip("needs bpf, and tcx");
    return undefined;
  }
  const [client, director, server, middle] = made as [Place, Place, Place, Place];
  const cookie = withNetworkNamespace(server.namespace, networkNamespaceCookie);
  t.after(() => {
    removePins(pinFolder(cookie, "server"));
    rmSync(recordFolder(cookie), { recursive: true, force: true });
  });
  middle.network.links.createBridge({ name: "br0", up: true });
  for (const [index, host] of [client, director, server].entries()) {
    const number = index + 1;
    middle.network.links.createVeth({
      name: `port${number}`,
      up: true,
      peer: { name: "eth0", mac: macOf(number), namespace: host.namespace, up: true },
    });
    middle.network.links.change(`port${number}`, { master: "br0" });
    for (const family of families)
      host.network.addresses.add("eth0", {
        address: ip(addressOf(family, number)),
        prefixLength: family === 4 ? 24 : 64,
        noDuplicateDetection: family === 6,
      });
  }
  for (const family of families)
    client.network.routes.add({
      destination: ip(vips[family]),
      gateway: ip(addressOf(family, 2)),
      link: "eth0",
      mtu: 1400,
    });
  return { client, director, server };
}

function rondoIn(
  place: Place,
  ...words: string[]
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = withNetworkNamespace(place.namespace, () =>
    spawnSync(process.execPath, [rondo, "realserver", ...words], { encoding: "utf8" }),
  );
  return { status, stdout, stderr };
}

const becomeServer = (place: Place, ...words: string[]) => {
  const { status, stderr } = rondoIn(place, "tun", ...words);
  assert.equal(status, 0, stderr);
};

/** A director that wraps all that comes to it for a VIP; gives what sets how. */
function directAll(t: TestContext, { director }: Cluster) {
  const encapsulate = encapsulator("tc");
  const program = packetProgram("all", "tc", (packet) => {
    const ethernet = packet.header(Ethernet);
    const type = ethernet.type;
    const wrap = () => packet.end(encapsulate(packet.context, constant32(0)));
    when(type.is(EtherType.IPv4), () => {
      packet.continueAfter(ethernet, constant32(Ethernet.size));
      when(packet.header(Ipv4).destination.is(Buffer.from(ip(vips[4]).bytes).readUInt32BE(0)), wrap);
    });
    when(type.is(EtherType.IPv6), () => {
      packet.continueAfter(ethernet, constant32(Ethernet.size));
      when(packet.header(Ipv6).destination.is(ip(vips[6]).bytes), wrap);
    });
    packet.pass();
  });
  const maps = createMapsOf(program);
  const kernel = loadWritten(program, maps);
  const device = director.network.links.get("eth0");
  const server = Server.over(maps["servers"]!.memory({ write: true }).bytes);
  t.after(() => {
    kernel.close();
    for (const map of Object.values(maps)) map.close();
  });
  const link = withNetworkNamespace(director.namespace, () => attachTcx(kernel, device.index));
  t.after(() => link.close());
  return (outer: 4 | 6, type: keyof typeof TunnelType, flags = 0) => {
    server.family = outer;
    server.device = device.index;
    server.mtu = 1500;
    server.nextHop.destination = MacAddress.of(macOf(3)).bytes;
    server.nextHop.source = device.mac!.bytes;
    server.address = padded(addressOf(outer, 3));
    server.tunnelSource = padded(addressOf(outer, 2));
    server.tunnelType = TunnelType[type];
    server.tunnelFlags = flags;
    server.tunnelPort = 6080;
  };
}

const padded = (address: string) => {
  const bytes = new Uint8Array(16);
  bytes.set(ip(address).bytes);
  return bytes;
};

/** Answers whoever has finished with the digest of what he said, and how much that was. */
const digestServer = `
const { createHash } = require("node:crypto");
require("node:net").createServer({ allowHalfOpen: true }, (socket) => {
  const hash = createHash("sha256");
  let length = 0;
  socket.on("data", (part) => { hash.update(part); length += part.length; });
  socket.on("end", () => socket.end(length + " " + hash.digest("hex")));
  socket.on("error", () => {});
}).listen(80, "::", () => console.log("ready"));
`;
const uploader = `
const { createHash, randomBytes } = require("node:crypto");
const [, vip, size] = process.argv;
const bytes = randomBytes(Number(size));
const socket = require("node:net").connect(80, vip);
let answer = "";
socket.on("data", (part) => (answer += part));
socket.on("end", () => console.log(answer === size + " " + createHash("sha256").update(bytes).digest("hex") ? "same" : answer));
socket.end(bytes);
`;

async function serve(t: TestContext, place: Place): Promise<void> {
  const child: ChildProcess = withNetworkNamespace(place.namespace, () =>
    spawn(process.execPath, ["-e", digestServer], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  t.after(() => child.kill());
  await once(child.stdout!, "data");
}

/** Sends so many bytes to a VIP; "same" if they have arrived. */
function upload(place: Place, vip: string, size: number): { answer: string; seconds: number } {
  const begin = process.hrtime.bigint();
  const { stdout, stderr } = withNetworkNamespace(place.namespace, () =>
    spawnSync(process.execPath, ["-e", uploader, vip, String(size)], { encoding: "utf8", timeout: 10_000 }),
  );
  return { answer: stdout.trim() || stderr.trim(), seconds: Number(process.hrtime.bigint() - begin) / 1e9 };
}

const tunnels = [
  { type: "ipip", flags: 0 },
  { type: "gue", flags: 0 },
  { type: "gue", flags: TunnelFlag.checksum },
  { type: "gre", flags: 0 },
  { type: "gre", flags: TunnelFlag.checksum },
] as const;

/** Whose offloads are switched off. Off at the director alone, the kernel has to cut what it has wrapped as one packet. */
const switchedOff = {
  "as they are": [],
  "off at the director": ["director"],
  "off everywhere": ["client", "director", "server"],
} as const;

for (const [about, hosts] of Object.entries(switchedOff))
  test(`megabytes through every tunnel, offloads ${about}`, async (t) => {
    const made = cluster(t);
    if (!made) return;
    const { client, server } = made;
    for (const host of hosts)
      made[host].network.offloads.set("eth0", { tx: false, tso: false, gso: false, gro: false });
    for (const family of families) becomeServer(server, vips[family]);
    const through = directAll(t, made);
    await serve(t, server);
    for (const { type, flags } of about === "off everywhere" ? tunnels.slice(0, 1) : tunnels)
      for (const outer of families)
        for (const inner of families)
          await t.test(`IPv${inner} in IPv${outer}, ${type}${flags ? " with checksum" : ""}`, (t) => {
            through(outer, type, flags);
            const before = counted(server, inner);
            const { answer, seconds } = upload(client, vips[inner], 4_000_000);
            assert.equal(answer, "same");
            t.diagnostic(`${seconds.toFixed(2)} s, ${counted(server, inner) - before} packets`);
            assert.ok(counted(server, inner) > before);
          });
  });

const counted = (place: Place, family: 4 | 6): number =>
  Number(
    withNetworkNamespace(place.namespace, tunnelEnds).find(({ vip }) => vip.equals(ip(vips[family])))
      ?.packets ?? 0,
  );

test("clients are told a maximum segment size that fits the tunnel", async (t) => {
  const made = cluster(t);
  if (!made) return;
  const { client, server } = made;
  for (const family of families) {
    becomeServer(server, vips[family], "--clamp-mss");
    // All of the way has 1500 bytes: a client that knows nothing of the tunnel.
    client.network.routes.replace({
      destination: ip(vips[family]),
      gateway: ip(addressOf(family, 2)),
      link: "eth0",
    });
  }
  const through = directAll(t, made);
  await serve(t, server);
  for (const offload of [true, false]) {
    if (!offload) server.network.offloads.set("eth0", { tx: false, tso: false, gso: false });
    for (const inner of families) {
      through(6, "gue");
      assert.equal(upload(client, vips[inner], 2_000_000).answer, "same");
      const told = withNetworkNamespace(client.namespace, () =>
        spawnSync(process.execPath, ["-e", asker, vips[inner]], { encoding: "utf8" }),
      );
      const segment = Number(/ mss:(\d+)/.exec(told.stdout)?.[1]);
      assert.ok(segment <= 1500 - 52 - (inner === 4 ? 40 : 60), `${segment}: ${told.stdout}${told.stderr}`);
      assert.ok(segment > 1300, `${segment}`);
    }
  }
});

/** Connects, and prints what the kernel knows of the connection. */
const asker = `
const [, vip] = process.argv;
const socket = require("node:net").connect(80, vip, () => {
  const { stdout } = require("node:child_process").spawnSync("ss", ["-tin", "dport", "=", ":80"], { encoding: "utf8" });
  console.log(stdout);
  socket.destroy();
});
`;
