import type { Statement } from "../grammar/statement.js";
import type { BfdInstance } from "../model/index.js";
import { decimalNumber, wholeNumber } from "../values/word-values.js";
import { address, flag, whole } from "./readers.js";
import { type Draft, defined, type Reader, type Readers, type Reading, readAll } from "./reading.js";

type BfdDraft = Omit<Draft<BfdInstance>, "name">;

/** Milliseconds with up to three decimals. */
const interval =
  (least: number, field: "minRx" | "minTx" | "idleTx"): Reader<BfdDraft> =>
  (draft, statement, { findings }) => {
    const [value] = statement.arguments;
    const micro = value && decimalNumber(findings, value, least * 1000, 4294967 * 1000, 3);
    if (micro === undefined) return;
    draft[field] = micro / 1000;
    if (micro > 10_000_000)
      findings.warn(
        value!.at,
        "long-interval",
        `${statement.word.text} value ${value!.text} is larger than max sensible (10000)`,
        { remedy: "It is in milliseconds." },
      );
  };

export const bfdReaders: Readers<BfdDraft> = {
  neighbor_ip: address("neighbour", (d, v) => void (d.neighbour = v)),
  neighbour_ip: address("neighbour", (d, v) => void (d.neighbour = v)),
  source_ip: address("source", (d, v) => void (d.source = v)),
  min_rx: interval(1, "minRx"),
  min_tx: interval(1, "minTx"),
  idle_tx: interval(1000, "idleTx"),
  multiplier: whole(1, 255, (d, v) => void (d.multiplier = v)),
  passive: flag((d) => void (d.passive = true)),
  ttl: whole(1, 255, (d, v) => void (d.ttl = v)),
  hoplimit: whole(1, 255, (d, v) => void (d.ttl = v)),
  max_hops: whole(-1, 255, (d, v) => void (d.maxHops = v)),
  weight: (d, statement, { findings }) => {
    const [value, direction] = statement.arguments;
    const weight = value && wholeNumber(findings, value, -253, 253);
    if (weight !== undefined) d.weight = weight;
    if (direction?.text === "reverse") d.reverse = true;
    else if (direction)
      findings.add(direction.at, "invalid-value", `unknown weight option ${direction.text}`, {
        remedy: "Write reverse or nothing.",
      });
  },
  vrrp: flag((d) => void (d.vrrp = true)),
  checker: flag((d) => void (d.checker = true)),
};

/** Reads a bfd_instance; one without a neighbour, or with another's addresses, is left out. */
export function readBfd(statement: Statement, reading: Reading): void {
  const [name] = statement.arguments;
  if (!name) return;
  const { findings } = reading;
  const wrong = (message: string) =>
    findings.add(name.at, "bfd", `Configuration error: BFD instance ${name.text} ${message}`);
  if (name.text.length > 31) {
    wrong("name too long (maximum length is 31 characters) - ignoring");
    return;
  }
  if (reading.bfdInstances.some((other) => other.name === name.text)) {
    wrong("already configured - ignoring");
    return;
  }
  const draft: BfdDraft = {};
  readAll(bfdReaders, draft, statement.block?.statements ?? [], reading);
  const { neighbour, source } = draft;
  if (!neighbour) {
    wrong("has no neighbor address set, disabling instance");
    return;
  }
  if (source && source.family !== neighbour.family) {
    wrong(
      `source address ${source} and neighbor address ${neighbour} are not of the same family, disabling instance`,
    );
    return;
  }
  const same = reading.bfdInstances.some(
    (other) =>
      other.neighbour.equals(neighbour) &&
      (other.source ? source !== undefined && other.source.equals(source) : !source),
  );
  if (same) {
    wrong(`has duplicate neighbor address ${neighbour}, ignoring instance`);
    return;
  }
  const ttl = draft.ttl ?? (neighbour.family === 4 ? 255 : 64);
  let maxHops = draft.maxHops ?? 0;
  if (maxHops > ttl) {
    findings.add(
      name.at,
      "conflict",
      `BFD instance ${name.text}: max_hops exceeds ttl/hoplimit - setting to ttl/hoplimit`,
    );
    maxHops = ttl;
  }
  const both = !draft.vrrp && !draft.checker;
  reading.bfdInstances.push(
    defined({
      name: name.text,
      neighbour,
      source,
      minRx: draft.minRx ?? 10,
      minTx: draft.minTx ?? 10,
      idleTx: draft.idleTx ?? 1000,
      multiplier: draft.multiplier ?? 5,
      passive: draft.passive ?? false,
      ttl,
      maxHops,
      weight: draft.weight ?? 0,
      reverse: draft.reverse ?? false,
      vrrp: both || (draft.vrrp ?? false),
      checker: both || (draft.checker ?? false),
      at: findings.files.place(statement.word.at.position()),
    }) as BfdInstance,
  );
}
