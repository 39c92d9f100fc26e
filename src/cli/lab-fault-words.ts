import { RondoError } from "../errors.js";
import {
  type FaultKind,
  type FaultWish,
  faultKinds,
  readDelay,
  readPercent,
  readTime,
} from "../lab/index.js";
import { suggestion } from "../nearest.js";
import { type OptionTypes, parseWords } from "./words.js";

/** A fault command in words, read. */
export interface FaultWords {
  readonly wish: FaultWish;
  /** HOST or LAB/HOST. */
  readonly host: string;
  readonly interface?: string;
  /** --lab */
  readonly lab?: string;
}

/** How each is typed. */
export const faultForms: Readonly<Record<FaultKind, string>> = {
  fail: "fail HOST",
  cut: "cut HOST [--interface DEV]",
  loss: "loss PERCENT HOST [--interface DEV]",
  delay: "delay TIME[+-TIME] HOST [--interface DEV]",
  flap: "flap HOST [--every 1s] [--for 10s] [--interface DEV]",
};

/** What a fault that is to end by itself is given if nothing is said. */
const flapEvery = "1s";
const flapFor = "10s";
const quickestFlap = 20; // milliseconds
const longestFlap = 24 * 3_600_000;

/**
 * Reads what follows `rondo lab`: "loss 5% web1 --interface ens33".
 * @throws RondoError "usage", "bad-amount", "unknown-fault"
 */
export function readFaultWords(kind: FaultKind, words: readonly string[]): FaultWords {
  const form = `rondo lab ${faultForms[kind]}`;
  const wrong = (message: string, remedy: string = form) =>
    new RondoError("usage", `${kind}: ${message}`, { remedy });
  const types: OptionTypes = {
    lab: { type: "string" },
    ...(kind !== "fail" && { interface: { type: "string" } }),
    ...(kind === "flap" && { every: { type: "string" }, for: { type: "string" } }),
  };
  const { values, positionals } = parseWords<string>(words, types, (message) => wrong(message));
  const hasAmount = kind === "loss" || kind === "delay";
  const [amount, host, ...more] = hasAmount ? positionals : [undefined, ...positionals];
  if (more.length > 0) throw wrong(`${more[0]} is too much`);
  if (hasAmount && amount === undefined) throw wrong("how much, and of which host?");
  if (host === undefined) throw wrong("which host?");
  if (amount !== undefined && isAmount(host) && !isAmount(amount))
    throw wrong(`${host} comes first`, `Did you mean: rondo lab ${kind} ${host} ${amount}?`);
  const { interface: device, lab } = values;
  return {
    wish: wishOf(kind, amount ?? "", values),
    host,
    ...(device !== undefined && { interface: device }),
    ...(lab !== undefined && { lab }),
  };
}

/** Reads a fault as one text, as `--fault "cut web1"` has it. */
export function readFaultText(text: string): FaultWords {
  const [first = "", ...words] = text.trim().split(/\s+/);
  const kind = faultKinds.find((each) => each === first);
  if (kind) return readFaultWords(kind, words);
  throw new RondoError("unknown-fault", `there is no fault "${first}"`, {
    remedy: suggestion(first, faultKinds) ?? `There are: ${faultKinds.join(", ")}.`,
  });
}

const isAmount = (word: string) => /^\d/.test(word);

function wishOf(kind: FaultKind, amount: string, values: Record<string, string | undefined>): FaultWish {
  switch (kind) {
    case "loss":
      return { kind, percent: readPercent(amount) };
    case "delay":
      return { kind, ...readDelay(amount) };
    case "flap": {
      const every = timeOf("--every", values["every"] ?? flapEvery, quickestFlap);
      return { kind, every, for: timeOf("--for", values["for"] ?? flapFor, every) };
    }
    default:
      return { kind };
  }
}

function timeOf(option: string, text: string, least: number): number {
  const time = readTime(text);
  if (time !== undefined && time >= least && time <= longestFlap) return time;
  throw new RondoError("bad-amount", `flap ${option} ${text}: it takes a time from ${least}ms to 24h`, {
    remedy:
      time === undefined && /^\d+$/.test(text) ? `Did you mean ${text}s?` : "As in `--every 1s --for 10s`.",
  });
}
