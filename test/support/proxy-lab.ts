import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { rondoPath } from "../../src/package-root.js";

// Labs with proxies between clients and two web servers, brought up, broken, and taken down by commands alone.

function rondo(...words: string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [rondoPath, ...words], {
    encoding: "utf8",
    timeout: 120_000,
  });
  assert.equal(status, 0, `${words.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 200) {
    assert.ok(waited < 60_000, `${what}: not within a minute`);
    await sleep(200);
  }
}

/** Runs a command on a host of the lab, and gives what it prints. */
export type Exec = (host: string, ...words: string[]) => string;

/** Brings a topology up, and takes it down whatever comes of `work`. */
export async function inLab(topology: string, work: (exec: Exec) => Promise<void>): Promise<void> {
  const lab = `${topology}-${process.pid}`;
  try {
    rondo("lab", "up", topology, "--name", lab);
    await work((host, ...words) => rondo("lab", "exec", "--lab", lab, host, ...words));
  } finally {
    rondo("lab", "down", lab);
  }
}

/** Who answered so many of the client's requests to the one proxy, one after the other; "lost": nobody. */
export const ask = (exec: Exec, count: number): string[] =>
  exec(
    "client",
    "sh",
    "-c",
    `for i in $(seq ${count}); do curl -s -m 20 http://192.168.4.5/ || echo lost; done`,
  )
    .trim()
    .split("\n");

/** Nine requests are shared by weights 2 and 1. */
export function assertShares(exec: Exec): void {
  const answers = ask(exec, 9);
  assert.equal(answers.filter((each) => each === "192.168.2.100").length, 6, answers.join(" "));
  assert.equal(answers.filter((each) => each === "192.168.2.200").length, 3, answers.join(" "));
}

/** The VIP of a pair leaves a proxy whose program has ended, and comes back with it. */
export const vipLeaves = (program: "haproxy" | "nginx"): Promise<void> =>
  inLab(`${program}-keepalived`, async (exec) => {
    const has = (host: string) => exec(host, "ip", "-4", "addr", "show", "ens33").includes("192.168.4.80/");
    assert.ok(has("proxy1"));
    exec("proxy1", "systemctl", "stop", program);
    await until("proxy2 has the VIP", () => has("proxy2") && !has("proxy1"));
    assert.match(exec("client", "curl", "-s", "-m", "20", "http://192.168.4.80/"), /^192\.168\.2\./);
    exec("proxy1", "systemctl", "start", program);
    await until("proxy1 has it again", () => has("proxy1") && !has("proxy2"));
  });
