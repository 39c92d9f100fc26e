import { suggestion } from "../../../nearest.js";
import type { Diagnostic } from "../diagnostic.js";
import type { Directive } from "../grammar/directive.js";
import type { About } from "../grammar/mistake.js";
import { Mistake } from "../grammar/mistake.js";
import type { Argument } from "../model/expression.js";
import { type Place, placeText } from "../model/place.js";
import type {
  Cache,
  HttpErrors,
  Mailers,
  Peers,
  Program,
  Resolvers,
  Ring,
  Userlist,
} from "../model/sections.js";
import type { StickTable } from "../model/table.js";
import type { World } from "../world.js";
import { type GlobalDraft, newGlobal } from "./global-draft.js";
import type { Mutable, ProxyDraft } from "./proxy-draft.js";

/** Something that an expression names and that has to be there when all is read. */
export interface Reference {
  readonly argument: Argument;
  readonly written: string;
  readonly index: number;
  readonly fetch: string;
  readonly converter: string | undefined;
  readonly context: string;
  readonly noun: string;
  readonly proxy: ProxyDraft | undefined;
  readonly place: Place;
}

/** All that is known while files are read. */
export class Reading {
  readonly diagnostics: Diagnostic[] = [];
  readonly files: string[] = [];
  readonly global: GlobalDraft = newGlobal();
  readonly proxies: ProxyDraft[] = [];
  readonly defaults: ProxyDraft[] = [];
  readonly peers: Mutable<Peers>[] = [];
  readonly resolvers: Mutable<Resolvers>[] = [];
  readonly userlists: Mutable<Userlist>[] = [];
  readonly mailers: Mutable<Mailers>[] = [];
  readonly httpErrors: HttpErrors[] = [];
  readonly rings: Mutable<Ring>[] = [];
  readonly caches: Mutable<Cache>[] = [];
  readonly programs: Mutable<Program>[] = [];
  readonly references: Reference[] = [];
  readonly checkedDefaults = new Set<ProxyDraft>();
  readonly ringUses: { readonly name: string; readonly place: Place }[] = [];
  readonly patternIds = new Set<number>();
  /** What users and groups of userlists are checked for when all is read. */
  readonly later: (() => void)[] = [];
  readonly environment: Record<string, string | undefined>;
  /** Nothing more is read. */
  aborted = false;
  fatal = 0;

  /** The name that this process has in peers sections. */
  localPeer: string;
  readonly localPeerGiven: boolean;

  constructor(
    readonly world: World,
    localPeer?: string,
  ) {
    this.environment = { ...world.environment };
    this.localPeerGiven = localPeer !== undefined;
    this.localPeer = localPeer ?? world.hostName();
    this.environment["HAPROXY_LOCALPEER"] ??= this.localPeer;
  }

  /** An error that is found when all is read, in HAProxy's words. */
  failWith(place: Place, message: string, code: string, remedy?: string): void {
    this.fatal++;
    this.add("error", place, message, { code, ...(remedy === undefined ? {} : { remedy }) });
  }

  /** An error of a server, as HAProxy says it. */
  failServer(place: Place, server: string, message: string, code: string): void {
    this.fatal++;
    this.add("error", place, message, {
      code,
      printed: `[${placeText(place)}] : '${server}' : ${message}`,
    });
  }

  /** The same, where HAProxy says the line. */
  failAt(place: Place, message: string, code: string): void {
    this.fatal++;
    this.add("error", place, message, {
      code,
      printed: `parsing [${placeText(place)}] : ${message}`,
    });
  }

  /** A stick table, and in which section it was told. */
  tableNamed(name: string): { readonly table: StickTable; readonly owner: string } | undefined {
    for (const proxy of this.proxies)
      if (proxy.stickTable?.name === name)
        return {
          table: proxy.stickTable,
          owner: `${proxy.kind === "listen" ? "proxy" : proxy.kind} '${proxy.name}'`,
        };
    for (const section of this.peers)
      for (const table of section.tables)
        if (table.name === name) return { table, owner: `peers '${section.name}'` };
    return undefined;
  }

  /** "Did you mean X?" of back ends. */
  nearBackend(name: string): string | undefined {
    return suggestion(
      name,
      this.proxies.filter((proxy) => proxy.backend).map((proxy) => proxy.name),
    );
  }

  alert(directive: Directive, message: string, about: About = {}): void {
    this.#add("error", directive, message, about);
    if (about.fatal !== false) this.fatal++;
  }

  warn(directive: Directive, message: string, about: About = {}): void {
    this.#add("warning", directive, message, about);
  }

  /** A warning that HAProxy prints without its place. */
  warnBare(directive: Directive, message: string, code: string): void {
    this.#add("warning", directive, message, { code, bare: true });
  }

  note(directive: Directive, message: string, about: About = {}): void {
    this.#add("note", directive, message, about);
  }

  #add(severity: Diagnostic["severity"], directive: Directive, message: string, about: About): void {
    const { file, line } = directive;
    const printed = about.bare
      ? message
      : about.server !== undefined
        ? `[${file}:${line}] : ${about.server}${message}`
        : `parsing [${file}:${line}]${about.close ? ":" : " :"} ${message}`;
    this.add(severity, { file, line, column: about.column ?? directive.column(0) }, message, {
      ...about,
      printed,
    });
  }

  /** Anything, at any place; `printed` is HAProxy's whole line. */
  add(
    severity: Diagnostic["severity"],
    place: Place,
    message: string,
    about: About & { readonly printed?: string } = {},
  ): void {
    this.diagnostics.push({
      place,
      severity,
      code: about.code ?? (severity === "error" ? "refused" : "noted"),
      message: message.replace(/\n+$/, ""),
      printed: about.printed ?? message,
      ...(about.fatal === false ? { fatal: false as const } : {}),
      ...(about.remedy === undefined ? {} : { remedy: about.remedy }),
      ...(about.meant === undefined ? {} : { meant: about.meant }),
    });
  }

  /** Does what a line says; a mistake becomes an alert. Gives whether it went well. */
  attempt(directive: Directive, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      this.alert(directive, error.message, error.about);
      if (error.about.abort) this.aborted = true;
      return false;
    }
  }

  /** A file that has to be there and readable; what is in it is read when it is used. */
  needFile(path: string, _directive: Directive, place: Place, words: (reason: string) => string): Buffer {
    const found = this.world.readFile(path);
    if ("reason" in found)
      throw new Mistake(words(` (${found.reason})`), { column: place.column, code: "no-file" });
    return found.bytes;
  }
}
