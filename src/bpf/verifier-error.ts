import { RondoError } from "../errors.js";

/** The kernel refused a program or its types, and said why. `log` is all that it said. */
export class VerifierError extends RondoError {
  readonly log: string;
  readonly errno: number;
  /** The instruction it stopped at, if it names one. */
  readonly instruction: number | undefined;

  constructor(what: string, log: string, errno: number) {
    const decisive = decisiveLines(log);
    super("verifier", `the kernel's verifier refused ${what}: ${decisive.join("\n  ")}`);
    this.name = "VerifierError";
    this.log = log;
    this.errno = errno;
    this.instruction = lastInstruction(log);
  }
}

/** Lines that only count what was done. */
const statistics = /^(processed \d+ insns|verification time|stack depth|max_states|insns processed)/;
/** "12: (61) r0 = *(u32 *)(r1 +4)" */
const instructionLine = /^(\d+): \([0-9a-f]{2}\)/;

/**
 * The lines that tell a person what is wrong: the verdict, and before it the instruction (with its source line) that
 * the verifier stood at.
 */
export function decisiveLines(log: string): string[] {
  const lines = log.split("\n").filter((line) => line.trim() !== "" && !statistics.test(line));
  const stopped = lines.findLastIndex((line) => instructionLine.test(line));
  if (stopped < 0) return lines.slice(-3);
  const source = lines.slice(0, stopped).findLast((line) => line.startsWith("; "));
  const verdict = lines.slice(stopped + 1).slice(-3);
  return [...verdict, `at ${lines[stopped]!}`, ...(source === undefined ? [] : [source])];
}

function lastInstruction(log: string): number | undefined {
  const line = log.split("\n").findLast((text) => instructionLine.test(text));
  return line === undefined ? undefined : Number(instructionLine.exec(line)![1]);
}
