import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type Command, type CommandCall, failure, leadingInteger, type Reply } from "../command.js";

/** What the kernel tells of the process in /proc: its descriptors and the files that it runs. */
export const procCommands: readonly Command[] = [
  {
    words: ["show", "fd"],
    usage: "show fd [num]                           : dump list of file descriptors in use or a specific one",
    level: "operator",
    run: showDescriptors,
  },
  {
    words: ["show", "libs"],
    usage: "show libs                               : show loaded object files and libraries",
    level: "operator",
    run: showLibraries,
  },
];

const notInChroot = "This is read from /proc, which isn't in the chroot.\n";

function showDescriptors({ word }: CommandCall): Reply {
  if (!existsSync("/proc/self/fd")) return failure(notInChroot);
  const only = word(2) === "" ? undefined : leadingInteger(word(2));
  const lines = readdirSync("/proc/self/fd")
    .map(Number)
    .sort((a, b) => a - b)
    .filter((fd) => only === undefined || fd === only)
    .flatMap((fd) => describeDescriptor(fd) ?? []);
  return { pieces: lines };
}

/** Its flags and what it is, as the kernel tells; one that was closed meanwhile is left out. */
function describeDescriptor(fd: number): string | undefined {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
    const target = readlinkSync(`/proc/self/fd/${fd}`);
    return `${String(fd).padStart(7)} : st=0x${Number.parseInt(flags, 8).toString(16).padStart(6, "0")} ref=0 owner=${target}\n`;
  } catch {
    return undefined;
  }
}

/** Files that are mapped to be run, with their first and last address. */
function showLibraries(): Reply {
  if (!existsSync("/proc/self/maps")) return failure(notInChroot);
  const files = new Map<string, { from: bigint; to: bigint }>();
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
    const found = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ +(\/.*)$/.exec(line);
    if (found === null) continue;
    const [from, to] = [BigInt(`0x${found[1]}`), BigInt(`0x${found[2]}`)];
    const known = files.get(found[3] as string);
    files.set(found[3] as string, { from: known?.from ?? from, to });
  }
  return [...files]
    .map(
      ([name, { from, to }]) =>
        `0x${from.toString(16)}-0x${to.toString(16)} (0x${(to - from).toString(16).padStart(7, "0")}) ${name}\n`,
    )
    .join("");
}
