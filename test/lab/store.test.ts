import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { explainMissing } from "../../src/bpf/index.js";
import { type LabPatient, labPatient } from "../../src/cli/doctor-lab.js";
import { examine, type Finding, fix, type HostFacts } from "../../src/doctor/index.js";
import { findHost } from "../../src/lab/index.js";
import { drStore } from "../../src/lab/topologies/dr-store.js";
import { leftAfter } from "./leftovers.js";
import { rondo } from "./running.js";
import type { Answered, Question } from "./store-asker.js";

// A store that both web servers of a lab serve from: what is written through the VIP by one of them, what is refused, and what
// clients and the doctor see when it goes and comes back.

const hasIp = spawnSync("sh", ["-c", "PATH=$PATH:/usr/sbin:/sbin command -v ip"]).status === 0;
const skip = explainMissing("maps", "xdp", "tc", "timers", "loops") ?? (hasIp ? false : "needs ip");
const name = `store-${process.pid}`;
/** Of the file service. */
const port = 9000;
const vip = "192.168.4.15";
const asker = fileURLToPath(new URL("store-asker.js", import.meta.url));
/** For what has no bound of its own: long enough for a machine that is much slower. */
const patience = 60_000;

function lab(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [rondo, "lab", ...words], {
    encoding: "utf8",
  });
  assert.equal(status, 0, `${words.join(" ")}: ${stderr}`);
  return stdout;
}

const onStore = (script: string) => lab("exec", `${name}/store`, "sh", "-c", script);

async function eventually<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (const end = Date.now() + patience; ; await sleep(50)) {
    const seen = await look();
    if (seen) return seen;
    assert.ok(Date.now() < end, `in vain: ${what}`);
  }
}

/** A client of a lab's, by which one asks. */
class Client {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answered) => void>();
  #last = 0;

  constructor(host: string, address: string) {
    this.#child = findHost(host).host.spawn(process.execPath, [asker, address], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      const { id, ...answer } = JSON.parse(line);
      this.#waiting.get(id)?.(answer);
    });
  }

  ask(path: string, more: Omit<Question, "path"> = {}): Promise<Answered> {
    const id = ++this.#last;
    this.#child.stdin!.write(`${JSON.stringify({ id, path, ...more })}\n`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  put(path: string, body: string, more = 0): Promise<Answered> {
    return this.ask(path, { method: "PUT", body, more });
  }

  /** Asks until a web server has answered: the scheduler takes them in turns. */
  async askAt(server: string, path: string, more: Omit<Question, "path"> = {}): Promise<Answered> {
    return eventually(`${server} answers`, async () => {
      const answer = await this.ask(path, more);
      return answer.server === server ? answer : undefined;
    });
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}

const ownPages = { web1: "192.168.4.100\n", web2: "192.168.4.200\n" };
const webs = ["web1", "web2"] as const;

describe("a store that two web servers serve from, behind one VIP", { skip }, () => {
  let client: Client;
  let patient: LabPatient;
  before(() => {
    // A topology of one's own, that is the named one but for the port.
    const folder = mkdtempSync(join(tmpdir(), "rondo-store-"));
    const file = join(folder, "mine.json");
    const hosts = drStore.hosts.map((host) => (host.store ? { ...host, store: { port } } : host));
    writeFileSync(file, JSON.stringify({ ...drStore, hosts }));
    try {
      lab("up", file, "--name", name);
    } finally {
      rmSync(folder, { recursive: true });
    }
    client = new Client(`${name}/client`, vip);
    patient = labPatient(name, 150);
  });
  after(async () => {
    client?.end();
    patient?.close();
    lab("down", name);
    assert.deepEqual(await leftAfter(name, 2000), []);
  });

  /** An answer of each web server. One after the other: the doctor's questions may take a turn, too. */
  const ofBoth = async (path: string) => {
    const answers: Answered[] = [];
    for (const web of webs) answers.push(await client.askAt(web, path));
    return answers;
  };

  /** Has the doctor mend it, and sees that all is well then. */
  async function mended(facts: readonly HostFacts[], command: string) {
    const { findings, mended: done } = await fix(patient, facts, () => {});
    assert.deepEqual(
      done.map(({ host, command: line, status }) => [host, line, status]),
      [[...command.split(": "), 0]],
    );
    assert.deepEqual(findings, []);
    await eventually("both serve it", async () => {
      const answers = await ofBoth("/shared/page");
      return answers.every(({ text }) => text === "page");
    });
  }

  test("web1 writes through the VIP, web2 serves it, and the other way round; each has its own page still", async () => {
    for (const [writer, reader] of [webs, [...webs].reverse()] as const) {
      const text = `of ${writer}`;
      const put = await client.askAt(writer!, "/shared/a/b.txt", { method: "PUT", body: text });
      assert.ok(put.status === 201 || put.status === 204, put.text);
      const got = await client.askAt(reader!, "/shared/a/b.txt");
      assert.deepEqual([got.status, got.text], [200, text]);
      assert.equal(got.headers["etag"], put.headers["etag"]);
      const headers = { "If-None-Match": got.headers["etag"]! };
      assert.equal((await client.askAt(writer!, "/shared/a/b.txt", { headers })).status, 304);
      const own = await client.askAt(writer!, "/");
      assert.deepEqual([own.status, own.text], [200, ownPages[writer as "web1"]]);
    }
    assert.equal((await client.ask("/shared/a/b.txt", { method: "DELETE" })).status, 204);
    for (const web of webs) {
      assert.equal((await client.askAt(web, "/shared/a/b.txt")).status, 404);
      assert.equal((await client.askAt(web, "/shared/")).text, "a/\n");
    }
    assert.equal((await client.ask("/shared/a/", { method: "DELETE" })).status, 204);
  });

  test("what lies on the store's disk is on all web servers, and nothing of it can be changed but below /shared", async () => {
    onStore("echo '<p>about</p>' > /var/www/html/about.html");
    for (const web of webs) {
      const { status, text, headers } = await client.askAt(web, "/about.html");
      assert.deepEqual(
        [status, text, headers["content-type"]],
        [200, "<p>about</p>\n", "text/html; charset=utf-8"],
      );
    }
    assert.equal((await client.ask("/about.html", { method: "DELETE" })).status, 405);
    // As ever with a web server that has no store: it is only counted.
    assert.equal((await client.put("/about.html", "mine")).text, "4 bytes received\n");
    assert.equal((await client.ask("/about.html")).text, "<p>about</p>\n");
  });

  test("a file of 50 MB goes in and out, and is the same at both", async () => {
    const size = 50_000_000;
    const put = await client.put("/shared/large.bin", "y", size - 1);
    assert.equal(put.status, 201, put.text);
    const hash = createHash("sha256").update(Buffer.alloc(size, "y")).digest("hex");
    const answers = await Promise.all([client.ask("/shared/large.bin"), client.ask("/shared/large.bin")]);
    assert.deepEqual(answers.map(({ server }) => server).sort(), webs);
    for (const { bytes, hash: got, error } of answers)
      assert.deepEqual([bytes, got, error], [size, hash, undefined]);
    const full = await client.put("/shared/too-large.bin", "z", 300_000_000);
    assert.equal(full.status, 507);
    assert.equal((await client.ask("/shared/large.bin", { method: "DELETE" })).status, 204);
  });

  test("no path leads elsewhere, to read or to write", async () => {
    onStore(
      "cd /var/www/html/shared && ln -s /etc/passwd link && ln -s /etc etc && ln -s ../../../../root up",
    );
    for (const [path, ...fit] of [
      ["/shared/../../../../etc/passwd", 404],
      ["/shared/..%2f..%2f..%2f..%2fetc/passwd", 400],
      ["/shared/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", 404],
      ["/shared/%252e%252e/etc/passwd", 404],
      ["/shared/..\\..\\..\\etc\\passwd", 404],
      ["/shared/a%00b", 400],
      ["/shared//etc/passwd", 400],
      ["//etc/passwd", 404],
      ["//", 400],
      ["/..%2f..%2f..%2fetc/passwd", 400],
      ["/shared/link", 403],
      ["/shared/etc/passwd", 403],
      ["/shared/up/", 403],
    ] as const) {
      const { status, text } = await client.ask(path);
      assert.ok((fit as readonly number[]).includes(status), `${path}: ${status} ${text}`);
      assert.ok(!text.includes("root:"), path);
    }
    for (const [path, status] of [
      ["/shared/etc/rondo-was-here", 403],
      ["/shared/..%2frondo-was-here", 400],
      ["/shared/up/rondo-was-here", 403],
    ] as const)
      assert.equal((await client.put(path, "x")).status, status, path);
    // A link itself is a name like others.
    assert.equal((await client.put("/shared/link", "mine")).status, 204);
    assert.equal((await client.ask("/shared/link")).text, "mine");
    assert.equal(
      onStore("ls /etc/rondo-was-here /root/rondo-was-here 2>/dev/null; head -c 5 /etc/passwd"),
      "root:",
    );
    onStore("cd /var/www/html/shared && rm link etc up");
  });

  test("of many who write at once one has the last word, and nobody ever reads a mixture", async () => {
    const letters = [..."abcdefgh"];
    const size = 300_000;
    const hashOf = (letter: string) => createHash("sha256").update(Buffer.alloc(size, letter)).digest("hex");
    const hashes = new Set(letters.map(hashOf));
    await client.put("/shared/one", "a", size - 1);
    let writing = true;
    const written = Promise.all(letters.map((letter) => client.put("/shared/one", letter, size - 1))).finally(
      () => {
        writing = false;
      },
    );
    do {
      const reads = await Promise.all([client.ask("/shared/one"), client.ask("/shared/one")]);
      for (const { status, hash } of reads) assert.ok(status === 200 && hashes.has(hash));
    } while (writing);
    for (const { status } of await written) assert.equal(status, 204);
    assert.equal(onStore("ls /var/www/html.incoming"), "");
  });

  test("only the web servers are served: not whoever else comes into its network", async () => {
    const direct = new Client(`${name}/web1`, "192.168.3.50");
    try {
      assert.equal((await direct.ask("/", { port })).status, 200);
      lab(
        "exec",
        `${name}/web1`,
        "sh",
        "-c",
        "ip addr add 192.168.3.77/24 dev ens38; ip route add 192.168.3.50 dev ens38 src 192.168.3.77",
      );
      const stranger = await direct.ask("/", { port });
      assert.deepEqual([stranger.status, stranger.text], [403, "this store does not serve 192.168.3.77\n"]);
    } finally {
      direct.end();
      lab(
        "exec",
        `${name}/web1`,
        "sh",
        "-c",
        "ip route del 192.168.3.50; ip addr del 192.168.3.77/24 dev ens38",
      );
    }
  });

  test("unplugged: 503 with the reason, at once when it is known; the doctor says so, and mends it", async () => {
    assert.equal((await client.put("/shared/page", "page")).status, 201);
    lab("cut", `${name}/store`);
    const look = patient.look();
    for (const gone of await ofBoth("/shared/page")) {
      assert.equal(gone.status, 503);
      assert.match(gone.text, /^the store store \(192\.168\.3\.50:9000\) .+\n$/);
    }
    // Only a probe waits for it now.
    await eventually("it is said at once", async () =>
      (await ofBoth("/shared/page")).every(
        ({ status, milliseconds }) => status === 503 && milliseconds < 1000,
      ),
    );
    for (const { server, text } of await ofBoth("/")) assert.equal(text, ownPages[server as "web1"]);
    const upload = await client.put("/shared/page", "new", 20_000_000);
    assert.deepEqual([upload.status, upload.error], [503, undefined]);

    const facts = await look;
    const [{ code, host, what, mend }, ...others] = examine(facts) as [Finding];
    assert.deepEqual([code, host, others], ["store-gone", "store", []]);
    assert.match(what, /^web1, web2 can't have files from this store: ens33 has no signal/);
    assert.deepEqual(mend, [{ host: "switch", command: "ip link set store up" }]);
    await mended(facts, "switch: ip link set store up");
    lab("heal", `${name}/store`);
  });

  test("its program hangs: the doctor starts it anew", async () => {
    onStore("kill -STOP $(cat /run/store.pid)");
    const [gone, facts] = await Promise.all([client.ask("/shared/page"), patient.look()]);
    assert.match(gone.text, /has not answered for 2 s/);
    assert.match(examine(facts)[0]!.what, /its file service hangs/);
    await mended(facts, "store: systemctl restart store");
    assert.match(lab("status", name), /store .* file service, process \d+\n/);
  });

  test("without power, and booted again; a web server is no store", async () => {
    lab("fail", `${name}/store`);
    assert.equal((await client.ask("/shared/page")).status, 503);
    lab("heal", `${name}/store`);
    await eventually("both can be written by", async () => {
      const puts = await Promise.all(webs.map(() => client.put("/shared/page", "page")));
      return puts.every(({ status }) => status < 300);
    });
    const { status, stderr } = spawnSync(
      process.execPath,
      [rondo, "lab", "exec", `${name}/web1`, "systemctl", "start", "store"],
      { encoding: "utf8" },
    );
    assert.deepEqual([status, stderr], [5, "this host is no store: it has no /etc/rondo/exports.json\n"]);
  });
});
