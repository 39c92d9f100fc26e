import { reportDuplicateIds } from "./complete/duplicate-ids.js";
import { completeGlobal } from "./complete/global-defs.js";
import { completeInstance } from "./complete/instance.js";
import { completeSyncGroups } from "./complete/sync-group.js";
import { dropWeights } from "./complete/tracked-weights.js";
import { completeVirtualServer } from "./complete/virtual-server.js";
import type { Diagnostic } from "./diagnostic.js";
import { Findings } from "./findings.js";
import { Parser } from "./grammar/parse.js";
import type { Block, Statement } from "./grammar/statement.js";
import type { KeepalivedConfig } from "./model/index.js";
import { defined, Reading, readAll } from "./read/reading.js";
import { rootReaders } from "./read/root.js";
import { diskWorld } from "./source/disk-world.js";
import { FileStack } from "./source/file-stack.js";
import { allChecks, changedChecks, noChecks } from "./source/include.js";
import { LineReader } from "./source/line-reader.js";
import { glibcRandom } from "./source/random.js";
import { type Answers, emptyWorld, recordedWorld } from "./source/recorded-world.js";
import { SourceFiles } from "./source/source-files.js";
import type { World } from "./source/world.js";

/** How to read a configuration. */
export interface ReadOptions {
  /** What "@NAME" lines are compared with; the host's name up to its first dot if it is not given. */
  readonly configId?: string;
  /** Whom to ask for files, users and interfaces, instead of this host. */
  readonly world?: Partial<World>;
}

/**
 * Everything that reading a configuration took from the world, as a plain JSON value: {@link readSources} gives the same
 * configuration from it in another process, whatever has been edited since.
 */
export interface Sources {
  readonly path: string;
  readonly configId: string;
  readonly answers: Answers;
}

/** A configuration as it was read. */
export interface ReadResult {
  /** What it means; where something is wrong, what keepalived would make of it. */
  readonly config: KeepalivedConfig;
  /** What is wrong with it, in the order of the files. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Sources;
  /** Keywords and their words, with includes and definitions replaced. */
  readonly tree: Block;
}

/** Reads a configuration file and all that it includes. Never throws for what a file says. */
export function readConfig(path: string, options: ReadOptions = {}): ReadResult {
  const answers: Answers = {};
  const world = recordedWorld({ ...diskWorld, ...options.world }, answers);
  const configId = options.configId ?? world.hostName().replace(/\..*/s, "");
  return read({ path, configId, answers }, world);
}

/** Reads a configuration again from what was taken from the world before; asks nobody. */
export function readSources(sources: Sources): ReadResult {
  return read(sources, recordedWorld(emptyWorld, { ...sources.answers }));
}

function read(sources: Sources, world: World): ReadResult {
  const { path, configId } = sources;
  const findings = new Findings(new SourceFiles());
  const files = new FileStack(world, findings, world.workingDirectory());
  const reader = new LineReader(files, findings, configId);
  predefine(reader, files, world, configId);
  if (!files.open(path, { ...allChecks, braceMatch: false }, 0))
    findings.add(0, "no-file", `Unable to find configuration file ${path}`, { refused: "fatal" });
  files.checks = noChecks;
  const tree = new Parser(reader, findings, (statement) => seen(statement, files, findings, reader)).parse();
  const config = build(tree, new Reading(findings, world));
  const order = (a: Diagnostic, b: Diagnostic) =>
    a.place.line - b.place.line || a.place.column - b.place.column;
  const ranks = new Map(findings.files.files.map((file, index) => [file.path, index]));
  const diagnostics = [...findings.list]
    // Of a file that isn't there.
    .map((one) => (one.place.file === "" ? { ...one, place: { ...one.place, file: path } } : one))
    .sort((a, b) => (ranks.get(a.place.file) ?? 0) - (ranks.get(b.place.file) ?? 0) || order(a, b));
  return { config, diagnostics, sources, tree };
}

/** _PWD, _INSTANCE, _RANDOM, _HASH and _BANG. */
function predefine(reader: LineReader, files: FileStack, world: World, configId: string): void {
  const { definitions } = reader;
  reader.random = glibcRandom(world.time());
  definitions.predefine("_PWD", () => files.directory);
  definitions.predefine("_INSTANCE", () => configId);
  definitions.predefine(
    "_RANDOM",
    ([least = 0, most = 32767]) => String((reader.random() % Math.max(1, most - least + 1)) + least),
    true,
  );
  definitions.predefine("_HASH", () => "#");
  definitions.predefine("_BANG", () => "!");
}

/** Keywords that change how the next lines are read. */
function seen(statement: Statement, files: FileStack, findings: Findings, reader: LineReader): void {
  const words = statement.arguments;
  if (statement.keyword?.context !== "global_defs") return;
  if (statement.word.text === "include_check")
    files.checks = changedChecks(
      files.checks,
      words.map((word) => word.text),
      (index, message) =>
        findings.add(words[index]!.at, "invalid-value", message, {
          remedy: "The words are read, match, wildcard_match and brace_match.",
        }),
    );
  if (statement.word.text === "random_seed" && words[0]) {
    if (/^\d{1,10}$/.test(words[0].text)) reader.random = glibcRandom(Number(words[0].text));
    else findings.add(words[0].at, "invalid-number", `random_seed ${words[0].text} invalid`);
  }
}

/** What a tree means. */
function build(tree: Block, reading: Reading): KeepalivedConfig {
  readAll(rootReaders, reading, tree.statements, reading);
  const global = completeGlobal(reading);
  for (const draft of reading.instances) dropWeights(draft, reading);
  const instances = reading.instances
    .map((draft) => completeInstance(draft, reading, global))
    .filter((instance) => instance !== undefined);
  reportDuplicateIds(instances, reading);
  const servers = reading.virtualServers.map((draft) => completeVirtualServer(draft, reading, global));
  return defined({
    global,
    staticAddresses: reading.staticAddresses,
    staticRoutes: reading.staticRoutes,
    staticRules: reading.staticRules,
    trackGroups: reading.trackGroups,
    interfaceDelays: reading.interfaceDelays,
    instances,
    syncGroups: completeSyncGroups(reading),
    scripts: reading.scripts,
    trackFiles: reading.trackFiles,
    trackProcesses: reading.trackProcesses,
    bfdInstances: reading.bfdInstances,
    virtualServers: servers.filter((server) => server !== undefined),
    virtualServerGroups: reading.virtualServerGroups,
    ssl: reading.ssl && defined(reading.ssl),
  }) as KeepalivedConfig;
}
