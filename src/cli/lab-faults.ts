import { RondoError } from "../errors.js";
import {
  allLabs,
  type Fault,
  type FaultChange,
  type FaultKind,
  type FaultStatus,
  faultKinds,
  faultStatusOf,
  faultText,
  findHost,
  heal,
  labNamed,
  millisecondsText,
  onlyLab,
  placeOf,
  requireRoot,
  setFault,
} from "../lab/index.js";
import { columns } from "./columns.js";
import type { LabIo } from "./lab.js";
import { readFaultWords } from "./lab-fault-words.js";
import { parseWords } from "./words.js";

type Command = (words: readonly string[], io: LabIo) => Promise<number> | number;

/** The commands that break a lab on purpose, tell of it and mend it. */
export const faultCommands: Readonly<Record<string, Command>> = {
  ...Object.fromEntries(
    faultKinds.map((kind) => [kind, (words: readonly string[], io: LabIo) => set(kind, words, io)]),
  ),
  heal: healed,
  faults,
};

/** Their part of `rondo lab --help`. */
export const faultUsage = `
  fail HOST                 power off: its processes, connections and rules are lost
  cut HOST                  pull its cable          [--interface DEV]
  loss 5% HOST              lose packets            [--interface DEV]
  delay 50ms[+-10ms] HOST   hold packets, each way  [--interface DEV]
  flap HOST                 cable in and out        [--every 1s] [--for 10s] [--interface DEV]
  heal [HOST | all]         undo all of these       [--interface DEV]
  faults [LAB]              what is broken now      [--json]
`;

async function set(kind: FaultKind, words: readonly string[], io: LabIo): Promise<number> {
  const typed = readFaultWords(kind, words);
  requireRoot("breaking a lab");
  const { lab, host } = findHost(typed.host, typed.lab);
  const place = { host: host.name, ...(typed.interface !== undefined && { interface: typed.interface }) };
  const change = await setFault(lab.name, place, typed.wish, io.director);
  for (const line of tellChange(change, lab.state.faults ?? [], kind, host.name))
    io.stdout.write(`${line}\n`);
  return 0;
}

/** What a fault does, as a sentence. */
function tellFault(fault: Fault): string {
  const place = placeOf(fault);
  switch (fault.kind) {
    case "fail":
      return `${place} is off`;
    case "cut":
      return `the cable of ${place} is cut`;
    case "loss":
      return `${place} loses ${fault.percent}% of its packets in either direction`;
    case "delay":
      return `the packets of ${place} come ${faultText(fault).slice("delay ".length)} later in either direction`;
    case "flap":
      return `the cable of ${place} loses contact every ${millisecondsText(fault.every)}, until ${clock(fault.until)}`;
  }
}

function tellChange(change: FaultChange, before: readonly Fault[], kind: FaultKind, host: string): string[] {
  const was = (fault: Fault) =>
    change.ended.find((ended) => ended.kind === fault.kind && placeOf(ended) === placeOf(fault));
  const lines = change.set.map((fault) => {
    const earlier = was(fault);
    const same = earlier && faultText(earlier) === faultText(fault);
    return tellFault(fault) + (earlier && !same ? ` (it was ${faultText(earlier)})` : "");
  });
  const gone = change.ended.filter((ended) => !change.set.some((fault) => was(fault) === ended));
  lines.push(...gone.map((fault) => `${placeOf(fault)}: ${faultText(fault)} has ended`));
  if (lines.length > 0) return lines;
  const there = before.find((fault) => fault.kind === kind && fault.host === host);
  return [
    there
      ? `${tellFault(there)} already, since ${clock(there.since)}`
      : `${host} has no ${kind}: nothing to end`,
  ];
}

async function healed(words: readonly string[], io: LabIo): Promise<number> {
  const wrong = (message: string) =>
    new RondoError("usage", `heal: ${message}`, { remedy: "rondo lab heal [HOST | all] [--interface DEV]" });
  const types = { lab: { type: "string" }, interface: { type: "string" } } as const;
  const { values, positionals } = parseWords<string>(words, types, wrong);
  const [typed, more] = positionals;
  if (more !== undefined) throw wrong(`${more} is too much`);
  const everything = typed === undefined || typed === "all" || typed.endsWith("/all");
  if (everything && values["interface"] !== undefined) throw wrong("--interface of which host?");
  requireRoot("mending a lab");
  if (everything) {
    const name = typed?.includes("/") ? typed.split("/")[0]! : values["lab"];
    const lab = name === undefined ? onlyLab() : labNamed(name);
    return tellHealed(await heal(lab.name, undefined, io.director), `lab ${lab.name}`, io);
  }
  const { lab, host } = findHost(typed, values["lab"]);
  const device = values["interface"];
  const place = { host: host.name, ...(device !== undefined && { interface: device }) };
  return tellHealed(await heal(lab.name, place, io.director), host.name, io);
}

function tellHealed({ ended }: FaultChange, what: string, io: LabIo): number {
  if (ended.length === 0) io.stdout.write(`nothing is wrong with ${what}\n`);
  for (const fault of ended)
    io.stdout.write(
      fault.kind === "fail"
        ? `${fault.host} has booted again\n`
        : `${placeOf(fault)}: ${faultText(fault)} has ended\n`,
    );
  return 0;
}

function faults(words: readonly string[], io: LabIo): number {
  const wrong = (message: string) =>
    new RondoError("usage", `faults: ${message}`, { remedy: "rondo lab faults [LAB] [--json]" });
  const types = { json: { type: "boolean" } } as const;
  const { values, positionals } = parseWords<string | boolean>(words, types, wrong);
  if (positionals.length > 1) throw wrong(`${positionals[1]} is too much`);
  const [name] = positionals;
  const labs = name === undefined ? allLabs() : [labNamed(name).state];
  if (labs.length === 0) onlyLab(); // Says that there is none.
  const found = labs.map((state) => ({ lab: state.name, faults: faultStatusOf(state) }));
  if (values["json"]) io.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  else
    for (const { lab, faults: list } of found) {
      io.stdout.write(list.length === 0 ? `lab ${lab}: nothing is broken\n` : `lab ${lab}:\n`);
      for (const line of tellFaults(list)) io.stdout.write(`  ${line}\n`);
    }
  return found.every(({ faults: list }) => list.every(({ wrong: what }) => what === undefined)) ? 0 : 1;
}

/** A line for each fault: where, what, since when, by what means, and what it has done. */
export function tellFaults(list: readonly FaultStatus[]): string[] {
  return columns(
    list.map((fault) => [
      fault.host,
      fault.interface ?? "",
      fault.text,
      `since ${clock(fault.since)}`,
      [means(fault), done(fault), fault.wrong && `WRONG: ${fault.wrong}`].filter(Boolean).join("; "),
    ]),
  );
}

function means({ by, process, until }: FaultStatus): string {
  const details = [process?.alive && `process ${process.pid}`, until && `until ${clock(until)}`].filter(
    Boolean,
  );
  return `by ${by}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
}

function done({ host, lost, relayed }: FaultStatus): string | undefined {
  if (relayed) return `${relayed.frames} packets carried, ${relayed.dropped} dropped`;
  if (!lost) return undefined;
  const { fromHost, toHost } = lost;
  const share = (dropped: number, packets: number) =>
    packets === 0 ? "" : ` (${((100 * dropped) / packets).toFixed(1)}%)`;
  const dropped = fromHost.dropped + toHost.dropped;
  const packets = fromHost.packets + toHost.packets;
  return (
    `${dropped} of ${packets} packets dropped${share(dropped, packets)}: ` +
    `${fromHost.dropped} of ${fromHost.packets} from ${host}, ${toHost.dropped} of ${toHost.packets} to it`
  );
}

/** "14:03:05", as the clock on the wall has it. */
export function clock(iso: string): string {
  const time = new Date(iso);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => `${part}`.padStart(2, "0"))
    .join(":");
}
