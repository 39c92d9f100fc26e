import { setTimeout as sleep } from "node:timers/promises";
import { RondoError } from "../errors.js";
import type { DaemonKind } from "./daemon.js";
import type { Host } from "./host.js";

/** What keepalived reads, in the terms of its host. */
export const keepalivedFile = "/etc/keepalived/keepalived.conf";

export const keepalived: DaemonKind = {
  name: "keepalived",
  pidFile: "/run/keepalived.pid",
  file: keepalivedFile,
  words: ["-n", "-l", "-D", "-f", keepalivedFile],
};

/** How long it may take until the addresses are at a master, in milliseconds. */
const patience = 20_000;

/** An address that keepalived gives, and the host with the highest priority for it. */
export interface Election {
  readonly address: string;
  readonly master: Host | undefined;
}

/** How long who has an address may be another than the one with the highest priority, in milliseconds. */
const preempting = 10_000;

/**
 * Waits until each of the addresses is at its master and nowhere else: keepalived gives them, seconds after it has begun. Where
 * another keeps it (with nopreempt, say), that is as good after a while.
 * @throws RondoError "vip-nowhere"; what aborted the signal.
 */
export async function awaitMasters(
  hosts: readonly Host[],
  elections: readonly Election[],
  signal?: AbortSignal,
): Promise<void> {
  for (let waited = 0; ; waited += 20) {
    const there = hosts.map((host) => ({ host, addresses: addressesOf(host) }));
    const open = elections.filter(({ address, master }) => {
      const holders = there.filter(({ addresses }) => addresses.includes(address));
      return holders.length !== 1 || (waited < preempting && master && holders[0]?.host !== master);
    });
    if (open.length === 0) return;
    if (waited > patience)
      throw new RondoError(
        "vip-nowhere",
        `keepalived of ${hosts.map(({ name }) => name).join(" and ")} is up, but ${open.map(({ address }) => address).join(", ")} is not at one of them`,
      );
    await sleep(20, undefined, signal && { signal });
  }
}

function addressesOf(host: Host): string[] {
  const network = host.network();
  try {
    return network.addresses.list().map(({ address }) => address.toString());
  } finally {
    network.close();
  }
}
