import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { IpAddress } from "../../wire/index.js";
import type { ListeningFacts, ProcessFacts } from "../facts.js";

/*
 * A line of /proc/net/tcp and its kin (proc_pid_net(5)); the address in hexadecimal, each of its 32-bit words in the host's order:
 *
 *   sl: LOCAL:PORT REMOTE:PORT STATE tx:rx timer:when retransmits uid timeout INODE ...
 *
 * State 0A listens; a UDP socket that takes from everybody is in 07, with 0 as its other end.
 */
const tables = [
  { file: "tcp", protocol: "tcp", state: "0A" },
  { file: "tcp6", protocol: "tcp", state: "0A" },
  { file: "udp", protocol: "udp", state: "07" },
  { file: "udp6", protocol: "udp", state: "07" },
] as const;

/** A listening socket, and its inode. */
export interface Listening extends ListeningFacts {
  readonly inode: string;
}

/** The listening sockets of this network. */
export function readListening(): Listening[] {
  return tables.flatMap(({ file, protocol, state }) => {
    const lines = textOf(`/proc/thread-self/net/${file}`).split("\n").slice(1);
    return lines.flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      if (fields[3] !== state) return [];
      const [address, port] = fields[1]!.split(":");
      return [
        { protocol, address: addressOf(address!), port: Number.parseInt(port!, 16), inode: fields[9]! },
      ];
    });
  });
}

/** "0F04A8C0" is 192.168.4.15 on a little-endian machine. */
export function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  for (let word = 0; word < bytes.length; word += 4) bytes.subarray(word, word + 4).reverse();
  return IpAddress.fromBytes(bytes).toString();
}

/** Adds who listens: its open files, and how many it may have. Only root sees those of others. */
export function withProcesses(sockets: readonly Listening[]): ListeningFacts[] {
  const owners = new Map<string, ProcessFacts>();
  const wanted = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  const own = linkOf("/proc/self/ns/net");
  for (const pid of wanted.size === 0 ? [] : readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (linkOf(`/proc/${pid}/ns/net`) !== own) continue;
    const files = namesIn(`/proc/${pid}/fd`);
    const held = files.map((name) => linkOf(`/proc/${pid}/fd/${name}`) ?? "").filter((to) => wanted.has(to));
    if (held.length === 0) continue;
    const [most, mostEver] = fileLimits(textOf(`/proc/${pid}/limits`));
    const name = textOf(`/proc/${pid}/comm`).trim();
    for (const socket of held)
      owners.set(socket, {
        pid: Number(pid),
        name,
        files: files.length,
        most,
        mostEver,
      });
  }
  return sockets.map(({ inode, ...socket }) => {
    const process = owners.get(`socket:[${inode}]`);
    return { ...socket, ...(process && { process }) };
  });
}

/** "Max open files            1024                 4096                 files" */
export function fileLimits(limits: string): [soft: number, hard: number] {
  const [, soft, hard] = /^Max open files +(\S+) +(\S+)/m.exec(limits) ?? [];
  const number = (text = "unlimited") => (text === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(text));
  return [number(soft), number(hard)];
}

/** ListenOverflows of /proc/net/netstat: two lines "TcpExt: …", names and values. */
export function readListenOverflows(): number {
  return listenOverflowsOf(textOf("/proc/thread-self/net/netstat"));
}

export function listenOverflowsOf(text: string): number {
  const [names, values] = text.split("\n").filter((line) => line.startsWith("TcpExt:"));
  const at = names?.split(" ").indexOf("ListenOverflows") ?? -1;
  return at < 0 ? 0 : Number(values?.split(" ")[at] ?? 0);
}

/** Nothing where it may not be read, or is gone meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
