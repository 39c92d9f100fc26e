import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { explainMissing } from "../../src/bpf/index.js";
import { rondoPath } from "../../src/package-root.js";

// The notes' cluster with HAProxy, and a pair of proxies with one VIP, each brought up, broken, and taken down by commands alone.

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

describe("HAProxy in the lab", { skip, concurrency: 2 }, () => {
  test("weights 2 and 1 are kept to; a server that is cut leaves after three checks and comes back after two, and no request is lost", async () => {
    const lab = `haproxy-${process.pid}`;
    const exec = (host: string, ...words: string[]) => rondo("lab", "exec", "--lab", lab, host, ...words);
    try {
      rondo("lab", "up", "haproxy", "--name", lab);
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
      const state = () =>
        exec("client", "curl", "-s", "-u", "admin:admin", "http://192.168.4.5:1080/stats;csv")
          .split("\n")
          .find((line) => line.startsWith("web,web2,"))
          ?.split(",")[17];
      await until("web2 has been checked", () => state() === "UP");
      exec("web2", "systemctl", "stop", "httpd");
      assert.deepEqual(
        new Set(ask(6)),
        new Set(["192.168.2.100"]),
        "a refused connection goes to the other server",
      );
      await until("web2 is down", () => state() === "DOWN");
      exec("web2", "systemctl", "start", "httpd");
      await until("web2 is up again", () => state() === "UP");
      assert.ok(ask(3).includes("192.168.2.200"));
    } finally {
      rondo("lab", "down", lab);
    }
  });

  test("the VIP of a pair leaves a proxy whose haproxy has ended", async () => {
    const lab = `pair-${process.pid}`;
    const exec = (host: string, ...words: string[]) => rondo("lab", "exec", "--lab", lab, host, ...words);
    const has = (host: string) => exec(host, "ip", "-4", "addr", "show", "ens33").includes("192.168.4.80/");
    try {
      rondo("lab", "up", "haproxy-keepalived", "--name", lab);
      assert.ok(has("proxy1"));
      exec("proxy1", "systemctl", "stop", "haproxy");
      await until("proxy2 has the VIP", () => has("proxy2") && !has("proxy1"));
      assert.match(exec("client", "curl", "-s", "-m", "20", "http://192.168.4.80/"), /^192\.168\.2\./);
      exec("proxy1", "systemctl", "start", "haproxy");
      await until("proxy1 has it again", () => has("proxy1") && !has("proxy2"));
    } finally {
      rondo("lab", "down", lab);
    }
  });
});
