import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { pinFolder } from "../bpf/index.js";
import { networkNamespaceCookie } from "../sys/index.js";

/** What was changed on a real server, so that it can be taken back. */
export interface RealServerRecord {
  /** By VIP: whether its address was put on lo by us. */
  vips: Record<string, { method: "tun"; added: boolean }>;
  /** By the sysctl's parts, joined with "/": its value before, and the one that was set. */
  sysctls: Record<string, { before: string; set: string }>;
}

const folder = "/run/rondo";

/** One file for each network namespace; gone with the next start of the machine, as what it tells of is. */
const pathOf = () => `${folder}/realserver-${networkNamespaceCookie().toString(16)}.json`;

export function readRecord(): RealServerRecord {
  const path = pathOf();
  if (!existsSync(path)) return { vips: {}, sysctls: {} };
  return JSON.parse(readFileSync(path, "utf8")) as RealServerRecord;
}

/** Written before anything is changed: who is killed on the way can still take back what he did. */
export function writeRecord(record: RealServerRecord): void {
  const path = pathOf();
  if (Object.keys(record.vips).length === 0) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(folder, { recursive: true });
  removeStale();
  writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** A minute, in milliseconds: longer than anybody takes between writing a record and doing what it says. */
const fresh = 60_000;

/** Removes the records of namespaces that have ended, which are those without pins. */
function removeStale(): void {
  for (const name of readdirSync(folder)) {
    const cookie = /^realserver-([0-9a-f]+)\.json/.exec(name)?.[1];
    if (cookie === undefined || existsSync(pinFolder(BigInt(`0x${cookie}`), "server"))) continue;
    const path = `${folder}/${name}`;
    const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (time !== undefined && Date.now() - time > fresh) rmSync(path, { force: true });
  }
}
