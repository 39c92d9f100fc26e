import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { withNetworkNamespace } from "../../../src/sys/index.js";
import type { Place } from "../netlink-places.js";

/** A client that pings an address every 5 ms, and knows for how long there was no answer. */
export class Pings {
  static readonly interval = 5;
  readonly #child: ChildProcess;
  readonly #answered: number[] = [];

  constructor(client: Place, address: string) {
    this.#child = withNetworkNamespace(client.namespace, () =>
      spawn("ping", ["-n", "-D", "-i", String(Pings.interval / 1000), "-W", "1", address], {
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
    let rest = "";
    this.#child.stdout!.on("data", (data: Buffer) => {
      const lines = (rest + data.toString()).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const at = /^\[([\d.]+)\] \d+ bytes from/.exec(line)?.[1];
        if (at !== undefined) this.#answered.push(Number(at) * 1000);
      }
    });
  }

  get count(): number {
    return this.#answered.length;
  }

  /** The longest time without an answer after a moment (milliseconds since 1970), less the interval. */
  async stop(after: number): Promise<number> {
    this.#child.kill("SIGINT");
    await once(this.#child, "close");
    let longest = 0;
    let last = this.#answered.filter((at) => at <= after).at(-1) ?? after;
    for (const at of this.#answered.filter((at) => at > after)) {
      longest = Math.max(longest, at - last);
      last = at;
    }
    return Math.max(0, longest - Pings.interval);
  }
}
