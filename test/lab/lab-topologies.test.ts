import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { explainMissing } from "../../src/bpf/index.js";
import { tun } from "../../src/lab/topologies/tun.js";
import { leftAfter, leftovers } from "./leftovers.js";
import { peer } from "./netlink-places.js";

// The notes' clusters with the notes' addresses, each brought up, asked, and taken down by the command alone. `dr` is in
// directed.test.ts.

const rondo = fileURLToPath(new URL("../../../bin/rondo", import.meta.url));
const skip = explainMissing("maps", "xdp", "tc", "timers", "loops");

function run(...words: string[]) {
  return spawnSync(process.execPath, [rondo, "lab", ...words], { encoding: "utf8", timeout: 60_000 });
}

/** As {@link run}, while others run. */
async function outputOf(...words: string[]) {
  const child = spawn(process.execPath, [rondo, "lab", ...words], { timeout: 60_000 });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (said.stdout += data));
  child.stderr.on("data", (data) => (said.stderr += data));
  const [status] = await once(child, "close");
  return { ...said, status, pid: child.pid };
}

interface ToldHop {
  readonly from: string;
  readonly to: string;
  readonly source: string;
  readonly destination: string;
  readonly packet: string;
  readonly changed?: readonly string[];
  readonly was?: object;
  readonly tunnel?: object;
}

/** A topology's run of eight requests, with the way that the first request's GET and its answer took. */
async function ran(name: string, hook: string): Promise<{ answers: object; way: (object | undefined)[][] }> {
  const { stdout, stderr, status, pid } = await outputOf(
    "run",
    name,
    "--hook",
    hook,
    "--requests",
    "8",
    "--json",
  );
  assert.equal(stderr, "");
  assert.equal(status, 0, stdout);
  const report = JSON.parse(stdout);
  const { topology, answered, exact, ok } = report;
  assert.deepEqual({ topology, answered, exact, ok }, { topology: name, answered: 8, exact: true, ok: true });
  assert.deepEqual(report.answers, report.expected);
  assert.deepEqual(await leftAfter(`${name}-run-${pid}-`, 500), []);
  const ends = (hop: ToldHop) =>
    [hop.source, hop.destination].map((end) => end.replace(/:\d{4,}$/, "")).join(" > ");
  const way = (report.hops as ToldHop[])
    .filter(({ packet }) => packet.startsWith("GET") || packet === "200 OK")
    .map((hop) => [`${hop.from} ${hop.to}: ${ends(hop)}`, hop.was ?? hop.tunnel].filter(Boolean));
  return { answers: report.answers, way: way as (object | undefined)[][] };
}

describe("`rondo lab run` of each topology: all answered, shares exact, the way as its method has it", {
  skip,
  concurrency: 2,
}, () => {
  for (const [name, hook, vip, clientAddress, server] of [
    ["nat", "xdp", "192.168.4.5:80", "192.168.4.10", "192.168.2.200:80"],
    ["nat-8", "tc", "8.8.8.8:80", "8.8.8.1", "192.168.10.3:80"],
  ] as const)
    test(`${name} at ${hook}`, async () => {
      const { answers, way } = await ran(name, hook);
      assert.deepEqual(answers, { web1: 4, web2: 4 });
      assert.deepEqual(way, [
        [`client director: ${clientAddress} > ${vip}`],
        [`director web2: ${clientAddress} > ${server}`, { destination: vip }],
        [`web2 director: ${server} > ${clientAddress}`],
        [`director client: ${vip} > ${clientAddress}`, { source: server }],
      ]);
    });

  test("tun at xdp", async () => {
    const { answers, way } = await ran("tun", "xdp");
    assert.deepEqual(answers, { web1: 4, web2: 4 });
    assert.deepEqual(way, [
      ["client director: 200.168.10.4 > 200.168.10.10:80"],
      [
        "director web2: 200.168.10.4 > 200.168.10.10:80",
        { type: "IPIP", source: "200.168.10.1", destination: "200.168.10.3" },
      ],
      ["web2 client: 200.168.10.10:80 > 200.168.10.4"],
    ]);
  });

  test("dr-200 at tc", async () => {
    const { answers, way } = await ran("dr-200", "tc");
    assert.deepEqual(answers, { web1: 4, web2: 4 });
    assert.deepEqual(way, [
      ["client director: 200.168.10.4 > 200.168.10.10:80"],
      ["director web2: 200.168.10.4 > 200.168.10.10:80"],
      ["web2 client: 200.168.10.10:80 > 200.168.10.4"],
    ]);
  });

  test("keepalived-mixed at xdp: ours is master, Debian's stands by", async (t) => {
    if (!peer(t, "keepalived")) return t.skip("needs keepalived");
    const { answers, way } = await ran("keepalived-mixed", "xdp");
    assert.deepEqual(answers, { web1: 4, web2: 4 });
    assert.deepEqual(way, [
      ["client lvs1: 192.168.4.10 > 192.168.4.15:80"],
      ["lvs1 web2: 192.168.4.10 > 192.168.4.15:80"],
      ["web2 client: 192.168.4.15:80 > 192.168.4.10"],
    ]);
  });

  test("dr-172 at xdp: three to one, after the adjustment", async () => {
    assert.deepEqual((await ran("dr-172", "xdp")).answers, { web1: 6, web2: 2 });
  });
});

test("one of a person's own, by path, that stays: status, exec, and a server's tunnel is its own command's", {
  skip,
}, () => {
  const name = `tunnels-${process.pid}`;
  const folder = mkdtempSync(join(tmpdir(), "rondo-lab-"));
  let record = "";
  try {
    const path = join(folder, "own.json");
    writeFileSync(path, JSON.stringify({ ...tun, name: "own" }));
    assert.equal(run("up", path, "--name", name, "--hook", "tc").status, 0);
    assert.match(
      run("status", name).stdout,
      /: up; topology own, .*\n(?:.*\n)* {2}web1 +200\.168\.10\.2\/24 200\.168\.10\.10\/32 /,
    );
    const listing = run("exec", `${name}/director`, "ipvsadm", "-Ln").stdout;
    assert.match(listing, /TCP {2}200\.168\.10\.10:80 rr\n {2}-> 200\.168\.10\.2:80 +Tunnel /);
    const realserver = (...words: string[]) =>
      run("exec", `${name}/web1`, process.execPath, rondo, "realserver", ...words);
    const again = realserver("tun", "200.168.10.10", "--dry-run");
    assert.match(
      again.stdout,
      /^# rondo: packets for 200\.168\.10\.10 in IPIP, GRE, GUE \(UDP port 6080\) are unwrapped at eth0/m,
    );
    const status = JSON.parse(realserver("status", "--json").stdout);
    assert.equal(status.servers[0].ok, true);
    record = status.record;
    assert.ok(existsSync(record));
  } finally {
    rmSync(folder, { recursive: true });
    assert.equal(run("down", name).status, 0);
  }
  assert.deepEqual(leftovers(name), []);
  assert.ok(!existsSync(record), "what realserver wrote down goes with the lab");
});
