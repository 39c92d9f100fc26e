import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { Writable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../src/cli/lab.js";
import {
  faultStatusOf,
  heal,
  type Lab,
  makeLab,
  measureTraffic,
  readState,
  type Series,
  setFault,
  statusOf,
  type Tally,
  type TrafficReport,
  takeDown,
  tally,
  topologies,
} from "../../src/lab/index.js";
import { leftAfter } from "./leftovers.js";
import { rondo } from "./running.js";

const skip = process.getuid?.() === 0 ? false : "needs root";
const name = `faults-${process.pid}`;
/** Milliseconds for a request, and of requests that are looked at together. */
const timeout = 500;
const span = 400;
/** For what has no bound of its own: long enough for a machine that is much slower. */
const patience = 60_000;

const state = () => readState(name)!;

async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + patience; !holds(); await sleep(20))
    assert.ok(Date.now() < end, `in vain: ${what}`);
}

/** `rondo lab …` in this process. */
async function cli(...words: string[]): Promise<{ status: number; said: string }> {
  let said = "";
  const sink = () =>
    new Writable({
      write(chunk, _, done) {
        said += chunk;
        done();
      },
    });
  const status = await run(words, { stdout: sink(), stderr: sink() });
  return { status, said };
}

describe("a lab that is broken while it is asked", { skip }, () => {
  let lab: Lab;
  let dismiss = () => {};
  const enough = new AbortController();
  let report: Promise<TrafficReport>;
  let series: Series | undefined;
  /** A run with a lab of its own, beside all else: its figures are looked at in the last test. */
  let besides: ReturnType<typeof cli>;

  before(async () => {
    besides = cli(
      "run",
      "nat",
      "--hook",
      "tc",
      "--fault",
      "delay 30ms web1",
      "--at",
      "1s",
      "--heal-at",
      "2s",
      "--json",
    );
    const topology = topologies.find((each) => each.name === "dr")!;
    const made = await makeLab({ topology, name, kind: "run", hook: "xdp" });
    lab = made.lab;
    dismiss = () => made.guardian.dismiss();
    const onProgress = (now: Series) => {
      series = now;
    };
    report = measureTraffic(lab, { rate: 80, timeout, signal: enough.signal, onProgress });
    await eventually("the traffic begins", () => (series?.outcomes.length ?? 0) > 0);
  });
  after(async () => {
    enough.abort();
    await report.catch(() => {});
    await takeDown(name);
    dismiss();
    await besides.catch(() => {});
    assert.deepEqual(await leftAfter(name, 10_000), []);
  });

  /** What came of the requests of some time. All of them have ended: one that was begun later than they may last has. */
  async function requestsFrom(from: number): Promise<Tally> {
    await eventually("the traffic goes on", () =>
      series!.outcomes.some(({ at }) => at >= from + span + timeout + 100),
    );
    return tally(series!.outcomes.filter(({ at }) => at >= from && at < from + span));
  }
  /** Looks at what comes from now on until it is such. */
  async function until(what: string, wanted: (tally: Tally) => boolean): Promise<Tally> {
    for (let from = Date.now(), end = from + patience; ; from += span / 2) {
      const found = await requestsFrom(from);
      if (found.requests > 0 && wanted(found)) return found;
      assert.ok(from < end, `in vain: ${what}: ${JSON.stringify(found)}`);
    }
  }
  const isShared = ({ lost, servers, requests }: Tally) =>
    lost === 0 && ["web1", "web2"].every((host) => Math.abs((servers[host] ?? 0) / requests - 0.5) < 0.15);
  const wellAgain = () => until("all is well", isShared);
  const isHalf = (part: number, whole: number) => Math.abs(part / whole - 0.5) < 0.15;

  function ipvsadm(...words: string[]): void {
    const director = lab.host("director");
    const { status, stderr } = director.within(() =>
      spawnSync(process.execPath, [rondo, "ipvsadm", ...words], { encoding: "utf8" }),
    );
    assert.equal(stderr + status, "0");
  }
  /** Runs a program of ours on a host and gives what it says. */
  async function scriptOn<T>(host: string, script: string): Promise<T> {
    const words = ["--input-type=module", "-e", script];
    const child = lab.host(host).spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout!.on("data", (data: Buffer) => {
      said += data.toString();
    });
    await once(child, "close");
    return JSON.parse(said);
  }
  /** How long connecting takes, some times over, in milliseconds. */
  const connectTimes = (address: string) =>
    scriptOn<number[]>(
      "client",
      `import { connect } from "node:net"; import { once } from "node:events";
       const times = [];
       for (let i = 0; i < 7; i++) {
         const start = performance.now();
         const socket = connect(80, "${address}");
         await once(socket, "connect");
         times.push(performance.now() - start);
         socket.destroy();
       }
       console.log(JSON.stringify(times.sort((a, b) => a - b)));`,
    );
  const offloads = (host: string, device: string) => {
    const network = lab.host(host).network();
    try {
      return [...network.offloads.read(device).all].filter(([, { active }]) => active).map(([each]) => each);
    } finally {
      network.close();
    }
  };

  test("cut: without checks half of the requests are lost, until the weight is 0; healed, all is as before", async () => {
    await wellAgain();
    const change = await setFault(name, { host: "web1" }, { kind: "cut" });
    assert.deepEqual(
      change.set.map(({ kind, host }) => `${kind} ${host}`),
      ["cut web1"],
    );
    const cut = await until("half is lost", ({ lost, requests }) => isHalf(lost, requests));
    assert.equal(cut.servers["web1"] ?? 0, 0);

    ipvsadm("-e", "-t", "192.168.4.15:80", "-r", "192.168.4.100", "-g", "-w", "0");
    const alone = await until("nothing is lost", ({ lost }) => lost === 0);
    assert.deepEqual(Object.keys(alone.servers), ["web2"]);

    await heal(name, { host: "web1" });
    ipvsadm("-e", "-t", "192.168.4.15:80", "-r", "192.168.4.100", "-g", "-w", "1");
    await wellAgain();
  });

  test("loss: such a share of many packets does not arrive, and is counted", async () => {
    const before = offloads("web2", "ens37");
    await setFault(name, { host: "web2" }, { kind: "loss", percent: 5 });
    const sent = 4000;
    const receiver = scriptOn<number>(
      "web2",
      `import { createSocket } from "node:dgram";
       const socket = createSocket({ type: "udp4", recvBufferSize: 4000000 });
       let count = 0, last = Date.now();
       socket.on("message", () => { count++; last = Date.now(); });
       socket.bind(9999);
       const timer = setInterval(() => {
         if (count === 0 || Date.now() - last < 1000) return;
         clearInterval(timer); socket.close(); console.log(count);
       }, 50);`,
    );
    const listening = () => existsInProc(lab, "web2", 9999);
    await eventually("the receiver listens", listening);
    await scriptOn(
      "client",
      `import { createSocket } from "node:dgram"; import { setTimeout as sleep } from "node:timers/promises";
       const socket = createSocket("udp4");
       for (let i = 0; i < ${sent / 50}; i++) {
         for (let j = 0; j < 50; j++) socket.send(Buffer.alloc(100), 9999, "192.168.4.200");
         await sleep(2);
       }
       socket.close(); console.log(1);`,
    );
    const arrived = await receiver;
    const [status] = faultStatusOf(state());
    assert.equal(status!.by, "packet program");
    const { toHost, fromHost } = status!.lost!;
    // 200 of 4000, give or take six standard deviations; what the client asks besides is counted, too.
    assert.ok(sent - arrived > 117 && sent - arrived < 283, `${arrived} of ${sent} arrived`);
    assert.ok(toHost.packets >= sent);
    assert.ok(toHost.dropped >= sent - arrived);
    assert.ok(toHost.dropped / toHost.packets > 0.03 && toHost.dropped / toHost.packets < 0.07);
    assert.ok(fromHost.packets > 0);

    // Another share takes the first one's place, and counts begin anew; what was switched off is on again in the end.
    await setFault(name, { host: "web2" }, { kind: "loss", percent: 100 });
    const [all] = faultStatusOf(state());
    assert.equal(all!.text, "loss 100%");
    await eventually("all is lost", () => {
      const { lost } = faultStatusOf(state())[0]!;
      return lost!.toHost.packets > 10 && lost!.toHost.dropped === lost!.toHost.packets;
    });
    await heal(name, { host: "web2" });
    assert.deepEqual(offloads("web2", "ens37"), before);
    assert.deepEqual(faultStatusOf(state()), []);
    await wellAgain();
  });

  test("delay: each packet comes later, in either direction, whole and in order; with a loss as well", async () => {
    await setFault(name, { host: "web2" }, { kind: "loss", percent: 1 });
    await eventually("packets are counted", () => faultStatusOf(state())[0]!.lost!.toHost.packets > 10);
    await setFault(name, { host: "web2" }, { kind: "delay", milliseconds: 50, jitter: 0 });
    const both = faultStatusOf(state());
    assert.deepEqual(
      both.map(({ text, by, wrong }) => [text, by, wrong]),
      [
        ["loss 1%", "packet program", undefined],
        ["delay 50ms", "relay", undefined],
      ],
    );
    assert.ok(both[0]!.lost!.toHost.packets > 10, "the counts of before go on");
    await setFault(name, { host: "web2" }, { kind: "loss", percent: 0 });

    const [times, near] = await Promise.all(["192.168.4.200", "192.168.4.100"].map(connectTimes));
    assert.ok(times![0]! >= 100 && times![0]! < 180, `connected after ${times!.join(", ")} ms`);
    assert.ok(near![0]! < 50, `connected after ${near!.join(", ")} ms without a delay`);
    const bytes = await scriptOn<number>(
      "client",
      `const r = await fetch("http://192.168.4.200/bytes/3000000"); console.log((await r.arrayBuffer()).byteLength);`,
    );
    assert.equal(bytes, 3_000_000);
    // A request's two ways there wait, and so do the answers that come back past the director.
    const delayed = await until("all is answered", isShared);
    assert.ok(delayed.p99! >= 200, `p99 ${delayed.p99}`);

    await setFault(name, { host: "web2" }, { kind: "delay", milliseconds: 5, jitter: 5 });
    assert.ok((await connectTimes("192.168.4.200"))[0]! < 50);

    const [relay] = faultStatusOf(state());
    process.kill(relay!.process!.pid, "SIGKILL");
    await eventually("its end is noticed", () => statusOf(state()).state === "broken");
    assert.match(faultStatusOf(state())[0]!.wrong!, /relay has ended/);
    assert.equal((await cli("faults", name)).status, 1);
    await heal(name, { host: "web2" });
    assert.equal(statusOf(state()).state, "up");
    assert.ok((await connectTimes("192.168.4.200"))[0]! < 50);
  });

  test("flap: some are lost, and it ends by itself", async () => {
    await wellAgain();
    await setFault(name, { host: "web1" }, { kind: "flap", every: 600, for: 1800 });
    assert.match(faultStatusOf(state())[0]!.by, /down and up/);
    const refused = await cli("cut", `${name}/web1`);
    assert.equal(refused.status, 1);
    assert.match(refused.said, /flaps since .*flap every 600ms.*cut would be undone at once\nEnd that first/);
    await eventually("it ends", () => (state().faults ?? []).length === 0);
    await wellAgain();
  });

  test("fail: the host is gone with its processes, and boots again", async () => {
    const web = (host: string) => state().hosts.find((each) => each.name === host)!.processes[0]?.pid;
    const before = web("web1");
    const { said } = await cli("fail", `${name}/web1`);
    assert.equal(said, "web1 is off\n");
    // A child of this process is there until it is waited for.
    await eventually("its process is gone", () => !existsSync(`/proc/${before}`));
    assert.equal(existsSync(`/run/netns/rondo-${name}-web1`), false);
    const status = await cli("status", name);
    assert.equal(status.status, 0, status.said);
    assert.match(status.said, /web1 .* off\n/);
    assert.match(status.said, /broken on purpose:\n {4}web1 .*fail .*by power off/);
    assert.match((await cli("fail", `${name}/web1`)).said, /web1 is off already, since/);
    assert.match(
      (await cli("delay", "5ms", `${name}/web1`)).said,
      /web1 is off since .*\nHave it boot first: /,
    );
    await until("half is lost", ({ lost, requests }) => isHalf(lost, requests));
    assert.equal((await cli("heal", `${name}/web1`)).said, "web1 has booted again\n");
    assert.notEqual(web("web1"), before);
    await wellAgain();
  });

  test("what is broken is told, and what is healed; nothing is no error", async () => {
    assert.equal((await cli("faults", name)).said, `lab ${name}: nothing is broken\n`);
    assert.deepEqual(await cli("heal", "all", "--lab", name), {
      status: 0,
      said: `nothing is wrong with lab ${name}\n`,
    });
    await cli("loss", "5%", `${name}/web1`);
    assert.match((await cli("loss", "7%", `${name}/web1`)).said, /loses 7% .* \(it was loss 5%\)/);
    await cli("cut", "web2", "--lab", name);
    const [told] = JSON.parse((await cli("faults", name, "--json")).said);
    assert.deepEqual(
      told.faults.map(({ host, text }: { host: string; text: string }) => `${host} ${text}`),
      ["web1 loss 7%", "web2 cut"],
    );
    assert.match((await cli("loss", "5%", `${name}/web2`)).said, /cable of web2 is cut .*nothing passes/);
    assert.equal((await cli("heal", `${name}/all`)).said, "web1: loss 7% has ended\nweb2: cut has ended\n");
  });

  test("traffic tells of each second, and of what happened between", async () => {
    const second = await cli("traffic", name, "--seconds", "1", "--rate", "20", "--json");
    const short = JSON.parse(second.said);
    assert.ok(short.whole && short.requests > 0 && short.requests <= 20, second.said);
    enough.abort();
    const { periods, lost, requests, seconds, whole } = await report;
    assert.ok(whole);
    assert.equal(
      periods.reduce((sum, period) => sum + period.lost, 0),
      lost,
    );
    assert.equal(
      seconds.reduce((sum, each) => sum + each.requests, 0),
      requests,
    );
    const broken = periods.filter(({ faults }) => faults.length > 0);
    for (const fault of [
      "web1: cut",
      "web2: loss 5%",
      "web2: delay 50ms",
      "web1: flap every 600ms",
      "web1: fail",
    ])
      assert.ok(
        broken.some(({ faults }) => faults.includes(fault)),
        fault,
      );
    const flapped = broken.find(({ faults }) => faults.includes("web1: flap every 600ms"))!;
    assert.ok(
      flapped.lost > 0 && flapped.lost < flapped.requests / 2,
      `${flapped.lost} of ${flapped.requests}`,
    );
  });

  test("a run with a fault has its figures: a delay at the tc hook loses next to nothing, and is over when it is healed", async () => {
    const { status, said } = await besides;
    const { cost, ok, periods } = JSON.parse(said);
    assert.equal(status, 0, said);
    assert.equal(ok, true);
    assert.equal(cost.fault, "web1: delay 30ms");
    // What is on the way when it is healed is lost.
    assert.ok(cost.lost < 0.3 * cost.requests, `${cost.lost} of ${cost.requests} lost`);
    assert.equal(cost.lostAfter, 0);
    assert.ok(cost.at >= 1000 && cost.healAt >= cost.at + 1000);
    assert.ok(cost.sharesAfterHeal >= 0 && cost.sharesAfterHeal < 3000, `${cost.sharesAfterHeal}`);
    // Of half of the requests four packets wait 30 ms each.
    assert.ok(periods[1].p99 >= 120, `p99 ${periods[1].p99}`);
    assert.ok(periods[2].p50 < 120, `p50 ${periods[2].p50}`);
  });
});

/** Whether somebody listens at a UDP port of a host. */
function existsInProc(lab: Lab, host: string, port: number): boolean {
  const table = lab
    .host(host)
    .within(() => spawnSync("cat", ["/proc/self/net/udp"], { encoding: "utf8" }).stdout);
  return table.includes(`:${port.toString(16).toUpperCase()} `);
}
