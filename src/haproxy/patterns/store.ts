import { readFileSync } from "node:fs";
import type { AclTerm, Place } from "../../config/haproxy/model/index.js";
import { RondoError } from "../../errors.js";
import type { PatternChange, PatternReferences } from "../run/index.js";
import { parseAclFile, parseMapFile } from "./pattern-file.js";
import { type Matcher, Reference } from "./reference.js";

interface Kept {
  readonly reference: Reference;
  readonly place: Place;
  readonly wantedId: number | undefined;
}

/** All maps and ACLs' lists of a process. */
export class PatternStore implements PatternReferences {
  readonly #kept: Kept[] = [];
  readonly #byFile = new Map<string, Reference>();
  readonly #files: readonly string[];
  #numbered = 0;
  #sorted: Reference[] = [];
  onChange: (change: PatternChange) => void = () => {};

  /** `files`: those of the configuration, in whose order lists are numbered. */
  constructor(files: readonly string[] = []) {
    this.#files = files;
  }

  get all(): readonly Reference[] {
    this.#number();
    return this.#sorted;
  }

  find(name: string): Reference | undefined {
    if (!name.startsWith("#")) return this.#byFile.get(name);
    if (!/^#\d+$/.test(name)) return undefined;
    const id = Number(name.slice(1));
    return this.all.find((each) => each.uniqueId === id);
  }

  apply(change: PatternChange): void {
    const reference = this.all.find((each) => each.uniqueId === change.reference);
    switch (change.change) {
      case "add":
        reference?.add(change.key, change.value, change.version, 0, false);
        break;
      case "set":
        reference?.set(change.key, change.value, false);
        break;
      case "remove":
        reference?.remove(change.key, false);
        break;
      case "clear":
        reference?.clear(change.version, false);
        break;
      case "prepare":
        reference?.prepare(false);
        break;
      case "commit":
        reference?.commit(change.version, false);
        break;
    }
  }

  /** The list of a file, read when it is first named. `columns` 2: keys with values. */
  file(name: string, columns: 1 | 2, use: "map" | "acl", place: Place): Reference {
    const where = `by ${use} at file '${place.file}' line ${place.line}`;
    let reference = this.#byFile.get(name);
    if (reference) {
      if (reference.twoColumns !== (columns === 2))
        throw new RondoError(
          "pattern-file-columns",
          `${place.file}:${place.line}: the file ${name} is already used as a file of ${columns === 2 ? "one column" : "two columns"}`,
        );
      reference.display += `, ${where}`;
    } else {
      reference = new Reference(name, `pattern loaded from file '${name}' used ${where}`, columns === 2);
      let text: string;
      try {
        text = readFileSync(name, "latin1");
      } catch (error) {
        throw new RondoError(
          "pattern-file",
          `${place.file}:${place.line}: failed to open pattern file <${name}>`,
          { cause: error, remedy: "Name a file that can be read; it may be empty." },
        );
      }
      const lines = columns === 2 ? parseMapFile(text) : parseAclFile(text);
      for (const { key, value, line } of lines) reference.add(key, value, 0, line, false);
      this.#byFile.set(name, reference);
      this.#keep(reference, place, undefined);
    }
    if (use === "map") reference.isMap = true;
    else reference.isAcl = true;
    return reference;
  }

  /** The patterns that stand in an ACL's own line. */
  inline(term: AclTerm): Reference {
    const criterion = /^[^(,]*/.exec(term.expression.text)?.[0] ?? term.expression.fetch.name;
    const { file, line } = term.place;
    const reference = new Reference(undefined, `acl '${criterion}' file '${file}' line ${line}`, false);
    reference.isAcl = true;
    this.#keep(reference, term.place, term.uniqueId);
    for (const { text, operator } of term.patterns)
      reference.add(operator === undefined ? text : `${operator} ${text}`, undefined, 0, line, false);
    return reference;
  }

  #keep(reference: Reference, place: Place, wantedId: number | undefined): void {
    reference.onChange = (change) => this.onChange(change);
    this.#kept.push({ reference, place, wantedId });
  }

  /** Numbers those that have none, in the configuration's order, by what `-u` left free. */
  #number(): void {
    if (this.#numbered === this.#kept.length) return;
    this.#numbered = this.#kept.length;
    const order = ({ place }: Kept) => this.#files.indexOf(place.file);
    const kept = [...this.#kept].sort(
      (a, b) => order(a) - order(b) || a.place.line - b.place.line || a.place.column - b.place.column,
    );
    const taken = new Set(kept.flatMap(({ wantedId }) => wantedId ?? []));
    let next = 0;
    for (const { reference, wantedId } of kept) {
      if (wantedId !== undefined) reference.uniqueId = wantedId;
      else {
        while (taken.has(next)) next++;
        reference.uniqueId = next++;
      }
    }
    this.#sorted = kept.map(({ reference }) => reference).sort((a, b) => a.uniqueId - b.uniqueId);
  }
}

/** A matcher, or what is wrong with one of its patterns, thrown with its place. */
export function usable(matcher: Matcher | string, place: Place): Matcher {
  if (typeof matcher !== "string") return matcher;
  throw new RondoError("bad-pattern", `${place.file}:${place.line}: ${matcher}`);
}
