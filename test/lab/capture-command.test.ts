import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { peer } from "./netlink-places.js";
import { rondo } from "./running.js";
import { fromClient, fromServer, type Segment, type WidePlace, widePlace } from "./wide-place.js";

/** `rondo capture` in the director's namespace, as soon as it records. */
async function capture(place: WidePlace, ...words: string[]) {
  const child = place.inside(() =>
    spawn(process.execPath, [rondo, "capture", ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TZ: "UTC" },
    }),
  );
  place.t.after(() => child.kill("SIGKILL"));
  const said = { out: Buffer.alloc(0), err: "" };
  child.stdout.on("data", (data: Buffer) => {
    said.out = Buffer.concat([said.out, data]);
  });
  child.stderr.on("data", (data: Buffer) => {
    said.err += data.toString();
  });
  const closed = once(child, "close");
  for (let i = 0; i < 800 && !/^recording /.test(said.err) && child.exitCode === null; i++) await sleep(25);
  return {
    child,
    lines: () => said.out.toString().split("\n").slice(0, -1),
    end: async (signal?: NodeJS.Signals) => {
      if (signal) child.kill(signal);
      const [status] = (await closed) as [number | null];
      return { status, out: said.out, err: said.err };
    },
  };
}

/** A service by NAT and one by DR, with a server each. */
function cluster(t: TestContext): WidePlace | undefined {
  const place = widePlace(t);
  if (!place) return undefined;
  place.put(place.service({}), 1, { method: "masq" });
  place.put(place.service({ port: 443 }), 2, { method: "droute" });
  place.program("xdp"); // To load it takes a while.
  return place;
}
const by = {
  nat: (segment: Segment = {}) => fromClient({ tcp: { syn: true }, ...segment }),
  dr: (segment: Segment = {}) => fromClient({ tcp: { syn: true }, virtualPort: 443, ...segment }),
};
const summaryOf = (err: string) => err.split("\n").slice(1).join("\n");

test("lines tell what came, what became of it and what left, at once, until SIGINT", async (t) => {
  const place = cluster(t);
  if (!place) return;
  const running = await capture(place);
  place.send("xdp", by.nat());
  place.send("xdp", fromServer(1, { tcp: { syn: true, ack: true } }, 80), "back");
  place.send("xdp", by.dr({ client: 4 }));
  place.send("xdp", by.dr({ client: 5, ttl: 1 }));
  for (let i = 0; i < 400 && running.lines().length < 8; i++) await sleep(25);
  const lines = running.lines();
  for (const line of lines) assert.match(line, /^\d\d:\d\d:\d\d\.\d{6} /);
  const rest = ": Flags [S], seq 0, win 65535, length 0";
  const [director, router] = ["02:00:c0:a8:04:05", "02:00:c0:a8:04:01"];
  assert.deepEqual(
    lines.map((line) => line.slice(16)),
    [
      `eth0 in  IP 172.16.0.1.40000 > 192.168.4.15.80${rest} | to 10.0.1.11:80 (Masq)`,
      `eth1 out IP 172.16.0.1.40000 > 10.0.1.11.80${rest} | ${director} > 02:00:0a:00:01:0b`,
      `eth1 in  IP 10.0.1.11.80 > 172.16.0.1.40000${rest.replace("[S]", "[S.]").replace(", win", ", ack 0, win")} | to the client, from 10.0.1.11:80 (Masq)`,
      // Both devices have one MAC address here: then it can't be told which it was.
      `eth1 out IP 192.168.4.15.80 > 172.16.0.1.40000${rest.replace("[S]", "[S.]").replace(", win", ", ack 0, win")} | ${director} > ${router}`,
      `eth0 in  IP 172.16.0.5.40000 > 192.168.4.15.443${rest} | to 10.0.1.12:443 (Route)`,
      `eth1 out IP 172.16.0.5.40000 > 192.168.4.15.443${rest} | ${director} > 02:00:0a:00:01:0c`,
      `eth0 in  IP 172.16.0.6.40000 > 192.168.4.15.443${rest} | answered: time_to_live`,
      `eth0 out IP 192.168.4.15 > 172.16.0.6: ICMP time exceeded in-transit, length 48 | ${director} > ${router}`,
    ],
  );
  const { status, err } = await running.end("SIGINT");
  assert.equal(status, 0);
  assert.match(err, /^recording what the director decides about, .*; Ctrl-C ends it\n4 packets\n$/);
  assert.equal(place.state.settings.capturing, 0);
});

test("filters: a service, a real server, clients; --in, --out, -c, --json", async (t) => {
  const place = cluster(t);
  if (!place) return;
  const send = () => {
    place.send("xdp", by.nat({ client: 1 }));
    place.send("xdp", by.dr({ client: 2 }));
    place.send("xdp", fromServer(1, { tcp: { ack: true }, client: 1 }, 80), "back");
    place.send("xdp", by.nat({ client: 300 }));
  };
  for (const [words, shown, lines] of [
    ["-t 192.168.4.15:80", 3, 6],
    ["-t 192.168.4.15:443 --in", 1, 1],
    ["-u 192.168.4.15:80", 0, 0],
    ["--server 10.0.1.11 --out", 3, 3],
    ["--server 10.0.1.12:443", 1, 2],
    ["--server 10.0.1.12:80", 0, 0],
    ["--client 172.16.0.0/24", 3, 6],
    ["--client 172.16.0.2 --server 10.0.1.11", 2, 4],
  ] as const) {
    const running = await capture(place, ...words.split(" "));
    send();
    const { status, err, out } = await running.end("SIGTERM");
    assert.equal(status, 0, err);
    assert.equal(summaryOf(err), `${shown} packet${shown === 1 ? "" : "s"} of 4 recorded\n`, words);
    assert.equal(out.toString().split("\n").length - 1, lines, words);
  }
  const running = await capture(place, "--json", "-c", "2");
  send();
  const { status, out, err } = await running.end();
  assert.equal(status, 0);
  assert.equal(summaryOf(err), "2 packets\n");
  const [, two] = out
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.match(two.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  const packet = "IP 172.16.0.3.40000 > 192.168.4.15.443: Flags [S], seq 0, win 65535, length 0";
  assert.deepEqual(two, {
    at: two.at,
    course: "request",
    fate: "sent",
    server: { address: "10.0.1.12", port: 443, method: "droute", service: "tcp 192.168.4.15:443" },
    in: { device: "eth0", length: 54, packet },
    out: {
      device: "eth1",
      length: 54,
      packet,
      source: "02:00:c0:a8:04:05",
      destination: "02:00:0a:00:01:0c",
    },
  });
});

test("a file is what tcpdump reads, by -w FILE and by -w -", async (t) => {
  const place = cluster(t);
  if (!place) return;
  const folder = mkdtempSync(join(tmpdir(), "rondo-capture-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "packets.pcapng");
  const payload = "x".repeat(1000);
  const sent = [by.nat(), by.dr(), by.dr({ tcp: { ack: true, psh: true }, payload })];
  const run = async (...words: string[]) => {
    const running = await capture(place, "-c", "3", ...words);
    for (const frame of sent) place.send("xdp", frame);
    const { status, out, err } = await running.end();
    assert.equal(status, 0, err);
    return out;
  };
  assert.equal((await run("-w", file)).length, 0);
  const whole = await run("-w", "-");
  assert.equal(whole.length, readFileSync(file).length);
  assert.equal(whole.readUInt32LE(0), 0x0a0d0d0a);
  if (!peer(t, "tcpdump")) return;
  const read = (input: "-" | string) => {
    const { stdout, stderr, status } = spawnSync("tcpdump", ["-nn", "-t", "-S", "-e", "-r", input], {
      encoding: "utf8",
      ...(input === "-" && { input: whole }),
    });
    assert.equal(status, 0, stderr);
    return stdout.trimEnd().split("\n");
  };
  const expected = [
    ["02:00:c0:a8:04:01 > 02:00:c0:a8:04:05", "length 54: 172.16.0.1.40000 > 192.168.4.15.80:"],
    ["02:00:c0:a8:04:05 > 02:00:0a:00:01:0b", "length 54: 172.16.0.1.40000 > 10.0.1.11.80:"],
    ["02:00:c0:a8:04:01 > 02:00:c0:a8:04:05", "length 54: 172.16.0.1.40000 > 192.168.4.15.443:"],
    ["02:00:c0:a8:04:05 > 02:00:0a:00:01:0c", "length 54: 172.16.0.1.40000 > 192.168.4.15.443:"],
    ["02:00:c0:a8:04:01 > 02:00:c0:a8:04:05", "length 1054: 172.16.0.1.40000 > 192.168.4.15.443:"],
    ["02:00:c0:a8:04:05 > 02:00:0a:00:01:0c", "length 1054: 172.16.0.1.40000 > 192.168.4.15.443:"],
  ] as const;
  for (const lines of [read(file), read("-")]) {
    assert.equal(lines.length, expected.length);
    for (const [i, [macs, ends]] of expected.entries()) {
      assert.ok(lines[i]!.startsWith(`${macs}, ethertype IPv4 (0x0800), ${ends}`), lines[i]);
    }
  }
});

test("one at a time; who was killed leaves nothing behind; what came too fast is told", async (t) => {
  const place = cluster(t);
  if (!place) return;
  const file = join(mkdtempSync(join(tmpdir(), "rondo-capture-")), "packets");
  t.after(() => rmSync(dirname(file), { recursive: true }));
  writeFileSync(file, "somebody's");
  const first = await capture(place, "-s", "0");
  const second = await (await capture(place, "-w", file)).end();
  assert.equal(readFileSync(file, "utf8"), "somebody's");
  assert.equal(second.status, 1);
  assert.match(second.err, /^rondo: another capture or trace is running in this network namespace\n/);
  // It stands still, and records of 2 kB fill the room of 2 MB.
  first.child.kill("SIGSTOP");
  const payload = "x".repeat(960);
  for (let i = 0; i < 1500; i++) place.send("xdp", by.dr({ payload }));
  first.child.kill("SIGCONT");
  const { err, status } = await first.end("SIGINT");
  assert.equal(status, 0, err);
  const [shown, lost] = summaryOf(err)
    .match(/^(\d+) packets\n(\d+) packets not recorded: they came faster than they were read\n/)!
    .slice(1)
    .map(Number);
  assert.equal(shown! + lost!, 1500, err);
  assert.ok(shown! > 900 && lost! > 300, err);

  const killed = await capture(place);
  await killed.end("SIGKILL");
  assert.notEqual(place.state.settings.capturing, 0);
  place.send("xdp", by.nat());
  const next = await capture(place, "-c", "1", "--client", "172.16.0.8");
  place.send("xdp", by.nat({ client: 7 }));
  const ended = await next.end();
  assert.deepEqual([ended.status, summaryOf(ended.err)], [0, "1 packet\n"]);
});

test("what can't be is refused in a sentence", (t) => {
  const place = cluster(t);
  if (!place) return;
  const run = (...words: string[]) => {
    const { status, stderr } = place.inside(() =>
      spawnSync(process.execPath, [rondo, "capture", ...words], { encoding: "utf8", timeout: 60_000 }),
    );
    return `${status} ${stderr.split("\n")[0]}`;
  };
  assert.equal(run("--in", "--out"), "2 rondo: --in or --out, or neither for both");
  assert.equal(run("-c", "0"), "2 rondo: --count 0: a whole number from 1 on");
  assert.equal(run("-s", "many"), "2 rondo: --length many: a whole number from 0 on");
  assert.equal(run("--json", "-w", "x"), "2 rondo: --json writes lines, -w a file: one of them");
  assert.match(run("-w", "/nowhere/x"), /^1 rondo: \/nowhere\/x can't be made: ENOENT/);
  assert.equal(place.state.settings.capturing, 0);
  assert.match(run("eth0"), /^2 rondo: eth0: nothing more is expected here/);
});
