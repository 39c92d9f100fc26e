import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bpfAccess, pinFolder } from "../../src/bpf/index.js";
import { Host } from "../../src/lab/index.js";
import { networkNamespaceCookie } from "../../src/sys/index.js";
import { leftAfter, leftovers } from "./leftovers.js";
import { rondo } from "./running.js";

const skip = process.getuid?.() !== 0 ? "needs root" : bpfAccess() === "yes" ? false : "needs bpf";

function run(...words: string[]) {
  return spawnSync(process.execPath, [rondo, "lab", ...words], { encoding: "utf8" });
}

describe("`rondo lab` with its director", { skip }, () => {
  for (const hook of ["xdp", "tc"] as const)
    test(`run dr at the ${hook} hook: all answered, shares exact, the way as DR's is`, async () => {
      const { stdout, stderr, status, pid } = run("run", "dr", "--json", "--hook", hook);
      assert.equal(stderr, "");
      assert.equal(status, 0);
      const report = JSON.parse(stdout);
      const { topology, requests, answered, answers, expected, ok } = report;
      assert.deepEqual(
        { topology, requests, answered, answers, expected, ok },
        {
          topology: "dr",
          requests: 20,
          answered: 20,
          answers: { web1: 10, web2: 10 },
          expected: { web1: 10, web2: 10 },
          ok: true,
        },
      );
      const [asked, sentOn, answer] = report.hops;
      assert.deepEqual([asked.from, asked.to, asked.packet], ["client", "director", "SYN"]);
      assert.deepEqual([sentOn.from, sentOn.to, sentOn.destination], ["director", "web2", "192.168.4.15:80"]);
      assert.deepEqual(sentOn.changed.slice(0, 2), ["source MAC", "destination MAC"]);
      assert.deepEqual([answer.from, answer.to, answer.source], ["web2", "client", "192.168.4.15:80"]);
      assert.match(report.stats, /TCP {2}192\.168\.4\.15:80 +20 /);
      assert.deepEqual(await leftAfter(`dr-run-${pid}-`, 500), []);
    });

  test("exec types the notes' lines on the director; a 20 MB upload at the tc hook is quick", () => {
    const name = `directed-${process.pid}`;
    try {
      assert.equal(run("up", "dr", "--hook", "tc", "--name", name).status, 0);
      const exec = (host: string, ...words: string[]) => run("exec", `${name}/${host}`, ...words);
      const listing = exec("director", "ipvsadm", "-Ln");
      assert.match(listing.stdout, /TCP {2}192\.168\.4\.15:80 rr\n {2}-> 192\.168\.4\.100:80 +Route/);
      const change =
        "ipvsadm -E -t 192.168.4.15:80 -s wrr && ipvsadm -e -t 192.168.4.15:80 -r 192.168.4.100 -g -w 3";
      assert.equal(exec("director", "sh", "-c", change).status, 0);
      const upload = `const start = performance.now();
        const r = await fetch("http://192.168.4.15/", { method: "PUT", body: Buffer.alloc(20_000_000) });
        console.log(await r.text(), performance.now() - start);`;
      const { stdout } = exec("client", process.execPath, "--input-type=module", "-e", upload);
      const [, milliseconds] = /^20000000 bytes received\n (\d+)/.exec(stdout) ?? [];
      assert.ok(Number(milliseconds) < 1000, `${stdout} ms`);
    } finally {
      assert.equal(run("down", name).status, 0);
    }
    assert.deepEqual(leftovers(name), []);
  });

  test("kill -9 of a run lets go of what its director has pinned", async () => {
    const child = spawn(process.execPath, [rondo, "lab", "run", "dr", "--requests", "100000"], {
      stdio: "ignore",
    });
    const name = `dr-run-${child.pid}-`;
    try {
      const busy = () => leftovers(name).some((left) => left.includes("client in /run/netns"));
      for (let i = 0; i < 2400 && !busy(); i++) await sleep(25);
      const namespace = leftovers(name).find(
        (left) => left.startsWith("/run/netns/") && left.endsWith("-director"),
      );
      assert.ok(namespace, "the lab never came up");
      const pins = new Host("director", namespace).within(() => pinFolder(networkNamespaceCookie()));
      assert.ok(existsSync(pins));
      child.kill("SIGKILL");
      await once(child, "exit");
      assert.deepEqual(await leftAfter(name, 10_000), []);
      assert.ok(!existsSync(pins));
    } finally {
      child.kill("SIGKILL");
    }
  });
});
