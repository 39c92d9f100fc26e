import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type Network, openNetwork } from "../../src/netlink/index.js";
import { close, createNetworkNamespace, withNetworkNamespace } from "../../src/sys/index.js";
import { IpAddress } from "../../src/wire/address.js";

export const ip = IpAddress.of;

/** A namespace that the test made, with its network. */
export interface Place {
  readonly namespace: number;
  readonly network: Network;
  /** What a program prints there. */
  run(program: string, ...words: string[]): string;
  json(program: string, ...words: string[]): Record<string, unknown>[];
}

/** Whatever undoes things at its end: a test, or a benchmark. */
export interface Ending {
  after(undo: () => void): void;
}

/** Makes namespaces, and has them vanish with the test; undefined where there is no root (the test is skipped). */
export function places(t: TestContext, count: number): Place[] | undefined {
  if (process.getuid?.() !== 0) {
    t.skip("needs root");
    return undefined;
  }
  return Array.from({ length: count }, () => place(t));
}

/** Makes a namespace, and has it vanish at the end. */
export function place(t: Ending): Place {
  const namespace = createNetworkNamespace();
  const network = openNetwork({ namespace });
  t.after(() => {
    network.close();
    close(namespace);
  });
  network.links.up("lo");
  const run = (program: string, ...words: string[]) => {
    const result = withNetworkNamespace(namespace, () => spawnSync(program, words, { encoding: "utf8" }));
    if (result.error) throw result.error;
    assert.equal(result.status, 0, `${program} ${words.join(" ")}: ${result.stderr}`);
    return result.stdout;
  };
  return { namespace, network, run, json: (...words) => JSON.parse(run(...words) || "[]") };
}

/** Whether a program to compare with is there: without it the comparison is skipped, except in CI. */
export function peer(t: TestContext, program: string): boolean {
  if (!spawnSync(program, ["--version"]).error) return true;
  assert.notEqual(process.env["CI"], "true", `${program} is missing`);
  t.diagnostic(`no ${program} to compare with`);
  return false;
}

export async function until<T>(what: string, probe: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    const value = probe();
    if (value) return value;
    await pause(30);
  }
  assert.fail(`${what} did not happen in 3 s`);
}

/** Two hosts and the switch between them: 10.9.0.1 and 10.9.0.2, fd00:9::1 and fd00:9::2. */
export function buildSwitch(t: TestContext): { left: Place; middle: Place; right: Place } | undefined {
  const made = places(t, 3);
  if (!made) return undefined;
  const [left, middle, right] = made as [Place, Place, Place];
  middle.network.links.createBridge({ name: "br0", mac: "02:00:00:00:09:00", up: true });
  for (const [index, host] of [left, right].entries()) {
    const number = index + 1;
    middle.network.links.createVeth({
      name: `port${number}`,
      up: true,
      peer: {
        name: "eth0",
        mac: `02:00:00:00:09:0${number}`,
        mtu: 1400,
        namespace: host.namespace,
        up: true,
      },
    });
    middle.network.links.change(`port${number}`, { master: "br0" });
    host.network.links.change("eth0", { up: false });
    host.network.links.change("eth0", { addressGeneration: "none", up: true });
    host.network.addresses.add("eth0", { address: ip(`10.9.0.${number}`), prefixLength: 24 });
    host.network.addresses.add("eth0", {
      address: ip(`fd00:9::${number}`),
      prefixLength: 64,
      noDuplicateDetection: true,
    });
  }
  return { left, middle, right };
}
