import type { ProgramText } from "./program.js";
import { type Site, siteName, siteOf } from "./site.js";

/** An instruction in the verifier's log: "12: (71) r1 = *(u8 *)(r2 +0)". Numbers are those of the program as it was given. */
const instructionLine = /^(\d+): \([0-9a-f]{2}\) /;
/** Lines that only count what was done. */
const statistics = /^(processed \d+ insns|verification time|stack depth|max_states|insns processed)/;

/**
 * The verifier's log with the lines of TypeScript in it: `-- director.ts:42` before the instructions that line made, where
 * the line changes. `text` is the program as it was loaded, written with `{ traced: true }`.
 */
export function withSources(log: string, text: ProgramText): string {
  let last: string | undefined;
  const result: string[] = [];
  for (const line of log.split("\n")) {
    // What the kernel says of lines (from line_info) would say it twice.
    if (line.startsWith("; ")) continue;
    const instruction = instructionOf(line);
    const site = instruction === undefined ? undefined : siteOf(text.origins[instruction]?.site);
    const name = site && siteName(site);
    if (name !== undefined && name !== last) result.push(`-- ${name}`);
    if (instruction !== undefined) last = name;
    result.push(line);
  }
  return result.join("\n");
}

/** Why the verifier refused a program. */
export interface Explanation {
  /** What it said at the end. */
  readonly reason: string;
  /** The instruction it stood at, if it names one. */
  readonly instruction: number | undefined;
  /** The function that the instruction is in. */
  readonly function: string | undefined;
  /** Where it was written, if the text was traced. */
  readonly site: Site | undefined;
}

/** Finds in the verifier's log what it refused, and the line of TypeScript behind that. */
export function explain(log: string, text: ProgramText): Explanation {
  const lines = log.split("\n").filter((line) => line.trim() !== "" && !statistics.test(line));
  const at = lines.findLastIndex((line) => instructionLine.test(line));
  const instruction = at < 0 ? undefined : instructionOf(lines[at]!);
  const after = lines.slice(at + 1).filter((line) => !line.startsWith("; "));
  return {
    reason: (after.length > 0 ? after.slice(-2) : lines.slice(-1)).join("; "),
    instruction,
    function:
      instruction === undefined
        ? undefined
        : text.functions.findLast(({ start }) => start <= instruction)?.name,
    site: instruction === undefined ? undefined : siteOf(text.origins[instruction]?.site),
  };
}

function instructionOf(line: string): number | undefined {
  const match = instructionLine.exec(line);
  return match ? Number(match[1]) : undefined;
}
