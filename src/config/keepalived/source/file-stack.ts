import { dirname, resolve } from "node:path";
import type { Findings } from "../findings.js";
import { Chars } from "./chars.js";
import { bothChecks, type IncludeChecks, noChecks } from "./include.js";
import type { World } from "./world.js";

interface OpenFiles {
  readonly paths: readonly string[];
  next: number;
  /** The file that is being read. */
  path: string;
  /** Where relative paths of these files begin, and of what includes them. */
  readonly directory: string;
  readonly checks: IncludeChecks;
  readonly savedChecks: IncludeChecks;
  lines: Iterator<Chars>;
  inDirectory: string;
}

/** Included files are nested at most so deep, and are at most so many: a file that includes itself by ever new paths ends here. */
const deepest = 64;
const most = 10_000;

/** The files that are being read, each with the one that includes it below. */
export class FileStack {
  /** What include_check asks for, at this point of the files. */
  checks: IncludeChecks = noChecks;
  readonly #open: OpenFiles[] = [];
  #read = 0;

  constructor(
    readonly world: World,
    readonly findings: Findings,
    readonly start: string,
  ) {}

  /** The working directory: that of the file that is being read. */
  get directory(): string {
    return this.#open.at(-1)?.inDirectory ?? this.start;
  }

  /** Opens what a pattern names; true if there is a file to read. `at`: the words that ask for it. */
  open(pattern: string, checks: IncludeChecks, at: Chars | number): boolean {
    if (this.#open.length >= deepest) {
      this.findings.add(at, "include-depth", `Files are included more than ${deepest} deep: ${pattern}`);
      return false;
    }
    if (this.#read >= most) {
      this.findings.add(at, "include-count", `More than ${most} files are included: ${pattern} is left out`);
      return false;
    }
    const all = bothChecks(checks, this.checks);
    const { directory } = this;
    const answer = this.world.glob(pattern, directory);
    if (answer.paths.length === 0) {
      const braces = /(^|[^\\]){/.test(pattern);
      const asked = answer.missing > 0 ? (braces ? all.braceMatch : all.match) : all.wildcardMatch;
      this.#problem(
        at,
        asked,
        answer.missing > 0 ? `Config files missing '${pattern}'.` : `No config files matched '${pattern}'.`,
      );
      return false;
    }
    if (answer.missing > 0) {
      this.#problem(at, all.braceMatch, `Some config files missing: "${pattern}".`);
      if (all.braceMatch) return false;
    }
    const opened: OpenFiles = {
      paths: answer.paths,
      next: 0,
      path: "",
      directory,
      checks: all,
      savedChecks: this.checks,
      lines: [][Symbol.iterator](),
      inDirectory: directory,
    };
    if (!this.#advance(opened, at)) return false;
    this.#open.push(opened);
    return true;
  }

  /** The next line of the files; undefined after the last. Empty lines come too. */
  next(): Chars | undefined {
    for (let top = this.#open.at(-1); top; top = this.#open.at(-1)) {
      const line = top.lines.next();
      if (!line.done) return line.value;
      this.checks = top.savedChecks;
      if (this.#advance(top, 0)) continue;
      this.#open.pop();
    }
    return undefined;
  }

  /** Goes on to the next of the files that one pattern matched. */
  #advance(files: OpenFiles, at: Chars | number): boolean {
    while (files.next < files.paths.length) {
      const path = files.paths[files.next++]!;
      const whole = resolve(files.directory, path);
      if (this.#open.some((open) => open.path === whole)) {
        this.findings.add(
          at,
          "include-loop",
          `Configuration file '${path}' is included by itself - skipping`,
        );
        continue;
      }
      const answer = this.world.read(whole);
      const name = this.#open.length === 0 ? path : whole;
      if (answer.kind === "directory")
        this.#problem(at, files.checks.read, `Configuration file '${path}' is a directory - skipping`);
      else if (answer.kind === "unreadable")
        this.#problem(
          at,
          files.checks.read,
          `Configuration file '${path}' open problem (${answer.reason}) - skipping`,
        );
      else if (answer.kind !== "text")
        this.#problem(
          at,
          files.checks.read,
          `Configuration file '${path}' is not a regular non-executable file - skipping`,
        );
      else {
        this.#read++;
        files.path = whole;
        const base = this.findings.files.add(name, answer.text);
        files.lines = linesOf(answer.text, base);
        if (path.includes("/")) {
          const folder = resolve(files.directory, dirname(path));
          files.inDirectory = this.world.directory(folder) ?? folder;
        } else files.inDirectory = files.directory;
        return true;
      }
    }
    return false;
  }

  #problem(at: Chars | number, asked: boolean, message: string): void {
    this.findings.add(
      at,
      "include-file",
      message,
      asked ? { refused: "unreadable" } : { severity: "warning" },
    );
  }
}

/** Lines without their ends ("\n", and "\r" before it). */
function* linesOf(text: string, base: number): Generator<Chars> {
  let start = 0;
  while (start < text.length) {
    const found = text.indexOf("\n", start);
    const next = found < 0 ? text.length : found;
    let end = next;
    while (end > start && text[end - 1] === "\r") end--;
    yield Chars.written(text.slice(start, end), base + start);
    start = next + 1;
  }
}
