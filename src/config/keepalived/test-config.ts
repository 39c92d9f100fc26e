import type { Diagnostic } from "./diagnostic.js";
import { fixConfig, type MendedFile } from "./fix/fix-config.js";
import { lintConfigs } from "./lint/index.js";
import { type ReadOptions, type ReadResult, readConfig } from "./read-config.js";

/** What came of a test. */
export interface TestResult {
  /** What was found, file after file in the order given. */
  readonly diagnostics: readonly Diagnostic[];
  /** What keepalived 2.2.7 -t would end with. */
  readonly exitStatus: 0 | 2 | 4 | 5 | 6;
  readonly results: readonly ReadResult[];
  /** With `fix`: the files as they ought to be, where that is another text. Nothing is written. */
  readonly mended: readonly MendedFile[];
}

/**
 * keepalived's exit status for a configuration: 6 for an included file that can't be read or for scripts without script
 * security (also where there are other errors), 2 for a keyword without its word, 5 for other errors, 4 if it could not
 * run at all, else 0.
 */
export function exitStatusOf(diagnostics: readonly Diagnostic[]): TestResult["exitStatus"] {
  const refused = new Set(diagnostics.map((one) => one.refused));
  if (refused.has("unreadable")) return 6;
  if (refused.has("missing-parameter")) return 2;
  if (refused.has("security")) return 6;
  if (refused.has("error")) return 5;
  return refused.has("fatal") ? 4 : 0;
}

/**
 * Tests configurations: their words, what they mean, whether it makes sense, and, of several files, whether they go
 * together (the files of the routers of one cluster). With `fix` the diagnostics are those of the mended files.
 */
export function testConfigs(
  paths: readonly string[],
  options: ReadOptions & { readonly fix?: boolean } = {},
): TestResult {
  const read = paths.map((path) =>
    options.fix ? fixConfig(path, options) : { result: readConfig(path, options), files: [] },
  );
  const results = read.map(({ result }) => result);
  const lints = lintConfigs(results, options);
  const diagnostics = [...results.flatMap((result) => result.diagnostics), ...lints];
  const order = new Map<string, number>();
  for (const one of diagnostics) if (!order.has(one.place.file)) order.set(one.place.file, order.size);
  diagnostics.sort(
    (a, b) =>
      order.get(a.place.file)! - order.get(b.place.file)! ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column,
  );
  return {
    diagnostics,
    exitStatus: exitStatusOf(diagnostics),
    results,
    mended: read.flatMap(({ files }) => files),
  };
}
