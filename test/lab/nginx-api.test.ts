import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { test } from "node:test";
import { freePort } from "../support/free-ports.js";
import { answering, ask, Client, ok, rawServer, until } from "./haproxy-running.js";
import { NginxPlace } from "./nginx-running.js";

/** Everything is on loopback addresses and files of a test's own. */
const linux = { skip: process.platform === "linux" ? false : "needs Linux" };

/** A call of the API: its status, and what its body says. */
async function call(port: number, method: string, path: string, body?: unknown) {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const client = new Client(port).send(
    `${method} /api/9${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  await client.untilOver();
  const [head = "", answer = ""] = client.text.split("\r\n\r\n");
  const status = Number(head.split(" ")[1]);
  return { status, head, value: answer === "" ? undefined : JSON.parse(answer) };
}

interface Peer {
  readonly id: number;
  readonly server: string;
  readonly state: string;
  readonly weight: number;
  readonly active: number;
  readonly requests: number;
  readonly fails: number;
  readonly responses: Readonly<Record<string, number>>;
  readonly health_checks: {
    readonly checks: number;
    readonly unhealthy: number;
    readonly last_passed?: boolean;
  };
  readonly downtime: number;
}

test(
  "the API tells of upstreams and changes their servers, for all workers; the page shows them",
  linux,
  async (t) => {
    const place = await NginxPlace.make(t);
    const held: Socket[] = [];
    const named = (name: string) =>
      rawServer(
        t,
        answering((head, socket) => {
          if (head.startsWith("GET /hold")) held.push(socket);
          else if (head.startsWith("GET /bad")) return "HTTP/1.1 500 Bad\r\nContent-Length: 0\r\n\r\n";
          else return ok(name);
          return undefined;
        }),
      );
    const [one, two, three] = [await named("one"), await named("two"), await named("three")];
    const [nobody, tcp] = [await freePort(), await freePort()];
    place.configure(
      `status_zone site;
     location / { proxy_pass http://app; status_zone all; }
     location /checked { proxy_pass http://checked; health_check interval=50ms; }
     location /api/ { api write=on; }
     location /read/ { api; }
     location /limited { limit_req zone=slow; limit_conn few 1; stub_status; }
     location /status { status_page refresh=2s; }`,
      {
        main: `worker_processes 2;
        stream { upstream talk { zone talk 64k; server 127.0.0.1:${one}; } server { listen 127.0.0.1:${tcp}; status_zone tcp; proxy_pass talk; } }`,
        http: `limit_req_zone $arg_k zone=slow:64k rate=1r/m; limit_conn_zone $arg_k zone=few:64k;
        upstream app { zone app 64k; server 127.0.0.1:${one} weight=2; server 127.0.0.1:${two}; }
        upstream <b> { zone html 64k; server 127.0.0.1:${two} backup; server 127.0.0.1:${one} down; }
        upstream checked { zone checked 64k; server 127.0.0.1:${nobody}; }
        upstream hidden { server 127.0.0.1:${two}; }`,
      },
    );
    await place.start(t);
    const get = async (path: string) => (await call(place.port, "GET", path)).value;
    const peers = async (): Promise<Peer[]> => (await get("/http/upstreams/app")).peers;
    const served = async (): Promise<string> => {
      const all: string[] = [];
      for (let count = 0; count < 6; count++) all.push(/\w+$/.exec(await ask(place.port, "/"))?.[0] ?? "");
      return [...new Set(all)].sort().join(" ");
    };

    // What is counted, without what the start has asked for.
    assert.equal((await call(place.port, "DELETE", "/http/upstreams/app")).status, 204);
    assert.equal(await served(), "one two");
    await ask(place.port, "/bad");
    const counted = await peers();
    assert.deepEqual(
      counted.map(({ id, server, state, weight, active }) => ({ id, server, state, weight, active })),
      [
        { id: 0, server: `127.0.0.1:${one}`, state: "up", weight: 2, active: 0 },
        { id: 1, server: `127.0.0.1:${two}`, state: "up", weight: 1, active: 0 },
      ],
    );
    assert.equal(counted[0]!.requests + counted[1]!.requests, 7);
    assert.equal(counted[0]!.responses["2xx"]! + counted[1]!.responses["2xx"]!, 6);
    assert.equal(counted[0]!.responses["5xx"]! + counted[1]!.responses["5xx"]!, 1);
    assert.deepEqual(Object.keys(await get("/http/upstreams")), ["app", "<b>", "checked"]);
    const [backup, down] = (await get("/http/upstreams/%3Cb%3E")).peers.reverse();
    assert.deepEqual([backup.backup, backup.state, down.state], [true, "up", "down"]);
    const zone = await until("the zone", async () => {
      const found = await get("/http/location_zones/all");
      return found.requests >= 8 ? found : undefined;
    });
    assert.deepEqual([zone.responses["5xx"], zone.responses.total], [1, zone.requests]);
    assert.ok((await get("/http/server_zones/site")).processing >= 1);
    const { accepted, active } = await get("/connections");
    assert.ok(accepted >= 7 && active >= 1);
    assert.ok((await get("/http/requests")).total >= 7);
    assert.equal((await get("/nginx")).version, "1.22.1");
    new Client(tcp).send("GET / HTTP/1.1\r\n\r\n");
    await until("a session", async () => (await get("/stream/upstreams/talk")).peers[0].connections === 1);
    const session = await get("/stream/server_zones/tcp");
    assert.deepEqual([session.processing, session.connections], [1, 0]);
    for (const [k, status] of [
      ["a", 200],
      ["a", 503],
      ["b", 200],
    ] as const)
      assert.match(await ask(place.port, `/limited?k=${k}`), new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.deepEqual(await get("/http/limit_reqs/slow"), {
      passed: 2,
      delayed: 0,
      rejected: 1,
      delayed_dry_run: 0,
      rejected_dry_run: 0,
    });
    assert.deepEqual(await get("/http/limit_conns"), {
      few: { passed: 2, rejected: 0, rejected_dry_run: 0 },
    });
    assert.deepEqual(await get("/stream/limit_conns"), {});
    assert.deepEqual(await get("/processes"), { respawned: 0 });
    const sick: Peer = await until("it is unhealthy", async () => {
      const [peer] = (await get("/http/upstreams/checked")).peers;
      return peer.state === "unhealthy" && peer.downtime > 0 ? peer : undefined;
    });
    assert.equal(sick.health_checks.unhealthy, 1);
    assert.equal(sick.health_checks.last_passed, false);

    // A server that comes, one that is changed, one that goes while a request is under way there.
    const servers = "/http/upstreams/app/servers/";
    const added = await call(place.port, "POST", servers, { server: `127.0.0.1:${three}`, weight: 2 });
    assert.equal(added.status, 201);
    assert.match(added.head, /\r\nLocation: http:\/\/a\S*\/api\/9\/http\/upstreams\/app\/servers\/2\/\r\n/);
    assert.deepEqual([added.value.id, added.value.weight, added.value.fail_timeout], [2, 2, "10s"]);
    assert.equal(await served(), "one three two");
    await call(place.port, "PATCH", `${servers}0`, { down: true });
    await call(place.port, "PATCH", `${servers}1`, { drain: true, max_conns: 5, fail_timeout: "3s" });
    assert.equal(await served(), "three");
    assert.deepEqual(
      (await peers()).map(({ state }) => state),
      ["down", "draining", "up"],
    );
    assert.deepEqual((await get(`${servers}1`)).fail_timeout, "3s");
    const waiting = new Client(place.port).ask("/hold");
    await until("it waits", () => held.length === 1);
    assert.equal((await peers())[2]!.active, 1);
    const left = await call(place.port, "DELETE", `${servers}2`);
    assert.deepEqual([left.status, left.value.map((server: Peer) => server.id)], [200, [0, 1]]);
    assert.match(await ask(place.port, "/"), /^HTTP\/1\.1 502 /);
    held[0]!.write(ok("held"));
    await waiting.until(/held$/);
    await call(place.port, "PATCH", `${servers}0`, { down: false });
    assert.equal(await served(), "one");
    assert.equal((await call(place.port, "DELETE", "/http/upstreams/app")).status, 204);
    assert.equal((await peers())[1]!.requests, 0);

    // What isn't done, and why.
    const refused = async (method: string, path: string, body?: unknown) => {
      const { status, value } = await call(place.port, method, path, body);
      assert.equal(value?.error?.status, status, `${method} ${path}`);
      return `${status} ${value.error.code}: ${value.error.text}`;
    };
    assert.equal(await refused("GET", "/http/nothing"), "404 PathNotFound: path not found");
    assert.equal(await refused("GET", "/http/upstreams/hidden"), "404 UpstreamNotFound: upstream not found");
    assert.equal(
      await refused("DELETE", `${servers}77`),
      "404 UpstreamServerNotFound: server with this ID does not exist",
    );
    assert.equal(await refused("POST", servers, "{nonsense"), "415 JsonError: JSON error");
    assert.equal(await refused("POST", servers, "[]"), "400 UpstreamConfFormatError: object expected");
    assert.equal(
      await refused("POST", servers, {}),
      '400 UpstreamConfFormatError: missing "server" argument',
    );
    assert.equal(
      await refused("POST", servers, { server: "1.1.1.1", weight: 0 }),
      '400 UpstreamConfFormatError: invalid "weight" value',
    );
    assert.equal(
      await refused("POST", servers, { server: "1.1.1.1", what: 0 }),
      '400 UpstreamConfFormatError: unknown parameter "what"',
    );
    assert.equal(
      await refused("POST", servers, { server: { a: 1 } }),
      "400 UpstreamConfFormatError: nested object or list",
    );
    assert.match(
      await refused("POST", servers, { server: "app.test" }),
      /^400 UpstreamBadAddress: "app.test" is no address/,
    );
    assert.equal(
      await refused("POST", servers, { server: `127.0.0.1:${one}` }),
      "409 EntryExists: entry exists",
    );
    assert.equal(
      await refused("PATCH", `${servers}0`, { server: "1.1.1.1" }),
      "400 UpstreamServerImmutable: server address is immutable",
    );
    assert.equal(await refused("PATCH", "/nginx", {}), "405 MethodDisabled: method disabled");
    const client = new Client(place.port).send(
      `DELETE /read/9${servers}0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    await client.untilOver();
    assert.match(client.text, /^HTTP\/1\.1 405 /);
    const large = await call(place.port, "POST", servers, {
      server: "1.1.1.1",
      what: "x".repeat(70_000),
    }).catch(() => undefined);
    assert.ok(large === undefined || large.status === 413);

    // A worker that dies is counted, and what was changed holds in the one that comes.
    const [victim] = place.workers as [number];
    process.kill(victim, "SIGKILL");
    await until("another worker", async () => (await get("/processes"))?.respawned === 1);
    assert.deepEqual(
      (await peers()).map(({ state }) => state),
      ["up", "draining"],
    );

    const page = await ask(place.port, "/status");
    assert.match(page, /\r\nContent-Type: text\/html; charset=utf-8\r\n/);
    assert.match(page, /<meta http-equiv="refresh" content="2">/);
    assert.match(page, /<h2>Upstream &lt;b&gt;<\/h2>/);
    assert.match(page, new RegExp(`<td>127\\.0\\.0\\.1:${one}</td><td class="state up">up</td><td>2</td>`));
    assert.match(page, /<td class="state unhealthy">unhealthy<\/td>/);
    assert.match(page, /<h2>Stream upstream talk<\/h2>/);
    assert.doesNotMatch(page, /<script|src=|href=/);
  },
);

test("changes of servers are kept in a state file, over reloads", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const app = await rawServer(
    t,
    answering(() => ok("served")),
  );
  const state = place.path("app.state");
  const configure = (more = "") =>
    place.configure("location / { proxy_pass http://app; } location /api/ { api write=on; }", {
      http: `upstream app { zone app 64k; ${more} state ${state}; }`,
    });
  configure();
  await place.start(t);
  assert.match(await ask(place.port, "/"), /^HTTP\/1\.1 502 /);
  const servers = "/http/upstreams/app/servers/";
  await call(place.port, "POST", servers, { server: `127.0.0.1:${app}`, weight: 3 });
  await call(place.port, "POST", servers, { server: "unix:/a;b", down: true });
  assert.equal(place.read("app.state"), `server 127.0.0.1:${app} weight=3;\nserver "unix:/a;b" down;\n`);
  assert.match(await ask(place.port, "/"), /served$/);
  const [first] = place.workers as [number];
  assert.equal(place.run("-s", "reload").status, 0);
  await until("the end of the old worker", () =>
    place.read("error.log").includes(`worker process ${first} exited`),
  );
  assert.match(await ask(place.port, "/"), /served$/);
  const { value } = await call(place.port, "GET", servers);
  assert.deepEqual(
    value.map(({ server, weight, down }: Peer & { down: boolean }) => [server, weight, down]),
    [
      [`127.0.0.1:${app}`, 3, false],
      ["unix:/a;b", 1, true],
    ],
  );
  const wrong = () => /\[emerg\] (.*)/.exec(place.run("-t").stderr)?.[1];
  configure("server 127.0.0.1;");
  assert.match(wrong() ?? "", /^"state" directive is incompatible with "server" in .*nginx\.conf:\d+$/);
  configure();
  writeFileSync(state, "server 127.0.0.1:80;\nserver 127.0.0.1:81 weight=no;\n");
  assert.equal(wrong(), `invalid parameter "weight=no" in ${state}:2`);
});
