import { spawnSync } from "node:child_process";
import { IpvsPlane } from "../../../src/dataplane/ipvs/index.js";
import type { ConnectionEntry } from "../../../src/ipvs/model.js";
import { openNetwork } from "../../../src/netlink/index.js";
import { close, createNetworkNamespace, withNetworkNamespace } from "../../../src/sys/index.js";
import { IpAddress } from "../../../src/wire/address.js";
import { runWith } from "../../support/ipvsadm.js";

/** What a command came to: what it printed, both outputs in order, and its exit status. */
export interface Told {
  readonly output: string;
  readonly status: number;
}

/** A network namespace with an IPVS of its own. */
export class VsPlace {
  readonly #namespace = createNetworkNamespace();
  readonly plane: IpvsPlane & { end(): void };

  constructor() {
    const network = openNetwork({ namespace: this.#namespace });
    network.links.up("lo");
    // As the host that recordings were made on: the network and its broadcast address count.
    network.links.createVeth({ name: "eth0", up: true, peer: { name: "peer0", up: true } });
    network.addresses.add("eth0", { address: IpAddress.of("10.66.0.1"), prefixLength: 24 });
    network.close();
    const inside = <T>(work: () => T) => this.inside(work);
    // Files below /proc are those of the namespace of who opens them; commands wait between their steps, outside.
    this.plane = inside(
      () =>
        new (class extends IpvsPlane {
          override connections(): Iterable<ConnectionEntry> {
            return inside(() => [...super.connections()]);
          }
          /** Each command closes its plane; this one goes on. */
          override close(): void {}
          end(): void {
            super.close();
          }
        })(),
    );
  }

  inside<T>(work: () => T): T {
    return withNetworkNamespace(this.#namespace, work);
  }

  /** Debian's program, for each of these command lines: by one shell, since it is slow here to start another process. */
  real(commands: readonly string[]): Told[] {
    const script = commands.map((words) => `/sbin/ipvsadm ${words} 2>&1; printf '\\0%d\\0' $?`).join("\n");
    const parts = this.run("/bin/sh", ["-c", script]).output.split("\0");
    return commands.map((_, index) => ({ output: parts[2 * index]!, status: Number(parts[2 * index + 1]) }));
  }

  run(program: string, words: readonly string[]): Told {
    const { stdout, status, error } = this.inside(() => spawnSync(program, words, { encoding: "utf8" }));
    if (error) throw error;
    return { output: stdout, status: status ?? -1 };
  }

  async ours(commands: readonly string[]): Promise<Told[]> {
    const told: Told[] = [];
    for (const words of commands) {
      const { output, status } = await runWith(this.plane, words.split(" "));
      told.push({ output, status });
    }
    return told;
  }

  [Symbol.dispose](): void {
    this.plane.end();
    close(this.#namespace);
  }
}

export const place = (): VsPlace => new VsPlace();
