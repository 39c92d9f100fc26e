import type { Place } from "../finding.js";
import type { World } from "../haproxy/world.js";
import type { Diagnostic } from "./diagnostic.js";
import { Mistake } from "./mistake.js";
import type { Statement } from "./statement.js";

/** What nginx asks of the world while it reads. */
export type NginxWorld = Pick<World, "readFile" | "list" | "hostName" | "user" | "group">;

/** A file as it was read, for -T. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A zone of shared memory; nginx knows them by name, whoever asked first. */
export interface SharedZone {
  readonly owner: string;
  readonly size: number;
}

/** One reading of a configuration: what readers of directives may ask for and tell. */
export class Reading {
  readonly diagnostics: Diagnostic[] = [];
  readonly files: SourceFile[] = [];
  readonly zones = new Map<string, SharedZone>();
  /** What can be said only when everything is read. */
  readonly later: (() => void)[] = [];

  constructor(
    readonly world: NginxWorld,
    /** The folder that relative paths start from, with its last "/" (-p). */
    readonly prefix: string,
    /** The same of `include`, certificates and files of passwords: the configuration's own folder. */
    readonly confPrefix: string,
    /** It would run for root: a server that doesn't say where it listens does at port 80. */
    readonly root: boolean = true,
  ) {}

  /**
   * A zone of shared memory. Size 0: it is declared elsewhere.
   * @throws Mistake if it is of another owner or size
   */
  zone(name: string, size: number, owner: string, statement: Statement): void {
    const before = this.zones.get(name);
    if (before === undefined) {
      this.zones.set(name, { owner, size });
      return;
    }
    if (before.owner !== owner)
      throw new Mistake(`the shared memory zone "${name}" is already declared for a different use`, {
        code: "zone-conflict",
        word: statement.name,
      });
    if (before.size === 0) this.zones.set(name, { owner, size });
    else if (size !== 0 && size !== before.size)
      throw new Mistake(
        `the size ${size} of shared memory zone "${name}" conflicts with already declared size ${before.size}`,
        { code: "zone-conflict", word: statement.name },
      );
  }

  /** A path as nginx takes it: relative ones start from the prefix, or from the configuration's folder. */
  fullName(path: string, from: "prefix" | "conf" = "prefix"): string {
    return path.startsWith("/") ? path : `${from === "conf" ? this.confPrefix : this.prefix}${path}`;
  }

  /** What nginx warns of and goes on; without a statement it names no place in what it prints. */
  warn(code: string, message: string, at: Place, placed = true): void {
    const printed = placed ? `${message}${suffix(at)}` : message;
    this.diagnostics.push({ severity: "warn", place: at, code, message, printed });
  }

  /** What only we say. */
  note(code: string, message: string, statement: Statement): void {
    const printed = `${message}${suffix(statement.end)}`;
    this.diagnostics.push({ severity: "note", place: statement.name.place, code, message, printed });
  }

  /** The mistake that ended the reading. */
  fail(mistake: Mistake, at: Place): void {
    const { message, about } = mistake;
    const line = about.place ?? at;
    this.diagnostics.push({
      ...mistake.finding(at),
      severity: "emerg",
      place: about.word?.place ?? line,
      printed: about.placeless ? message : `${message}${suffix(line)}`,
    });
  }
}

/** The name of what -g says, which is no file. */
export const commandLine = "command line";

function suffix(at: Place): string {
  return at.file === commandLine ? " in command line" : ` in ${at.file}:${at.line}`;
}
