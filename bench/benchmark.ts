import { type ParseArgsConfig, parseArgs } from "node:util";
import { requireKernel } from "../src/dataplane/xdp/require-kernel.js";
import { inOwnNamespace } from "./namespace.js";

/** Figures by what they say. */
export type Figures = Readonly<Record<string, number>>;

/** A measurement that is a command: `node dist/bench/NAME.js [--json] [--help]` and its own options, each with a value. */
export interface Benchmark<Options extends Readonly<Record<string, string>>> {
  readonly help: string;
  /** What the options are unless they are given. */
  readonly options: Options;
  readonly measure: (values: Readonly<Record<keyof Options, string>>) => Figures | Promise<Figures>;
  /** Figures that have to be 0: else the exit status is 1. */
  readonly zero: readonly string[];
}

/** Measures in a network namespace of its own and prints the figures. Gives the exit status. */
export async function runBenchmark<Options extends Readonly<Record<string, string>>>({
  help,
  options,
  measure,
  zero,
}: Benchmark<Options>): Promise<number> {
  const own: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, value] of Object.entries(options)) own[name] = { type: "string", default: value };
  const flags = { json: { type: "boolean" }, help: { type: "boolean" } } as const;
  const { values } = parseArgs({ options: { ...own, ...flags } });
  if (values["help"]) {
    process.stdout.write(help);
    return 0;
  }
  requireKernel();
  return await inOwnNamespace(async () => {
    const figures = await measure(values as unknown as Record<keyof Options, string>);
    if (values["json"]) console.log(JSON.stringify(figures));
    else for (const [what, figure] of Object.entries(figures)) console.log(`${what.padEnd(46)} ${figure}`);
    return zero.every((what) => figures[what] === 0) ? 0 : 1;
  });
}
