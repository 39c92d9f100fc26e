import type { CapturedServer } from "./capture.js";
import { cursorOf } from "./schedulers/cursor.js";
import { mhKeys, mhTableSize } from "./schedulers/mh-table.js";
import { sipHashOf } from "./schedulers/sip-hash.js";

/** A server as the scheduler saw it. */
export interface TracedCandidate {
  /** Its slot among all servers. */
  readonly index: number;
  readonly server: CapturedServer;
  readonly weight: number;
  readonly active: number;
  readonly inactive: number;
  /** It has as many connections as it may. */
  readonly overloaded: boolean;
  /** lblc and lblcr remember it for the destination. */
  readonly remembered: boolean;
}

/** What a scheduler was asked, as it was before, and what it answered. */
export interface Asked {
  readonly scheduler: string;
  /** How many servers the list has; the candidates are the first of them. */
  readonly count: number;
  readonly version: number;
  /** The service's state: where rr and wrr go on. */
  readonly before: bigint;
  readonly request: { readonly client: number; readonly destination: number; readonly port: number };
  readonly flags: number;
  readonly candidates: readonly TracedCandidate[];
  readonly winner?: TracedCandidate;
  /** A word of what the scheduler has in the list for itself; undefined if that list is not there any more. */
  readonly own: (index: number) => number | undefined;
}

/** A scheduler's choice, told. */
export interface Choice {
  readonly scheduler: string;
  readonly count: number;
  readonly candidates: readonly ToldCandidate[];
  readonly winner?: ToldCandidate;
  /** In words, without the scheduler's and the winner's name: "(257·0 + 3) / 1 = 3 is least". */
  readonly why: string;
  /** rr and wrr: the place where they went on, from 0; wrr: and the current weight. */
  readonly cursor?: { readonly place: number; readonly weight?: number };
}

export interface ToldCandidate extends TracedCandidate {
  /** What was compared, where the scheduler compares something; of nq, sed … the load for its weight. */
  readonly load?: number;
  /** Why it could not be chosen. */
  readonly refused?: "weight 0" | "over its threshold" | "more active than its weight";
}

/** How a scheduler that compares loads does so. */
interface Measure {
  load(one: TracedCandidate): number;
  text(one: TracedCandidate): string;
}
const overhead = ({ active, inactive }: TracedCandidate) => 257 * active + inactive;
const overheadText = ({ active, inactive }: TracedCandidate) => `257·${active} + ${inactive}`;
const weighted: Measure = {
  load: (one) => overhead(one) / one.weight,
  text: (one) => `(${overheadText(one)}) / ${one.weight}`,
};
const delay: Measure = {
  load: ({ active, weight }) => (active + 1) / weight,
  text: ({ active, weight }) => `(${active} + 1) / ${weight}`,
};
const measures: Readonly<Record<string, Measure>> = {
  lc: { load: overhead, text: overheadText },
  wlc: weighted,
  sed: delay,
  nq: delay,
  lblc: weighted,
  lblcr: weighted,
  twos: weighted,
};

/** Tells a choice: what each candidate's load was, who could not be chosen, and why it was the one that it was. */
export function choiceOf(asked: Asked): Choice {
  const { scheduler, count, candidates, winner } = asked;
  const measure = measures[scheduler];
  const tell = (one: TracedCandidate): ToldCandidate => {
    const refused = refusal(scheduler, one);
    return { ...one, ...(refused && { refused }), ...(measure && !refused && { load: measure.load(one) }) };
  };
  const told = candidates.map(tell);
  const cursor = cursorIn(asked);
  return {
    scheduler,
    count,
    candidates: told,
    ...(winner && { winner: tell(winner) }),
    ...(cursor && { cursor }),
    why: winner ? reasonOf(asked, told, tell(winner), cursor) : whyNobody(asked, told),
  };
}

function refusal(scheduler: string, { weight, overloaded, active }: TracedCandidate) {
  if (weight === 0) return "weight 0";
  if (overloaded) return "over its threshold";
  if (scheduler === "ovf" && active > weight) return "more active than its weight";
  return undefined;
}

/** Where rr and wrr go on; a state of another list begins at its head. */
function cursorIn({ scheduler, before, version, own }: Asked): Choice["cursor"] {
  if (scheduler !== "rr" && scheduler !== "wrr") return undefined;
  const isOwn = Number(before >> 56n) === version;
  const { place, weight } = isOwn ? cursorOf(before) : { place: 0, weight: own(0) };
  return scheduler === "rr" || weight === undefined ? { place } : { place, weight };
}

function whyNobody({ count, scheduler }: Asked, told: readonly ToldCandidate[]): string {
  if (count === 0) return "no candidate: the service has no server";
  const causes = new Set(told.map(({ refused }) => refused));
  if (causes.has(undefined)) return `no candidate: ${hashText(scheduler) ?? "none"}`;
  const which = [...causes].join(" or ");
  return causes.size === 1 ? `no candidate: all ${all[[...causes][0]!]}` : `no candidate: each has ${which}`;
}
const all = {
  "weight 0": "have weight 0",
  "over its threshold": "are over their thresholds",
  "more active than its weight": "have more active connections than their weight",
} as const;
/** Of schedulers that look at one server alone. */
const hashText = (scheduler: string) =>
  ["sh", "mh", "dh"].includes(scheduler) ? "the one whose turn it is by the hash can't take it" : undefined;

function reasonOf(
  asked: Asked,
  told: readonly ToldCandidate[],
  winner: ToldCandidate,
  cursor: Choice["cursor"],
): string {
  const { scheduler, count, request, flags } = asked;
  const isWhole = told.length === count;
  /** "… is least" by the one model that there is: what the other CPUs did meanwhile is not in it. */
  const sure = (text: string, expected: TracedCandidate | undefined) =>
    !isWhole || expected?.index === winner.index
      ? text
      : `${text} (what was read a moment before is not what it saw: other packets came between)`;
  const fit = told.filter(({ refused }) => !refused);
  const least = (among: readonly ToldCandidate[]) =>
    among.reduce<ToldCandidate | undefined>(
      (best, one) => (best === undefined || one.load! < best.load! ? one : best),
      undefined,
    );
  const byMeasure = (of = "") => {
    const measure = measures[scheduler]!;
    const { load } = winner;
    const sum = `${measure.text(winner)} = ${numberText(load ?? 0)}`;
    const equals = fit.filter((one) => one.load === load).length;
    return `${sum} is least${of}${equals > 1 ? ", the first of equals" : ""}`;
  };
  switch (scheduler) {
    case "rr":
    case "wrr": {
      const place = placeOf(told, winner);
      const at = place < 0 ? `beyond the first ${told.length}` : `place ${place + 1} of ${count}`;
      const from = `from place ${(cursor!.place % Math.max(1, count)) + 1} on`;
      if (scheduler === "rr") return `next in turn: ${at}, ${from}`;
      const level = cursor!.weight === undefined ? "the largest weight" : `weight ${cursor!.weight}`;
      return `next in turn of at least the current weight: ${at}, ${from} at ${level}`;
    }
    case "lc":
    case "wlc":
    case "sed":
      return sure(byMeasure(), least(fit));
    case "nq": {
      const idle = fit.find(({ active }) => active === 0);
      return idle ? sure("has no active connection", idle) : sure(byMeasure(), least(fit));
    }
    case "fo":
    case "ovf": {
      const heaviest = fit.reduce<ToldCandidate | undefined>(
        (best, one) => (best === undefined || one.weight > best.weight ? one : best),
        undefined,
      );
      const room = scheduler === "ovf" ? ` of those with at most as many active connections` : "";
      return sure(`weight ${winner.weight} is the largest${room}`, heaviest);
    }
    case "dh":
      return `bucket ${goldenHashOf(request.destination, 8)} of 256, by the destination's address`;
    case "sh":
    case "mh": {
      const value = (request.client + (flags & hashFlag.port ? request.port : 0)) >>> 0;
      const [bucket, size, bits] =
        scheduler === "sh"
          ? ([goldenHashOf(value, 8), 256, 8] as const)
          : ([sipHashOf(value, mhKeys.offset) % mhTableSize, mhTableSize, 16] as const);
      const by = `the client's address${flags & hashFlag.port ? " and port" : ""}`;
      const text = `bucket ${bucket} of ${size}, by ${by}`;
      const place = ownerOf(asked, bucket, bits);
      const owner = place === undefined ? undefined : told[place];
      if (!owner || owner.index === winner.index || !owner.refused) return text;
      return `${text}, is of one with ${owner.refused}: the next bucket of one that can`;
    }
    case "lblc":
    case "lblcr": {
      if (placeOf(told, winner) < 0)
        return `beyond the first ${told.length}: remembered for this destination, or least of all`;
      if (winner.remembered)
        return scheduler === "lblc"
          ? "remembered for this destination"
          : byMeasure(" of those remembered for this destination");
      const isKnown = told.some(({ remembered }) => remembered);
      const cause = isKnown ? "who is remembered for this destination can't, or has too much" : nobodyKnown;
      return sure(`${byMeasure()}; ${cause}`, least(fit));
    }
    case "twos":
      return `${measures["twos"]!.text(winner)} = ${numberText(winner.load ?? 0)} is the lesser of two drawn by weight`;
    default:
      return "";
  }
}

/** Bits of a service's flags: sh and mh go on elsewhere, and look at the client's port too. */
const hashFlag = { fallback: 1, port: 2 } as const;

const nobodyKnown = "none is remembered for this destination";

const placeOf = (told: readonly ToldCandidate[], one: TracedCandidate) =>
  told.findIndex(({ index }) => index === one.index);

/** Whose a bucket of sh's or mh's table is: a place in the list (schedulers/packed.ts). */
function ownerOf({ own, scheduler }: Asked, bucket: number, bits: 8 | 16): number | undefined {
  const each = 32 / bits;
  const word = own((scheduler === "mh" ? 1 : 0) + Math.floor(bucket / each));
  return word === undefined ? undefined : (word >>> (bits * (bucket % each))) & (2 ** bits - 1);
}

/** hash_32 of the kernel, as schedulers/golden-hash.ts has it in the packet program. */
const goldenHashOf = (value: number, bits: number): number => Math.imul(value, 0x61c8_8647) >>> (32 - bits);

/** With as many digits as tell loads apart. */
export const numberText = (value: number): string =>
  Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(6))}`;
