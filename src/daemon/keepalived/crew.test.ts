import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { readText } from "../../../test/read-keepalived.js";
import { Crew, type CrewOptions, type WorkerProcess } from "./crew.js";
import type { FromWorker, ToWorker } from "./messages.js";
import { isFor } from "./news.js";
import { Respawn } from "./respawn.js";

const config = {
  sources: "one",
  options: { keepVips: false, keepServices: false, logAddresses: false, detail: false },
  roles: ["vrrp", "checker", "bfd"] as const,
};

/** A worker process of no substance: it does what the test says. */
class Fake implements WorkerProcess {
  readonly got: ToWorker[] = [];
  #message: (message: FromWorker) => void = () => {};
  #exit: (status: number | null, signal: NodeJS.Signals | null) => void = () => {};
  ended = false;
  constructor(readonly pid: number) {}
  send(message: ToWorker): void {
    this.got.push(message);
    if (message.type === "become") this.say({ type: "started" });
    if (message.type === "reload") this.say({ type: "reloaded" });
    if (message.type === "stop") this.end(0, null);
  }
  kill(signal: NodeJS.Signals): void {
    this.end(null, signal);
  }
  onMessage(listener: (message: FromWorker) => void): void {
    this.#message = listener;
  }
  onExit(listener: (status: number | null, signal: NodeJS.Signals | null) => void): void {
    this.#exit = listener;
  }
  say(message: FromWorker): void {
    queueMicrotask(() => this.#message(message));
  }
  end(status: number | null, signal: NodeJS.Signals | null): void {
    if (this.ended) return;
    this.ended = true;
    queueMicrotask(() => this.#exit(status, signal));
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function crewOf(t: TestContext, more: Partial<CrewOptions> = {}) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let now = 0;
  const fakes: Fake[] = [];
  const log: string[] = [];
  const lost: string[] = [];
  const events: string[] = [];
  const crew = new Crew({
    launch: () => {
      const fake = new Fake(100 + fakes.length);
      fakes.push(fake);
      fake.say({ type: "loaded" });
      return fake;
    },
    now: () => now,
    respawn: true,
    on: {
      log: (_, __, ___, message) => log.push(message),
      event: (_, event) => events.push(event.kind),
      process: () => {},
      lost: (role, why) => lost.push(`${role}: ${why}`),
    },
    ...more,
  });
  const pass = async (milliseconds: number) => {
    for (let left = milliseconds; left > 0; left -= 100) {
      now += Math.min(100, left);
      t.mock.timers.tick(Math.min(100, left));
      await settled();
    }
  };
  return { crew, fakes, log, lost, events, pass };
}

test("the spare one takes over at once, with the last snapshot, and there is a new spare one", async (t) => {
  const { crew, fakes, log } = crewOf(t);
  await crew.start(["vrrp"], config);
  await settled();
  const [first, spare] = fakes;
  assert.equal(fakes.length, 2, "one in its role, one spare");
  assert.equal(crew.sparePid, spare!.pid);
  first!.say({ type: "snapshot", snapshot: { master: true } });
  await settled();
  first!.end(null, "SIGKILL");
  await settled();
  assert.deepEqual(spare!.got, [
    { type: "become", role: "vrrp", config, handover: { snapshot: { master: true } } },
  ]);
  assert.equal(fakes.length, 3);
  assert.deepEqual(crew.posts(), [{ role: "vrrp", pid: spare!.pid, restarts: 1, takeover: 0 }]);
  assert.match(log[0]!, /vrrp process \(100\) ended by SIGKILL \(9\): Respawning/);
  assert.match(log[1]!, /took over with the last snapshot, 0 ms/);
});

test("a crash loop is slowed and said, and never given up", async (t) => {
  const { crew, fakes, log, pass } = crewOf(t);
  await crew.start(["checker"], config);
  for (let i = 0; i < 3; i++) {
    await settled();
    fakes.find((fake) => fake.pid === crew.posts()[0]!.pid)!.end(1, null);
    await settled();
    assert.notEqual(crew.posts()[0]!.pid, undefined, "made good at once");
  }
  fakes.find((fake) => fake.pid === crew.posts()[0]!.pid)!.end(1, null);
  await settled();
  assert.equal(crew.posts()[0]!.pid, undefined);
  assert.match(log.at(-1)!, /again and again; the next one begins in 0\.5 s/);
  await pass(600);
  assert.notEqual(crew.posts()[0]!.pid, undefined);
});

test("who ends before he ever began is lost, and who ends by -R", async (t) => {
  const { crew, fakes, lost } = crewOf(t, { respawn: false });
  await crew.start(["vrrp"], config);
  await settled();
  assert.equal(fakes.length, 1, "no spare one without respawning");
  fakes[0]!.end(70, null);
  await settled();
  assert.deepEqual(lost, ["vrrp: its process (100) ended with status 70"]);
});

test("one that says nothing for long is ended and replaced, but not because we were held up", async (t) => {
  const { crew, fakes, log, pass } = crewOf(t);
  await crew.start(["vrrp"], config);
  await settled();
  await pass(2900);
  assert.equal(fakes[0]!.ended, false);
  fakes[0]!.say({ type: "heartbeat" });
  await pass(2900);
  assert.equal(fakes[0]!.ended, false);
  await pass(700);
  assert.equal(fakes[0]!.ended, true);
  assert.match(log[0]!, /has said nothing for 3\.\d s: it is ended/);
  assert.equal(crew.posts()[0]!.pid, fakes[1]!.pid);
});

test("a reload begins what is new, ends what isn't wanted, and tells the others", async (t) => {
  const { crew, fakes } = crewOf(t);
  await crew.start(["vrrp", "bfd"], config);
  await settled();
  const other = { ...config, sources: "two" };
  assert.deepEqual(await crew.reload(["vrrp", "checker"], other), []);
  assert.deepEqual(crew.roles.sort(), ["checker", "vrrp"]);
  assert.deepEqual(fakes[0]!.got.at(-1), { type: "reload", config: other });
  assert.equal(fakes[1]!.ended, true);
});

test("BFD's news reaches the others, and not itself", async (t) => {
  const { crew, fakes, events } = crewOf(t);
  await crew.start(["bfd", "vrrp"], config);
  await settled();
  const news = { kind: "bfd", name: "peer", up: false } as const;
  fakes[0]!.say({ type: "event", event: news });
  await settled();
  assert.deepEqual(fakes[1]!.got.at(-1), { type: "news", news });
  assert.equal(fakes[0]!.got.length, 1);
  assert.deepEqual(events, ["bfd"]);

  fakes[1]!.end(null, "SIGKILL");
  await settled();
  await settled();
  assert.deepEqual(fakes[2]!.got.at(-1), { type: "news", news }, "who begins later hears of it, too");
});

test("BFD's news reaches only who is meant, and after a reload who is meant then", async (t) => {
  const text = (flags: string) => readText(`bfd_instance peer { neighbor_ip 10.0.0.2\n${flags} }`).config;
  let meant = text("checker");
  const { crew, fakes } = crewOf(t, { isFor: (role, news) => isFor(role, news, meant) });
  await crew.start(["bfd", "vrrp", "checker"], config);
  await settled();
  const [bfd, vrrp, checker] = fakes;
  const news = { kind: "bfd", name: "peer", up: true } as const;
  const heard = (fake: Fake | undefined) => fake!.got.filter(({ type }) => type === "news");
  bfd!.say({ type: "event", event: news });
  await settled();
  assert.deepEqual(heard(vrrp), []);
  assert.deepEqual(heard(checker), [{ type: "news", news }]);

  vrrp!.end(null, "SIGKILL");
  await settled();
  await settled();
  const successor = fakes.find(({ pid }) => pid === crew.posts().find(({ role }) => role === "vrrp")!.pid);
  assert.deepEqual(heard(successor), [], "nor is who begins later");

  meant = text("vrrp");
  assert.deepEqual(await crew.reload(["bfd", "vrrp", "checker"], config), []);
  assert.deepEqual(heard(successor), [{ type: "news", news }]);
  assert.equal(heard(checker).length, 1);
  for (const role of ["vrrp", "checker"] as const) assert.equal(isFor(role, news, text("")), true);
});

test("who doesn't stop in time is killed", async (t) => {
  const { crew, fakes, pass } = crewOf(t);
  await crew.start(["vrrp"], config);
  await settled();
  fakes[0]!.send = () => {};
  const stopped = crew.stop(1000);
  await pass(1100);
  await stopped;
  assert.equal(
    fakes.every(({ ended }) => ended),
    true,
  );
});

test("pauses between restarts double up to a minute, and are forgotten after a quiet time", () => {
  const respawn = new Respawn();
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((now) => respawn.ended(now)),
    [0, 0, 0, 500, 1000, 2000],
  );
  let now = 5;
  let pause = 0;
  for (let i = 0; i < 10; i++) {
    now += pause + 10;
    pause = respawn.ended(now);
  }
  assert.equal(pause, 60_000);
  assert.equal(respawn.ended(now + 200_000), 0);
});
