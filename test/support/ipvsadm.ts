import { readFileSync } from "node:fs";
import type { HostNames } from "../../src/cli/host-names.js";
import { run } from "../../src/cli/ipvsadm.js";
import type { IpvsadmIo } from "../../src/cli/ipvsadm-io.js";
import { run as runRestore } from "../../src/cli/ipvsadm-restore.js";
import { run as runSave } from "../../src/cli/ipvsadm-save.js";
import { HostsFile, inetNtop, ServicesFile } from "../../src/config/ipvsadm/index.js";
import type { DataPlane } from "../../src/ipvs/data-plane.js";
import { IpAddress } from "../../src/wire/address.js";

/** A recorded command: its words, its input, what it printed, and its exit status. */
export interface Recorded {
  readonly program: string;
  readonly words: readonly string[];
  readonly input: string;
  readonly output: string;
  readonly status: number;
  /** Line of the fixture, from 1. */
  readonly line: number;
}

export function fixture(name: string): string {
  return readFileSync(new URL(`../../../test/fixtures/ipvsadm/${name}`, import.meta.url), "utf8");
}

/** Reads a transcript (test/fixtures/ipvsadm/README.md tells its form). */
export function transcript(text: string): Recorded[] {
  const lines = text.split("\n");
  const recorded: Recorded[] = [];
  let i = 0;
  while (i < lines.length) {
    const line = i + 1;
    const match = /^\$ (ipvsadm\S*)(.*)$/.exec(lines[i++]!);
    if (!match) continue;
    let input = "";
    while (lines[i]?.startsWith("< ")) input += `${lines[i++]!.slice(2)}\n`;
    const output: string[] = [];
    let status = 0;
    while (i < lines.length && !/^\$ |^== /.test(lines[i]!)) {
      const exit = /^\[exit (\d+)\]$/.exec(lines[i]!);
      if (exit) status = Number(exit[1]);
      else output.push(lines[i]!);
      i++;
      if (exit) break;
    }
    // A blank line stands before a heading and at the end of the file.
    const last = i >= lines.length || lines[i]!.startsWith("== ");
    if (last && output.at(-1) === "") output.pop();
    const words = shellWords(match[2]!);
    recorded.push({
      program: match[1]!,
      words,
      input,
      output: output.map((each) => `${each}\n`).join(""),
      status,
      line,
    });
  }
  return recorded;
}

function shellWords(text: string): string[] {
  return [...text.matchAll(/'([^']*)'|[^\s']+/g)].map((match) => match[1] ?? match[0]);
}

/** Names as the recordings had them: Debian's services, and only these hosts. */
export function fixedNames(hosts = "127.0.0.1 localhost"): HostNames {
  const file = new HostsFile(hosts);
  return {
    services: new ServicesFile(fixture("services.txt")),
    async address(name) {
      for (const line of hosts.split("\n")) {
        const [first, ...known] = line.trim().split(/\s+/);
        const address = IpAddress.parse(first ?? "");
        if (address?.family === 4 && known.includes(name)) return address;
      }
      return undefined;
    },
    async namesOf(addresses) {
      const known = addresses.map((address) => [inetNtop(address), file.name(address)] as const);
      return new Map(known.filter((each): each is [string, string] => each[1] !== undefined));
    },
  };
}

export interface Ran {
  readonly status: number;
  /** Both outputs, in the order of writing. */
  readonly output: string;
  readonly stdout: string;
  readonly stderr: string;
}

const programs: Readonly<Record<string, typeof run>> = {
  ipvsadm: run,
  "ipvsadm-save": runSave,
  "ipvsadm-restore": runRestore,
};

/** Runs a command of the family with its input, and keeps what it wrote. */
export async function runWith(
  plane: DataPlane | (() => DataPlane),
  words: readonly string[],
  options: { program?: string; input?: string; names?: HostNames; terminal?: boolean } = {},
): Promise<Ran> {
  const written: { to: "stdout" | "stderr"; text: string }[] = [];
  const io: IpvsadmIo = {
    plane: typeof plane === "function" ? plane : () => plane,
    stdin: once(options.input ?? ""),
    stdout: { write: (text) => written.push({ to: "stdout", text }) },
    stderr: {
      write: (text) => written.push({ to: "stderr", text }),
      ...(options.terminal && { isTTY: true }),
    },
    names: options.names ?? fixedNames(),
  };
  const status = await programs[options.program ?? "ipvsadm"]!(words, io);
  const all = (to?: string) =>
    written
      .filter((each) => to === undefined || each.to === to)
      .map(({ text }) => text)
      .join("");
  return { status, output: all(), stdout: all("stdout"), stderr: all("stderr") };
}

async function* once(text: string) {
  if (text !== "") yield text;
}
