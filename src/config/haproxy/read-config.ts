import { completeProxy } from "./complete/proxy.js";
import { checkSections } from "./complete/sections.js";
import { checkResolvers } from "./complete/servers.js";
import type { Diagnostic } from "./diagnostic.js";
import type { Directive } from "./grammar/directive.js";
import { LineReader } from "./grammar/read-lines.js";
import { sectionNames } from "./keywords/sections.js";
import type { HaproxyConfig } from "./model/config.js";
import type { Global } from "./model/process.js";
import { globalLine } from "./read/global/index.js";
import { beginPeers } from "./read/peers.js";
import type { ProxyDraft } from "./read/proxy-draft.js";
import { proxyLine } from "./read/proxy-keywords/index.js";
import { beginProxy } from "./read/proxy-section.js";
import { Reading } from "./read/reading.js";
import {
  beginCache,
  beginFcgiApp,
  beginHttpErrors,
  beginMailers,
  beginProgram,
  beginResolvers,
  beginRing,
  beginUserlist,
  type SectionLines,
} from "./read/small-sections/index.js";
import type { World } from "./world.js";

/** A file's name and its bytes, one character each (latin1). */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
}

export interface ReadResult {
  /** What the files mean; undefined where they can't be run. */
  readonly config: HaproxyConfig | undefined;
  /** What was found, in the order in which HAProxy prints it. */
  readonly diagnostics: readonly Diagnostic[];
  /** Reading was given up: nothing is said in the end. */
  readonly aborted: boolean;
}

/** Words of the command line that a file's meaning depends on. */
export interface ReadOptions {
  /** -L NAME */
  readonly localPeer?: string;
  /** -W or -Ws */
  readonly masterWorker?: boolean;
}

type Take = (directive: Directive) => void;

const proxyKinds = ["listen", "frontend", "backend", "defaults"];
const sections: Readonly<Record<string, (directive: Directive) => SectionLines>> = {
  peers: (directive) => ({ take: beginPeers(directive) }),
  resolvers: beginResolvers,
  userlist: beginUserlist,
  mailers: beginMailers,
  "http-errors": beginHttpErrors,
  ring: beginRing,
  cache: beginCache,
  program: beginProgram,
  global: () => ({ take: globalLine }),
  "fcgi-app": beginFcgiApp,
};

/** Reads haproxy.cfg files, one after the other as one. Never throws for what they say. */
export function readHaproxyConfig(
  files: readonly ConfigFile[],
  world: World,
  options: ReadOptions = {},
): ReadResult {
  const reading = new Reading(world, options.localPeer);
  for (const file of files) {
    reading.files.push(file.name);
    const before = reading.fatal;
    new FileReader(reading, file.name).read(file.text);
    if (reading.fatal > before) {
      const message = `Error(s) found in configuration file : ${file.name}`;
      reading.add("error", { file: file.name, line: 1, column: 1 }, message, { code: "errors-in-file" });
    }
    if (reading.aborted) break;
  }
  const config = reading.fatal > 0 ? undefined : complete(reading, options);
  const { diagnostics, aborted } = reading;
  return { config: reading.fatal > 0 ? undefined : config, diagnostics, aborted };
}

/** Hands the lines of one file to its sections. */
class FileReader {
  #take: Take | undefined;
  #finish: (() => void) | undefined;
  readonly #lines: LineReader;

  constructor(
    private readonly reading: Reading,
    name: string,
  ) {
    this.#lines = new LineReader(reading, name, (directive) => this.#line(directive));
  }

  read(text: string): void {
    this.#lines.read(text);
    this.#finish?.();
  }

  #line(directive: Directive): boolean {
    const before = this.reading.fatal;
    this.reading.attempt(directive, () => this.#hand(directive));
    return this.reading.fatal === before;
  }

  #hand(directive: Directive): void {
    const word = directive.at(0);
    const isProxy = proxyKinds.includes(word);
    const isSection = Object.hasOwn(sections, word);
    const status = sectionNames.get(word)?.status;
    if (isProxy || isSection || status) {
      this.#finish?.();
      this.#finish = undefined;
      this.#lines.section = directive.at(1) || word;
      // Lines of a section that couldn't begin are not looked at.
      this.#take = () => {};
    }
    if (status?.kind === "refused")
      directive.fail(`'${word}' isn't there: ${status.says}`, {
        code: "not-supported",
        remedy: "Take the section out.",
      });
    if (isProxy) {
      const proxy: ProxyDraft | undefined = beginProxy(directive);
      if (proxy) this.#take = (line) => proxyLine(line.with(line.words, proxy), proxy);
      return;
    }
    if (isSection) {
      const lines = sections[word]!(directive);
      this.#take = (line) => lines.take(line);
      this.#finish = lines.finish && (() => lines.finish!());
      if (word === "global") globalLine(directive);
      return;
    }
    if (!this.#take)
      directive.fail(`unknown keyword '${word}' out of section.`, { close: true, code: "out-of-section" });
    this.#take(directive);
  }
}

function complete(reading: Reading, options: ReadOptions): HaproxyConfig | undefined {
  if (reading.programs.length > 0 && !options.masterWorker && !reading.global.masterWorker)
    reading.failWith(
      reading.programs[0]!.place,
      "Can't use a 'program' section without master worker mode.",
      "no-master",
      "Start it with -W, or write master-worker in the global section.",
    );
  for (const check of reading.later) check();
  if (reading.fatal > 0) return undefined;
  const used = new Set(reading.proxies.map((proxy) => proxy.id).filter((id) => id !== undefined));
  let next = 2; // HAProxy's first proxy is its own, of the stats sockets
  const proxies = reading.proxies.map((draft) => {
    let id = draft.id;
    if (id === undefined) {
      while (used.has(next)) next++;
      id = next;
      used.add(id);
    }
    return completeProxy(reading, draft, id);
  });
  checkSections(reading);
  for (const draft of reading.proxies) if (!draft.disabled) checkResolvers(reading, draft);
  const { experimental: _, ...global } = reading.global;
  return {
    files: reading.files,
    global: { ...global, localPeer: reading.localPeer, environment: reading.environment } as Global,
    proxies,
    peers: reading.peers,
    resolvers: reading.resolvers,
    userlists: reading.userlists,
    mailers: reading.mailers,
    httpErrors: reading.httpErrors,
    rings: reading.rings,
    caches: reading.caches,
    programs: reading.programs,
  };
}
