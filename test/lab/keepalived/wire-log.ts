import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withNetworkNamespace } from "../../../src/sys/index.js";
import { readPcap } from "../../../src/wire/index.js";
import type { Place } from "../netlink-places.js";

/** A frame that passed the switch. */
export interface Passed {
  /** Milliseconds since 1970, by the kernel's clock. */
  readonly at: number;
  readonly frame: Uint8Array;
}

/** Advertisements, ARP and neighbour advertisements at a switch, as tcpdump records them. */
export class WireLog {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  static async start(theSwitch: Place): Promise<WireLog> {
    const folder = mkdtempSync(join(tmpdir(), "rondo-wire-"));
    const words = ["-i", "br0", "-U", "-n", "-s", "256", "--immediate-mode", "-w", join(folder, "wire.pcap")];
    const child = withNetworkNamespace(theSwitch.namespace, () =>
      spawn("tcpdump", [...words, "ip proto 112 or ip6 proto 112 or arp or icmp6"], {
        stdio: ["ignore", "ignore", "pipe"],
      }),
    );
    await once(child.stderr!, "data");
    return new WireLog(child, folder);
  }

  async stop(): Promise<Passed[]> {
    this.#child.kill("SIGINT");
    await once(this.#child, "exit");
    const { records } = readPcap(readFileSync(join(this.#folder, "wire.pcap")));
    rmSync(this.#folder, { recursive: true });
    return records.map(({ at, bytes }) => ({ at: Number(at / 1000n) / 1000, frame: bytes }));
  }
}

/** Who sent an advertisement, and its priority; undefined of any other frame. */
export function advertisement({
  frame,
}: Passed): { source: string; vrid: number; priority: number; message: Uint8Array } | undefined {
  const isIpv6 = frame[12] === 0x86 && frame[13] === 0xdd;
  if (!isIpv6 && !(frame[12] === 0x08 && frame[13] === 0x00)) return undefined;
  if (frame[14 + (isIpv6 ? 6 : 9)] !== 112) return undefined;
  const at = isIpv6 ? 54 : 14 + (frame[14]! & 15) * 4;
  const length = isIpv6 ? (frame[18]! << 8) | frame[19]! : ((frame[16]! << 8) | frame[17]!) - (at - 14);
  const source = isIpv6
    ? Buffer.from(frame.subarray(22, 38)).toString("hex")
    : frame.subarray(26, 30).join(".");
  return { source, vrid: frame[at + 1]!, priority: frame[at + 2]!, message: frame.subarray(at, at + length) };
}

/** Whether it is a gratuitous ARP for the address. */
export function isGratuitous({ frame }: Passed, address: string): boolean {
  if (frame[12] !== 0x08 || frame[13] !== 0x06) return false;
  const sender = frame.subarray(28, 32).join(".");
  return sender === address && frame.subarray(38, 42).join(".") === address;
}
