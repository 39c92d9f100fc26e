import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { explainMissing } from "../../src/bpf/index.js";
import { leftAfter } from "./leftovers.js";

// A lab's VIP on this machine's 127.0.0.1, and all ways in which that ends.

const rondo = fileURLToPath(new URL("../../../bin/rondo", import.meta.url));
const skip = explainMissing("maps", "xdp", "tc", "timers", "loops");

function lab(...words: string[]) {
  return spawnSync(process.execPath, [rondo, "lab", ...words], { encoding: "utf8", timeout: 60_000 });
}

describe("rondo lab publish", { skip }, () => {
  const name = `publish-${process.pid}`;
  before(() => assert.equal(lab("up", "dr", "--name", name).stderr, ""));
  after(async () => {
    lab("down", name);
    assert.deepEqual(await leftAfter(name, 500), []);
  });

  /** One that is ready, with where it is. */
  async function published(...words: string[]) {
    const child = spawn(process.execPath, [rondo, "lab", "publish", name, "--port", "0", ...words]);
    const said = { stdout: "", stderr: "" };
    const ended = once(child, "close").then(([status]) => ({ ...said, status }));
    child.stderr.on("data", (data) => (said.stderr += data));
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (data) => {
        said.stdout += data;
        if (said.stdout.includes("\n")) resolve();
      });
      void ended.then(() => resolve());
    });
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(said.stdout)?.[1]);
    assert.ok(port > 0, said.stderr);
    return { child, said, ended, port, url: `http://127.0.0.1:${port}/` };
  }

  /** Nothing listens, and no program of it is left, though the lab goes on. */
  async function assertGone(port: number) {
    assert.deepEqual(await leftAfter(`rondo lab ${name}: 127.0.0.1:${port} `, 5000), []);
    const socket = connect(port, "127.0.0.1");
    const [error] = await once(socket, "error");
    assert.equal(error.code, "ECONNREFUSED");
  }

  test("the web servers answer in turns, over one connection one of them does, and a download is whole", async () => {
    const { child, said, ended, port, url } = await published();
    assert.equal(said.stdout, `${url} is 192.168.4.15:80 of lab ${name}\n`);
    const servers: (string | null)[] = [];
    for (let i = 0; i < 4; i++)
      servers.push((await fetch(url, { headers: { connection: "close" } })).headers.get("x-server"));
    assert.deepEqual(servers.slice(2), servers.slice(0, 2));
    assert.deepEqual(servers.slice(0, 2).sort(), ["web1", "web2"]);
    assert.deepEqual(await overOneConnection(url, 3), { connections: 1, servers: 1 });
    assert.equal((await (await fetch(`${url}bytes/5000000`)).arrayBuffer()).byteLength, 5_000_000);

    const second = lab("publish", name, "--port", `${port}`);
    assert.equal(second.status, 1);
    assert.equal(
      second.stderr,
      `rondo lab: port ${port} of 127.0.0.1 is taken by another program\n` +
        "Take another one with --port, or any that is free with --port 0.\n",
    );

    // Somebody is in the middle of a download, which doesn't look whole when it is broken off.
    const download = await fetch(`${url}slow/60`);
    const broken = assert.rejects(download.text());
    child.kill("SIGINT");
    assert.deepEqual(await ended, { stdout: said.stdout, stderr: "", status: 0 });
    await broken;
    await assertGone(port);
  });

  test("killed, it leaves nothing", async () => {
    const { child, ended, port } = await published();
    child.kill("SIGKILL");
    await ended;
    await assertGone(port);
  });

  test("an address of one's own choice; what can't be reached is told, once, and the client gets a reset", async () => {
    const { child, ended, url } = await published("--address", "192.168.4.100", "--to-port", "81", "--json");
    for (let i = 0; i < 2; i++)
      await assert.rejects(fetch(url), (error: Error) =>
        /ECONNRESET|other side closed/.test(String(error.cause)),
      );
    child.kill("SIGTERM");
    const { stdout, stderr, status } = await ended;
    const { lab: of, address, toPort } = JSON.parse(stdout);
    assert.deepEqual(
      { of, address, toPort, status },
      { of: name, address: "192.168.4.100", toPort: 81, status: 0 },
    );
    assert.equal(stderr, "192.168.4.100:81 refuses connections\n");
  });

  test("words that are wrong", () => {
    for (const [words, said] of [
      [["--port", "99999"], /--port 99999: it takes a port from 0 to 65535/],
      [["--address", "web1"], /--address web1: that is no IP address/],
      [["more"], /more is too much/],
    ] as const) {
      const { status, stderr } = lab("publish", name, ...words);
      assert.equal(status, 2);
      assert.match(stderr, said);
    }
    assert.match(lab("publsh").stderr, /Did you mean publish\?/);
  });

  test("it ends with its client's power, and with the lab", async () => {
    const first = await published();
    assert.equal(lab("fail", `${name}/client`).status, 0);
    const { stderr, status } = await first.ended;
    assert.equal(stderr, `rondo lab: client of lab ${name} has lost its power: ${first.url} is closed\n`);
    assert.equal(status, 1);
    assert.match(
      lab("publish", name, "--port", "0").stderr,
      /client is off since .*\nHave it boot: rondo lab heal/,
    );
    assert.equal(lab("heal", `${name}/client`).status, 0);

    const second = await published();
    assert.equal((await fetch(second.url)).status, 200);
    assert.equal(lab("down", name).status, 0);
    assert.equal((await second.ended).stderr, `rondo lab: lab ${name} is down: ${second.url} is closed\n`);
    await assertGone(second.port);
  });
});

/** Asks several times over a connection that is kept. */
async function overOneConnection(url: string, times: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const connections = new Set<number | undefined>();
  const servers = new Set<string | string[] | undefined>();
  for (let i = 0; i < times; i++)
    await new Promise<void>((resolve, reject) => {
      const asked = request(url, { agent }, (response) => {
        connections.add(response.socket.localPort);
        servers.add(response.headers["x-server"]);
        response.resume().on("end", resolve);
      });
      asked.on("error", reject).end();
    });
  agent.destroy();
  return { connections: connections.size, servers: servers.size };
}
