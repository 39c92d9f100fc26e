import {
  configFiles,
  type Diagnostic,
  diskWorld,
  type ReadOptions,
  readHaproxyConfig,
  type World,
} from "../config/haproxy/index.js";
import type { HaproxyConfig } from "../config/haproxy/model/index.js";
import { exportEnvironment, type Messages } from "../daemon/haproxy/index.js";
import type { HaproxyWords } from "./haproxy-words.js";

export interface LoadedConfig {
  readonly config: HaproxyConfig;
  /** What other threads of this process make the same configuration of. */
  readonly sources: ConfigSources;
}

/** Everything that was asked of the world while a configuration was read. */
export interface ConfigSources {
  readonly paths: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: ReadonlyMap<string, Uint8Array | { readonly reason: string }>;
  readonly lists: ReadonlyMap<string, readonly string[] | undefined>;
  readonly names: ReadonlyMap<string, number | undefined>;
  readonly hostName: string;
  readonly localPeer: string | undefined;
  readonly masterWorker: boolean; // -W
}

/** Reads the files of the command line and says what is wrong with them; undefined: it can't be run. */
export async function loadConfig(words: HaproxyWords, messages: Messages): Promise<LoadedConfig | undefined> {
  messages.context = "config : ";
  try {
    const { world, sources } = recordingWorld(words);
    const { files, missing } = configFiles(words.files, world);
    for (const { path, reason } of missing)
      messages.alert(`Cannot open configuration file/directory ${path} : ${reason}`);
    if (missing.length > 0) return undefined;
    const { config, diagnostics, aborted } = readHaproxyConfig(files, world, optionsOf(sources));
    for (const diagnostic of diagnostics) tell(diagnostic, words, messages);
    if (config === undefined) {
      if (!aborted) messages.alert("Fatal errors found in configuration.");
      return undefined;
    }
    exportEnvironment(
      config,
      files.map(({ name }) => name),
    );
    return { config, sources };
  } finally {
    messages.context = "";
  }
}

/** HAProxy's words, and below them ours: where exactly, and what helps. */
function tell(diagnostic: Diagnostic, words: HaproxyWords, messages: Messages): void {
  const { severity, printed, place, remedy, code } = diagnostic;
  const exact = code !== "errors-in-file" && place.file !== "" && place.column > 0;
  const behind = exact
    ? `\n    at ${place.file}:${place.line}:${place.column}${remedy === undefined ? "" : `: ${remedy}`}`
    : "";
  const text = `${printed.replace(/\n$/, "")}${behind}`;
  if (severity === "error") messages.alert(text);
  else if (severity === "warning") messages.warning(text);
  else if (severity === "note") messages.notice(text);
  else if (words.diagnose) messages.diag(text);
}

const optionsOf = ({ localPeer, masterWorker }: ConfigSources): ReadOptions => ({
  masterWorker,
  ...(localPeer !== undefined && { localPeer }),
});

/** Reads the same again in another thread. */
export function configOfSources(sources: ConfigSources): HaproxyConfig {
  const world = replayedWorld(sources);
  const { config } = readHaproxyConfig(configFiles(sources.paths, world).files, world, optionsOf(sources));
  if (config === undefined) throw new Error("a configuration that was right is wrong in another thread");
  return config;
}

function recordingWorld({ files: paths, localPeer, masterWorker }: HaproxyWords): {
  world: World;
  sources: ConfigSources;
} {
  const files = new Map<string, Uint8Array | { readonly reason: string }>();
  const lists = new Map<string, readonly string[] | undefined>();
  const names = new Map<string, number | undefined>();
  const kept = <T>(map: Map<string, T>, key: string, value: T): T => {
    map.set(key, value);
    return value;
  };
  const world: World = {
    environment: process.env,
    readFile(path) {
      const read = diskWorld.readFile(path);
      files.set(path, "bytes" in read ? read.bytes : read);
      return read;
    },
    list: (path) => kept(lists, path, diskWorld.list(path)),
    hostName: () => diskWorld.hostName(),
    user: (name) => kept(names, `user ${name}`, diskWorld.user(name)),
    group: (name) => kept(names, `group ${name}`, diskWorld.group(name)),
  };
  return {
    world,
    sources: {
      paths,
      environment: { ...process.env },
      files,
      lists,
      names,
      hostName: diskWorld.hostName(),
      localPeer,
      masterWorker,
    },
  };
}

function replayedWorld({ environment, files, lists, names, hostName }: ConfigSources): World {
  return {
    environment,
    readFile(path) {
      const there = files.get(path) ?? { reason: "No such file or directory" };
      return there instanceof Uint8Array ? { bytes: Buffer.from(there) } : there;
    },
    list: (path) => lists.get(path),
    hostName: () => hostName,
    user: (name) => names.get(`user ${name}`),
    group: (name) => names.get(`group ${name}`),
  };
}
