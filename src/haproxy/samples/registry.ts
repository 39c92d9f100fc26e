import type { Argument, Place, SampleType } from "../../config/haproxy/model/index.js";
import type { PatternStore } from "../patterns/store.js";
import type { Evaluate, Fetched, ProcessRun, Sample, SampleContext } from "../run/index.js";

/** What fetches and converters are made with. The process is asked for only when something is evaluated: it may not be whole before. */
export interface Environment {
  readonly process: ProcessRun;
  readonly patterns: PatternStore;
}

export interface MadeFetch {
  readonly one: Evaluate;
  /** Where there can be several (each header field of a name): ACLs look at all of them. */
  readonly every?: (context: SampleContext) => readonly Sample[] | undefined;
  /** Whether what it gave may still become something else while more data comes (SMP_F_MAY_CHANGE): an ACL that doesn't match then waits. */
  readonly mayChange?: (context: SampleContext) => boolean;
}

export type MakeFetch = (
  arguments_: readonly Argument[],
  environment: Environment,
  name: string,
) => Evaluate | MadeFetch;

/** Is given a sample of the type that it asked for. */
export type Convert = (sample: Sample, context: SampleContext) => Fetched;

export interface ConverterKind {
  /** What its input is cast to. */
  readonly from: SampleType;
  /** What it says is the last word on what has come, though more bytes may come: an ACL doesn't wait for them. */
  readonly settles?: boolean;
  readonly make: (
    arguments_: readonly Argument[],
    environment: Environment,
    name: string,
    place: Place,
  ) => Convert;
}

export type Fetches = Readonly<Record<string, MakeFetch>>;
export type Converters = Readonly<Record<string, ConverterKind>>;

/** The text of an argument at a place; undefined where nothing was given. */
export function text(arguments_: readonly Argument[], at: number): string | undefined {
  const argument = arguments_[at];
  switch (argument?.kind) {
    case "str":
    case "ipv4":
    case "ipv6":
      return argument.value;
    case "sint":
    case "time":
    case "size":
      return String(argument.value);
    case "frontend":
    case "backend":
    case "table":
    case "userlist":
    case "resolvers":
    case "server":
      return argument.name;
    case "map":
      return argument.file;
    case "regex":
      return argument.pattern;
    default:
      return undefined;
  }
}

/** The number of an argument; undefined where nothing was given. */
export function number(arguments_: readonly Argument[], at: number): number | undefined {
  const argument = arguments_[at];
  switch (argument?.kind) {
    case "sint":
    case "time":
    case "size":
    case "mask4":
    case "mask6":
      return argument.value;
    case "str":
      return argument.value === "" ? undefined : Number(argument.value);
    default:
      return undefined;
  }
}
