import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { explainMissing } from "../../src/bpf/index.js";
import { rondoPath } from "../../src/package-root.js";

// Nginx between clients and web servers, and a pair with one VIP, each brought up, broken, and taken down by commands alone.

const skip = explainMissing("maps", "xdp", "tc", "timers", "loops");

function rondo(...words: string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [rondoPath, ...words], {
    encoding: "utf8",
    timeout: 120_000,
  });
  assert.equal(status, 0, `${words.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 200) {
    assert.ok(waited < 60_000, `${what}: not within a minute`);
    await sleep(200);
  }
}

describe("Nginx in the lab", { skip, concurrency: 2 }, () => {
  test("weights 2 and 1 are kept to; a server that is stopped gets nothing, and no request is lost", async () => {
    const lab = `nginx-${process.pid}`;
    const exec = (host: string, ...words: string[]) => rondo("lab", "exec", "--lab", lab, host, ...words);
    try {
      rondo("lab", "up", "nginx", "--name", lab);
      const ask = (count: number) =>
        exec(
          "client",
          "sh",
          "-c",
          `for i in $(seq ${count}); do curl -s -m 20 http://192.168.4.5/ || echo lost; done`,
        )
          .trim()
          .split("\n");
      const answers = ask(9);
      assert.equal(answers.filter((each) => each === "192.168.2.100").length, 6, answers.join(" "));
      assert.equal(answers.filter((each) => each === "192.168.2.200").length, 3, answers.join(" "));
      exec("web1", "systemctl", "stop", "httpd");
      assert.deepEqual(
        new Set(ask(6)),
        new Set(["192.168.2.200"]),
        "a refused connection goes to the other server",
      );
      exec("web1", "systemctl", "start", "httpd");
      await until("web1 is asked again", () => ask(3).includes("192.168.2.100"));
      exec("nginx", "systemctl", "reload", "nginx");
      assert.ok(!ask(6).includes("lost"));
    } finally {
      rondo("lab", "down", lab);
    }
  });

  test("the VIP of a pair leaves a proxy whose nginx has ended", async () => {
    const lab = `nginx-pair-${process.pid}`;
    const exec = (host: string, ...words: string[]) => rondo("lab", "exec", "--lab", lab, host, ...words);
    const has = (host: string) => exec(host, "ip", "-4", "addr", "show", "ens33").includes("192.168.4.80/");
    try {
      rondo("lab", "up", "nginx-keepalived", "--name", lab);
      assert.ok(has("proxy1"));
      exec("proxy1", "systemctl", "stop", "nginx");
      await until("proxy2 has the VIP", () => has("proxy2") && !has("proxy1"));
      assert.match(exec("client", "curl", "-s", "-m", "20", "http://192.168.4.80/"), /^192\.168\.2\./);
      exec("proxy1", "systemctl", "start", "nginx");
      await until("proxy1 has it again", () => has("proxy1") && !has("proxy2"));
    } finally {
      rondo("lab", "down", lab);
    }
  });
});
