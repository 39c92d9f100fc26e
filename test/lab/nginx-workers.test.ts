import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ask, Client, rawServer, until } from "./haproxy-running.js";
import { freeUdpPort, NginxPlace, udpPeer } from "./nginx-running.js";

/** Everything is on loopback addresses and files of a test's own. */
const linux = { skip: process.platform === "linux" ? false : "needs Linux" };

const two = "worker_processes 2;";

/** Has one of two workers serve alone for a while: the other is stopped. */
async function servedBy<T>(worker: number, other: number, work: () => Promise<T>): Promise<T> {
  process.kill(other, "SIGSTOP");
  process.kill(worker, "SIGCONT");
  try {
    return await work();
  } finally {
    process.kill(other, "SIGCONT");
  }
}

const statusOf = (answer: string) => Number(answer.slice(9, 12));

test("two workers have one state, and what one had is given back when it is killed", linux, async (t) => {
  const place = await NginxPlace.make(t);
  let asked = 0;
  const held = await rawServer(t, () => void asked++); // never answers
  const http = `
    limit_req_zone $arg_k zone=rate:64k rate=1r/m;
    limit_conn_zone $arg_k zone=held:64k;
    upstream one { zone one 64k; server 127.0.0.1:${held} max_conns=1; server 127.0.0.1:${held} down; }`;
  const server = (name: string) => `
    add_header Served ${name} always;
    location /rate { limit_req zone=rate burst=2 nodelay; stub_status; }
    location /held { limit_conn held 1; proxy_pass http://127.0.0.1:${held}; }
    location /one { proxy_pass http://one; }
    location /status { stub_status; }`;
  place.configure(server("first"), { main: two, http });
  const nginx = await place.start(t);
  const [a, b] = (await until("both", () => place.workers.length === 2 && place.workers)) as [number, number];
  const get = (path: string) => ask(place.port, path);
  const counts = async () =>
    (await get("/status"))
      .match(/\d+(?= )/g)!
      .slice(-7)
      .map(Number);

  const rates: number[] = [];
  const rate = async () => void rates.push(statusOf(await get("/rate?k=x")));
  await servedBy(a, b, async () => {
    await rate();
    await rate();
  });
  await servedBy(b, a, async () => {
    await rate();
    await rate();
  });
  await servedBy(a, b, rate);
  assert.deepEqual(rates, [200, 200, 200, 503, 503]);

  const holding = await servedBy(a, b, async () => {
    const clients = [
      new Client(place.port).ask("/held?k=x"),
      new Client(place.port).ask("/one"),
      new Client(place.port).ask("/held?k=y"),
    ];
    await until("three in one worker", () => asked === 3);
    return clients;
  });
  await servedBy(b, a, async () => {
    assert.equal(statusOf(await get("/held?k=x")), 503);
    assert.equal(statusOf(await get("/one")), 502);
    // The other one may not have seen yet that who asked it last is gone.
    assert.ok((await counts())[0]! >= 4, "all are counted, whoever is asked");
  });
  const before = await counts();
  process.kill(a, "SIGKILL");
  for (const client of holding) await client.untilOver();
  await place.logged(new RegExp(`worker process ${a} exited on signal 9\n.*start worker process \\d+\n`));
  const waiting = ["/held?k=x", "/one"].map((path) => new Client(place.port).ask(path));
  await until("they are let in again", async () => (await counts())[0] === 3);
  for (const client of waiting) assert.equal(client.text, "");
  const after = await counts();
  assert.ok(after[1]! > before[1]! && after[3]! > before[3]!, `${after} after ${before}`);

  // A reload keeps the zones of limits, if they are about the same.
  place.configure(server("second"), { main: two, http });
  nginx.signal("SIGHUP");
  await until("the new workers", async () => /Served: second/.test(await get("/status")));
  assert.equal(statusOf(await get("/rate?k=x")), 503);
  assert.equal(statusOf(await get("/held?k=x")), 503, "an old worker still has one");
  place.configure(server("third"), { main: two, http: http.replace("$arg_k zone=rate", "$arg_j zone=rate") });
  nginx.signal("SIGHUP");
  await place.logged(
    /\[emerg\] \d+#\d+: limit_req "rate" uses the "\$arg_j" key while previously it used the "\$arg_k" key\n/,
  );
  assert.match(await get("/rate?k=other"), /Served: second/);
  for (const client of waiting) client.socket.destroy();
});

test("with reuseport each worker has a socket of its own, which outlives it", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const other = await NginxPlace.make(t);
  const udp = await freeUdpPort();
  const main = `${two}
    stream { server { listen 127.0.0.1:${udp} udp reuseport; return $pid; } }`;
  place.configure(`listen 127.0.0.1:${other.port} reuseport; return 200 $pid;`, { main });
  const nginx = await place.start(t);
  const [a, b] = place.workers as [number, number];
  const whoAnswers = async () => Number(/\d+$/.exec(await ask(other.port, "/"))?.[0]);
  const seen = new Set<number>();
  await until("both", async () => seen.add(await whoAnswers()).size === 2);
  assert.deepEqual([...seen].sort(), [a, b].sort());

  const askedBy = new Set<string>();
  await until("both by UDP", async () => {
    const client = await udpPeer(t);
    const workers = new Set<string>();
    for (let count = 0; count < 3; count++) {
      client.send("who?", udp);
      workers.add((await client.next()).text);
    }
    assert.equal(workers.size, 1, "a client's datagrams come to one worker");
    for (const worker of workers) askedBy.add(worker);
    return askedBy.size === 2;
  });

  process.kill(a, "SIGSTOP");
  const clients = Array.from({ length: 12 }, () => new Client(other.port).ask("/", "Connection: close\r\n"));
  await until("those of the other worker", () => clients.some(({ over }) => over !== undefined));
  process.kill(a, "SIGKILL");
  for (const client of clients) assert.match(await client.untilOver(), /\d+$/);

  // Without it all have the first one's again.
  const cpu = /^Cpus_allowed_list:\t(\d+)/m.exec(readFileSync("/proc/self/status", "latin1"))![1]!;
  const affinity = `worker_cpu_affinity 1${"0".repeat(Number(cpu))}; worker_rlimit_core 4096;`;
  place.configure(`listen 127.0.0.1:${other.port}; return 200 "shared $pid";`, { main: two + affinity });
  nginx.signal("SIGHUP");
  await until("the new workers", async () => /shared/.test(await ask(other.port, "/")));
  for (const worker of place.workers.slice(-2)) {
    const proc = (file: string) => readFileSync(`/proc/${worker}/${file}`, "latin1");
    // One may serve while the other one still loads.
    await until("its CPU", () => new RegExp(`^Cpus_allowed_list:\t${cpu}$`, "m").test(proc("status")));
    assert.match(proc("limits"), /^Max core file size +4096 +4096 /m);
  }
  place.configure(`listen 127.0.0.1:${other.port} reuseport; return 200 "own $pid";`, {
    main: "worker_processes 3;",
  });
  nginx.signal("SIGHUP");
  await until("the new workers", async () => /own/.test(await ask(other.port, "/")));
  const last = new Set<string>();
  await until(
    "three",
    async () => last.add(await ask(other.port, "/").then((text) => text.slice(-8))).size === 3,
  );
  assert.doesNotMatch(place.read("error.log"), /\[emerg\]/);
});
