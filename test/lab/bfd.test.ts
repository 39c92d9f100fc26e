import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type BfdEvent, BfdRole } from "../../src/bfd/index.js";
import type { BfdInstance } from "../../src/config/keepalived/model/index.js";
import type { Log } from "../../src/errors.js";
import { ReadySet, withNetworkNamespace } from "../../src/sys/index.js";
import { IpAddress } from "../../src/wire/index.js";
import { type Place, peer, places } from "./netlink-places.js";

const at = { file: "test", line: 1, column: 1 };
const session = (name: string, neighbour: string, source: string, some: Partial<BfdInstance> = {}) => ({
  name,
  neighbour: IpAddress.of(neighbour),
  source: IpAddress.of(source),
  minRx: 50,
  minTx: 50,
  idleTx: 1000,
  multiplier: 20,
  passive: false,
  weight: 0,
  reverse: false,
  vrrp: false,
  checker: false,
  at,
  ...some,
});

/** A role in a namespace, what it said, and the last state of each session. */
function role(place: Place, bfdInstances: BfdInstance[]) {
  const ready = new ReadySet();
  const up = new Map<string, boolean>();
  const lines: string[] = [];
  const note = (text: string) => void lines.push(text);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const onEvent = (event: BfdEvent) => void up.set(event.instance, event.up);
  const made = new BfdRole(
    { bfdInstances },
    { log, ready, onEvent, namespace: place.namespace, logDetail: true },
  );
  const end = () => {
    made.stop();
    ready.close();
  };
  return { role: made, up, lines, end };
}

/** Detection times are a second here: a busy machine is no dead neighbour. */
async function until(what: string, probe: () => boolean | undefined): Promise<void> {
  const end = Date.now() + 20_000;
  while (!probe()) {
    assert.ok(Date.now() < end, `${what} did not happen in 20 s`);
    await pause(20);
  }
}

/** Two hosts on a wire, with addresses of both families that are there at once. */
function wire(first: Place, second: Place): void {
  first.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "tmp0");
  first.run("ip", "link", "set", "tmp0", "netns", `/proc/${process.pid}/fd/${second.namespace}`);
  second.run("ip", "link", "set", "tmp0", "name", "eth0");
  for (const [host, number] of [
    [first, 1],
    [second, 2],
  ] as const) {
    host.run("ip", "address", "add", `10.9.0.${number}/24`, "dev", "eth0");
    host.run("ip", "address", "add", `fd09::${number}/64`, "dev", "eth0", "nodad");
    host.run("ip", "link", "set", "eth0", "up");
  }
}

const four = (some: Partial<BfdInstance> = {}) => session("four", "10.9.0.2", "10.9.0.1", some);
const six = (some: Partial<BfdInstance> = {}) => session("six", "fd09::2", "fd09::1", some);

/** keepalived's BFD process, with what it writes; it ends with the test. */
function keepalived(place: Place, folder: string): { lines: () => string; child: ChildProcess } {
  const file = join(folder, "keepalived.conf");
  const instance = (name: string, mine: string, other: string) =>
    `bfd_instance ${name} {\n neighbor_ip ${other}\n source_ip ${mine}\n min_rx 50\n min_tx 40\n idle_tx 1000\n multiplier 25\n}\n`;
  writeFileSync(
    file,
    `global_defs {\n router_id t\n}\n${instance("four", "10.9.0.2", "10.9.0.1")}${instance("six", "fd09::2", "fd09::1")}`,
  );
  const pids = ["-p", "main", "-r", "vrrp", "-c", "checkers", "-b", "bfd"].map((word, i) =>
    i % 2 === 0 ? word : join(folder, `${word}.pid`),
  );
  const words = ["-n", "-l", "-D", "-f", file, ...pids];
  const child = withNetworkNamespace(place.namespace, () =>
    spawn("keepalived", words, { stdio: ["ignore", "pipe", "pipe"] }),
  );
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (bytes: Buffer) => {
      text += bytes.toString();
    });
  return { lines: () => text, child };
}

describe("BFD", { concurrency: true }, () => {
  test("between two of ours: up, another TTL, a dead neighbour", async (t) => {
    const made = places(t, 2);
    if (!made) return;
    const [first, second] = made as [Place, Place];
    wire(first, second);
    const one = role(first, [four(), six()]);
    const back = [session("four", "10.9.0.1", "10.9.0.2"), session("six", "fd09::1", "fd09::2")];
    const other = role(second, back);
    t.after(() => {
      one.end();
      other.end();
    });
    one.role.start();
    other.role.start();
    const bothUp = () => ["four", "six"].every((name) => one.up.get(name) && other.up.get(name));
    await until("both sessions up", bothUp);
    assert.deepEqual(
      one.role.snapshot().sessions.map(({ refused }) => refused),
      [0, 0],
    );

    const busy = role(first, [four()]);
    assert.throws(() => busy.role.start(), /UDP port 3784 belongs to another program/);
    busy.end();

    // The TTL that packets leave with is checked where they come in.
    one.role.reload({ bfdInstances: [four({ ttl: 200 }), six()] });
    await until(
      "the one with the wrong TTL down",
      () => other.up.get("four") === false && other.up.get("six"),
    );
    assert.ok(other.lines.some((line) => line.startsWith("Packet ttl(200) < 255")));
    one.role.reload({ bfdInstances: [four(), six()] });
    await until("up again", bothUp);

    second.run("ip", "link", "set", "eth0", "down");
    await until("down", () => one.up.get("four") === false && one.up.get("six") === false);
    assert.ok(one.lines.some((line) => /\(four\) Expired after/.test(line)));
  });

  test("with keepalived's own, over IPv4 and IPv6", async (t) => {
    const made = places(t, 2);
    if (!made || !peer(t, "keepalived")) return;
    const [first, second] = made as [Place, Place];
    wire(first, second);
    const folder = mkdtempSync(join(tmpdir(), `rondo-bfd-${process.pid}-`));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const real = keepalived(second, folder);
    const gone = new Promise((resolve) => real.child.once("exit", resolve));
    t.after(async () => {
      if (real.child.exitCode === null && real.child.signalCode === null) real.child.kill("SIGTERM");
      await gone;
    });
    const patient = { multiplier: 100 };
    const ours = role(first, [four(patient), six(patient)]);
    t.after(() => ours.end());
    ours.role.start();
    await until("both up here", () => ours.up.get("four") && ours.up.get("six"));
    await until(
      "both up there",
      () => /\(four\) Entering Up/.test(real.lines()) && /\(six\) Entering Up/.test(real.lines()),
    );
    const times = () =>
      ours.role.snapshot().sessions.map(({ txInterval, detectionTime }) => [txInterval, detectionTime]);
    await until("the fast rate", () => times().every(([tx, detection]) => tx === 50 && detection === 1250));

    // Other times are agreed on without the session going down.
    ours.role.reload({ bfdInstances: [four({ ...patient, minTx: 60, minRx: 70 }), six(patient)] });
    await until("slower", () => times()[0]![0] === 60 && times()[0]![1] === 1750);
    assert.doesNotMatch(real.lines(), /Entering Down/);

    // We are held up for longer than our patience: the neighbour has spoken all the while.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1900);
    await pause(50);
    assert.ok(ours.up.get("four") && ours.up.get("six"));
    assert.ok(!ours.lines.some((line) => /Expired/.test(line)));

    // Without the word that it stops: its detection time passes.
    real.child.kill("SIGTERM");
    await until("down", () => ours.up.get("four") === false && ours.up.get("six") === false);
  });
});
