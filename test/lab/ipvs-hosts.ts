import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import type { TestContext } from "node:test";
import { explainMissing, pinFolder, removePins } from "../../src/bpf/index.js";
import { resetDirector, XdpPlane } from "../../src/dataplane/xdp/index.js";
import type { ServiceStatus } from "../../src/ipvs/model.js";
import { recordFolder } from "../../src/realserver/record-file.js";
import { networkNamespaceCookie, withNetworkNamespace, writeSysctl } from "../../src/sys/index.js";
import { ip, type Place, places } from "./netlink-places.js";
import type { PeerProtocol } from "./peers.js";
import { rondo } from "./running.js";

export const families = [4, 6] as const;
export const protocols: readonly PeerProtocol[] = ["tcp", "udp", "sctp"];
export type Family = (typeof families)[number];

export const port = 8080;
export const vip = { 4: "203.0.113.110", 6: "2001:db8:ffff::110" };
export const at = {
  client: { 4: "10.0.0.2", 6: "fd00:a::2" },
  gateway: { 4: "10.0.0.1", 6: "fd00:a::1" },
  director: { 4: "172.16.0.1", 6: "fd00:b::1" },
  server: { 4: "172.16.0.2", 6: "fd00:b::2" },
  direct: { 4: "10.0.0.3", 6: "fd00:a::3" },
};

export interface Hosts {
  readonly client: Place;
  readonly director: Place;
  readonly server: Place;
}

/**
 * The client has a switch with director and server; these two have a network of their own besides. All offloads are as the
 * kernel has them.
 *
 *     client  br0 --- front  director  back
 *              |                        |
 *              +----- direct  server  inner
 */
export function hosts(t: TestContext): Hosts | undefined {
  const made = places(t, 3);
  if (!made) return undefined;
  const missing = explainMissing("maps", "tc", "timers", "loops");
  if (missing) {
    t.skip(missing);
    return undefined;
  }
  const [client, director, server] = made as [Place, Place, Place];
  const cookieOf = ({ namespace }: Place) => withNetworkNamespace(namespace, networkNamespaceCookie);
  const [directorCookie, serverCookie] = [cookieOf(director), cookieOf(server)];
  t.after(() => {
    resetDirector(undefined, directorCookie);
    removePins(pinFolder(serverCookie, "server"));
    rmSync(recordFolder(serverCookie), { recursive: true, force: true });
  });
  client.network.links.createBridge({ name: "br0", up: true });
  for (const [name, far, place] of [
    ["to_director", "front", director],
    ["to_server", "direct", server],
  ] as const) {
    client.network.links.createVeth({
      name,
      up: true,
      peer: { name: far, namespace: place.namespace, up: true },
    });
    client.network.links.change(name, { master: "br0" });
  }
  director.network.links.createVeth({
    name: "back",
    up: true,
    peer: { name: "inner", namespace: server.namespace, up: true },
  });
  for (const family of families) {
    address(client, "br0", family, at.client);
    address(director, "front", family, at.gateway);
    address(director, "back", family, at.director);
    address(director, "lo", family, vip, family === 4 ? 32 : 128);
    address(server, "inner", family, at.server);
    address(server, "direct", family, at.direct);
    client.network.routes.add({ destination: ip(vip[family]), gateway: ip(at.gateway[family]), link: "br0" });
  }
  return { client, director, server };
}

export function address(
  { network }: Place,
  link: string,
  family: Family,
  addresses: Record<Family, string>,
  prefixLength = family === 4 ? 24 : 64,
): void {
  const noDuplicateDetection = family === 6;
  network.addresses.add(link, { address: ip(addresses[family]), prefixLength, noDuplicateDetection });
}

export const sysctls = ({ namespace }: Place, values: Readonly<Record<string, number>>) =>
  withNetworkNamespace(namespace, () => {
    for (const [name, value] of Object.entries(values)) writeSysctl(name, value);
  });

/** What `rondo` prints there; it has to succeed. */
export function run(namespace: number, words: readonly string[], input = ""): string {
  const { status, signal, error, stdout, stderr } = withNetworkNamespace(namespace, () =>
    spawnSync(process.execPath, [rondo, ...words], { encoding: "utf8", input, timeout: 30_000 }),
  );
  assert.equal(status, 0, `${signal ?? error ?? ""} ${stdout}${stderr}`);
  return stdout;
}

/** The options of ipvsadm that name a service, and an endpoint as it reads them. */
export const optionOf = { tcp: "-t", udp: "-u", sctp: "--sctp-service" };
export const endpoint = (address: string, port: number) =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

/** What makes the server's own VIP silent on its networks. */
export const silent = {
  "net.ipv4.conf.all.arp_ignore": 1,
  "net.ipv4.conf.all.arp_announce": 2,
  "net.ipv4.conf.all.rp_filter": 0,
  "net.ipv4.conf.inner.rp_filter": 0,
};

export function statusOf({ namespace }: Place, protocol: PeerProtocol, family: Family): ServiceStatus {
  return withNetworkNamespace(namespace, () => {
    const plane = new XdpPlane();
    try {
      return plane.service({ kind: "address", protocol, address: ip(vip[family]), port })!;
    } finally {
      plane.close();
    }
  });
}
