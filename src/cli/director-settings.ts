import { XdpPlane } from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import { checkTunable, tunableNames, tunables } from "../ipvs/tunables.js";
import { didYouMean } from "../nearest.js";
import { takeFlag } from "./words.js";

/** What is written where. */
interface SettingsIo {
  readonly plane: () => DataPlane;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const ordinary: SettingsIo = {
  plane: () => new XdpPlane(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};

/** `rondo director set NAME=VALUE…`: all of them, or none if one is wrong. */
export function set(words: readonly string[], io: SettingsIo = ordinary): number {
  const wanted = words.flatMap(understood);
  if (wanted.length === 0)
    throw wrong("usage: rondo director set NAME=VALUE…", "`rondo director settings` lists the names.");
  const plane = io.plane();
  try {
    const values = new Map(plane.tunables());
    const order = inOrder(wanted, values);
    for (const { name, value } of order) {
      checkTunable(name, value, values);
      values.set(name, value);
    }
    for (const { name, value } of order) plane.setTunable(name, value);
  } finally {
    plane.close();
  }
  for (const { name } of wanted) {
    const { status, says } = tunables.find((tunable) => tunable.name === name)!;
    if (status === "accepted") io.err(`${name} is kept, but changes nothing here: ${says}\n`);
  }
  return 0;
}

/** `rondo director settings [--json]` */
export function settings(words: readonly string[], io: SettingsIo = ordinary): number {
  const { given: json, rest } = takeFlag(words, "--json");
  if (rest[0] !== undefined)
    throw wrong(`${rest[0]}: only --json can stand here`, "To change one: `rondo director set NAME=VALUE`.");
  const plane = io.plane();
  const values = plane.tunables();
  plane.close();
  if (json) {
    io.out(`${JSON.stringify(Object.fromEntries(values))}\n`);
    return 0;
  }
  const nameWidth = Math.max(...tunableNames.map((name) => name.length));
  for (const { name, default: standard, status, says } of tunables) {
    const value = values.get(name)!;
    const mark = value === standard ? " " : "*";
    const note = status === "accepted" ? " (no effect here)" : "";
    io.out(`${mark} ${name.padEnd(nameWidth)} ${String(value).padStart(6)}  ${says}${note}\n`);
  }
  return 0;
}

interface Wish {
  readonly name: string;
  readonly value: number;
}

/** "drop_entry=1"; sync_threshold may name its period too, as in the kernel's file: "sync_threshold=3 50". */
function understood(word: string): Wish[] {
  const [, name, text] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
  if (name === undefined || text === undefined)
    throw wrong(`${word}: NAME=VALUE is expected here`, "`rondo director settings` lists the names.");
  if (!tunableNames.includes(name))
    throw wrong(
      `there is no setting ${name}${didYouMean(name, tunableNames)}`,
      "`rondo director settings` lists them.",
    );
  const numbers = name === "sync_threshold" ? text.trim().split(/[\s,]+/) : [text.trim()];
  if (numbers.length > 2 || !numbers.every((number) => /^\d{1,10}$/.test(number)))
    throw wrong(`${word}: ${text === "" ? "a number is missing" : `${text} is no number`}`);
  const [value, period] = numbers.map(Number);
  return [{ name, value: value! }, ...(period === undefined ? [] : [{ name: "sync_period", value: period }])];
}

/** Of sync_threshold and sync_period the one first that makes room for the other. */
function inOrder(wanted: readonly Wish[], values: ReadonlyMap<string, number>): Wish[] {
  const period = wanted.findLast(({ name }) => name === "sync_period");
  const grows = period && (period.value === 0 || period.value > values.get("sync_period")!);
  if (!period || !grows) return [...wanted];
  return [period, ...wanted.filter((wish) => wish !== period)];
}

const wrong = (message: string, remedy?: string) =>
  new RondoError("settings", message, { exitStatus: 2, ...(remedy !== undefined && { remedy }) });
