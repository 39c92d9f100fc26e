import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { DirectorState, openSyncTable, resetDirector, XdpPlane } from "../src/dataplane/xdp/index.js";
import type { ServiceId } from "../src/ipvs/model.js";
import { type SyncEntry, SyncFlag } from "../src/ipvs/sync/index.js";
import { rondoPath } from "../src/package-root.js";
import { networkNamespaceCookie, withNetworkNamespace } from "../src/sys/index.js";
import { IpAddress } from "../src/wire/index.js";
import { type Place, place } from "../test/lab/netlink-places.js";

const help = `Measures how a director that comes later gets the table of one that is there.

  node dist/bench/sync.js [--connections 100000]

Wants root. Two directors in namespaces of their own, with sync daemons as ipvsadm starts them; the connections are put into the first one's table.
`;

const { values } = parseArgs({
  options: { help: { type: "boolean" }, connections: { type: "string", default: "100000" } },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const count = Number(values.connections);
const vip = "10.9.0.100";
const server = "10.9.0.50";
const id: ServiceId = { kind: "address", protocol: "tcp", address: IpAddress.of(vip), port: 80 };

const undone: (() => void)[] = [];
const ending = { after: (undo: () => void) => undone.push(undo) };
const one = place(ending);
const two = place(ending);
one.network.links.createVeth({
  name: "eth0",
  up: true,
  peer: { name: "eth0", namespace: two.namespace, up: true },
});
const buckets = 2 ** Math.ceil(Math.log2(count / 1.2));
for (const [last, { namespace, network }] of [one, two].entries()) {
  network.addresses.add("eth0", { address: IpAddress.of(`10.9.0.${last + 1}`), prefixLength: 24 });
  withNetworkNamespace(namespace, () => {
    DirectorState.openOrCreate(buckets).close();
    const plane = new XdpPlane();
    plane.addService({ id, scheduler: "rr", schedulerFlags: [], onePacket: false });
    const method = "droute" as const;
    const thresholds = { upperThreshold: 0, lowerThreshold: 0 };
    plane.addServer(id, { address: IpAddress.of(server), port: 80, method, weight: 1, ...thresholds });
    plane.close();
  });
}

const entries = Array.from(
  { length: count },
  (_, i): SyncEntry => ({
    protocol: 6,
    flags: SyncFlag.noOutput | 3,
    state: 1,
    client: {
      address: IpAddress.fromBytes(Uint8Array.of(172, 16 + (i >> 16), i >> 8, i)),
      port: 1024 + (i % 60_000),
    },
    virtual: { address: IpAddress.of(vip), port: 80 },
    server: { address: IpAddress.of(server), port: 80 },
    mark: 0,
    timeout: 900,
  }),
);

const seconds = (from: number) => ((performance.now() - from) / 1000).toFixed(2);
function daemon({ namespace }: Place, ...words: string[]): string {
  const { status, stdout, stderr } = withNetworkNamespace(namespace, () =>
    spawnSync(process.execPath, [rondoPath, ...words], { encoding: "utf8", timeout: 120_000 }),
  );
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
  return stdout;
}
const options = ["--mcast-interface", "eth0", "--syncid", "1"];

try {
  withNetworkNamespace(one.namespace, () => {
    const table = openSyncTable()!;
    const began = performance.now();
    const { made, full } = table.insert(entries);
    process.stdout.write(`put into a table: ${made} (no room: ${full}) in ${seconds(began)} s\n`);
    const looked = performance.now();
    table.look(() => true);
    process.stdout.write(
      `looked through ${buckets * 4} places in ${(performance.now() - looked).toFixed(1)} ms\n`,
    );
    table.close();
  });
  daemon(one, "ipvsadm", "--start-daemon", "master", ...options);
  const began = performance.now();
  daemon(two, "ipvsadm", "--start-daemon", "backup", ...options);
  const [status] = JSON.parse(daemon(two, "sync", "status", "--json")) as [Record<string, unknown>];
  process.stdout.write(
    `a backup that comes later: ${status["made"]} connections after ${seconds(began)} s, of which ${status["wholeTableMs"]} ms for the table (${status["wholeTable"]})\n`,
  );
} finally {
  for (const each of [one, two]) {
    for (const role of ["master", "backup"])
      withNetworkNamespace(each.namespace, () =>
        spawnSync(process.execPath, [rondoPath, "ipvsadm", "--stop-daemon", role]),
      );
    const cookie = withNetworkNamespace(each.namespace, networkNamespaceCookie);
    resetDirector(undefined, cookie);
  }
  for (const undo of undone) undo();
}
