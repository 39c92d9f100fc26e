import type { SampleType } from "../model/expression.js";
import { checkpointsOf, type Source } from "./checkpoints.js";
import { converterTable } from "./converter-table.js";
import { connectionFetches } from "./fetches-connection.js";
import { counterFetches } from "./fetches-counters.js";
import { httpFetches } from "./fetches-http.js";
import { otherFetches } from "./fetches-other.js";
import { tlsFetches } from "./fetches-tls.js";

/** What a table of names says that stands at an argument's place (arg.h, ARGT_*). */
export type ArgumentKind =
  | "sint"
  | "str"
  | "ipv4"
  | "ipv6"
  | "mask4"
  | "mask6"
  | "frontend"
  | "backend"
  | "table"
  | "server"
  | "userlist"
  | "regex"
  | "fields";

/** Arguments of a fetch or converter: the first `least` are needed. */
export interface Signature {
  readonly least: number;
  readonly kinds: readonly ArgumentKind[];
}

/** A fetch that 2.6 knows. */
export interface FetchName {
  readonly name: string;
  readonly signature: Signature;
  readonly type: SampleType;
  readonly sources: readonly Source[];
  /** Bits of the places where it may stand. */
  readonly checkpoints: number;
}

/** A converter that 2.6 knows. */
export interface ConverterName {
  readonly name: string;
  readonly signature: Signature;
  readonly from: SampleType;
  readonly to: SampleType;
}

const rows = (table: string) =>
  table
    .trim()
    .split("\n")
    .map((line) => line.split(" ") as [string, string, string, string]);

function signatureOf(text: string): Signature {
  if (text === "-") return { least: 0, kinds: [] };
  const kinds = text.split(/[[\],]+/).filter((word) => word !== "") as ArgumentKind[];
  const needed = text.split("[")[0]!;
  return { least: needed.split(",").filter((word) => word !== "").length, kinds };
}

function* fetchRows(): Iterable<readonly [string, string, string, string]> {
  yield* rows(httpFetches);
  yield* rows(tlsFetches);
  yield* rows(connectionFetches);
  yield* rows(otherFetches);
  for (const row of rows(counterFetches)) {
    yield row;
    const [name, args, type, source] = row;
    // The number of the counter is part of these names; arrays (gpc, gpt) have none of them.
    if (!name.startsWith("sc_") || args.startsWith("sint,sint")) continue;
    for (const slot of [0, 1, 2])
      yield [`sc${slot}_${name.slice(3)}`, args.replace("sint[,", "["), type, source];
  }
}

/** All fetches of 2.6, by name. */
export const fetchNames: ReadonlyMap<string, FetchName> = new Map(
  [...fetchRows()].map(([name, args, type, from]) => {
    const sources = from.split("+") as Source[];
    const fetch = { name, signature: signatureOf(args), type: type as SampleType, sources };
    return [name, { ...fetch, checkpoints: checkpointsOf(sources) }];
  }),
);

/** All converters of 2.6, by name. */
export const converterNames: ReadonlyMap<string, ConverterName> = new Map(
  rows(converterTable).map(([name, args, from, to]) => [
    name,
    { name, signature: signatureOf(args), from: from as SampleType, to: to as SampleType },
  ]),
);
