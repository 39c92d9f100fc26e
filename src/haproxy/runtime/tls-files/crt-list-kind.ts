import type { CertificateKind, CommandAnswer } from "../../run/index.js";
import type { TlsMaterial } from "./material.js";

const bad = (text: string): CommandAnswer => ({ ok: false, text });

/** Lists of certificates: lines are added and taken away while they are in use. */
export class CrtListStore implements CertificateKind {
  readonly transaction = undefined;
  readonly #material: TlsMaterial;
  /** Whether a certificate is known (in use, or made by `new ssl cert`). */
  readonly #knows: (certificate: string) => boolean;

  constructor(material: TlsMaterial, knows: (certificate: string) => boolean) {
    this.#material = material;
    this.#knows = knows;
  }

  names(): readonly string[] {
    return [...this.#material.used("crt-list").keys()];
  }

  /** `detail` "-n": each line with its number. */
  show(written: string, detail?: string): string | undefined {
    const name = withoutSlashes(written);
    const lines = this.#lines(name);
    if (lines === undefined) return undefined;
    const shown = lines.flatMap((line, at) => {
      const [file, ...rest] = entryWords(line);
      if (file === undefined) return [];
      return [
        this.#full(file) + (detail === "-n" ? `:${at + 1}` : "") + rest.map((word) => ` ${word}`).join(""),
      ];
    });
    return [`# ${name}`, ...shown, ""].join("\n");
  }

  add(written: string, payload: string): CommandAnswer {
    const name = withoutSlashes(written);
    const refused = (why: string) => bad(`Can't edit the crt-list: ${why}\n`);
    const lines = this.#lines(name);
    if (lines === undefined) return refused(`crt-list '${name}' does not exist!`);
    const added = payload.split("\n").filter((line) => line.trim() !== "");
    if (added.length > 1) return refused("only one line of payload is supported!");
    const [line = ""] = added;
    const [file] = entryWords(line);
    if (file === undefined)
      return refused("'add ssl crtlist' should contain the certificate name in the payload");
    if (!this.#knows(this.#full(file))) return refused(`certificate '${file}' does not exist!`);
    const unread = this.#unread(line);
    if (unread !== undefined) return refused(`unable to load ${unread}`);
    const error = this.#write(name, [...lines, line]);
    const progress = `Inserting certificate '${file}' in crt-list '${name}'`;
    return error === undefined
      ? { ok: true, text: `${progress}.\nSuccess!\n` }
      : bad(`${progress}\n${error}\nFailed!\n`);
  }

  remove(written: string, entry = ""): CommandAnswer {
    const name = withoutSlashes(written);
    const refused = (why: string) => bad(`Can't delete the entry: ${why}\n`);
    const lines = this.#lines(name);
    if (lines === undefined) return refused(`crt-list '${name}' does not exist!`);
    const [, file = "", number] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    const found = lines.flatMap((line, at) => (this.#isEntryOf(line, file) ? [at + 1] : []));
    if (found.length === 0) return refused(`certificate '${file}' can't be found in crt-list '${name}'!`);
    if (number !== undefined && !found.includes(Number(number)))
      return refused(
        `found a certificate '${file}' but the line number is incorrect, please specify a correct line number preceded by colons (${found.join(", ")})!`,
      );
    if (number === undefined && found.length > 1)
      return refused(
        `found the certificate '${file}' in several entries, please specify a line number preceded by colons (${found.join(", ")})!`,
      );
    const line = number === undefined ? (found[0] as number) : Number(number);
    const firstUsed = lines.findIndex((each) => entryWords(each)[0] !== undefined) + 1;
    const users = this.#material.defaultOf?.(name) ?? [];
    if (line === firstUsed && users.length > 0)
      return refused(
        `certificate '${file}' cannot be deleted, it is used as default certificate by the following frontends:${users.map((user) => `\n\t- ${user}`).join("")}`,
      );
    // Lines keep their numbers: an empty one stays.
    const error = this.#write(
      name,
      lines.map((each, at) => (at + 1 === line ? "" : each)),
    );
    return error === undefined
      ? { ok: true, text: `Entry '${file}' deleted in crtlist '${name}'!\n` }
      : refused(error);
  }

  create(name: string): CommandAnswer {
    return bad(`A crt-list such as '${name}' can't be made while running.\n`);
  }

  set(name: string): CommandAnswer {
    return this.create(name);
  }

  commit(name: string): CommandAnswer {
    return this.create(name);
  }

  abort(name: string): CommandAnswer {
    return this.create(name);
  }

  /** A file in a line's brackets that wasn't read at the start: while running none is. */
  #unread(line: string): string | undefined {
    const words = /\[([^\]]*)\]/.exec(line)?.[1]?.split(/\s+/) ?? [];
    return words.find(
      (word, at) =>
        /^(ca-file|ca-verify-file|crl-file)$/.test(words[at - 1] ?? "") &&
        this.#material.read(word) === undefined,
    );
  }

  #full(file: string): string {
    return this.#material.fullName?.(file) ?? file;
  }

  #isEntryOf(line: string, file: string): boolean {
    const [own] = entryWords(line);
    return own !== undefined && (own === file || this.#full(own) === this.#full(file));
  }

  #lines(name: string): string[] | undefined {
    if (!this.#material.used("crt-list").has(name)) return undefined;
    const text = this.#material.read(name) ?? "";
    return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
  }

  #write(name: string, lines: readonly string[]): string | undefined {
    try {
      this.#material.replace(new Map([[name, `${lines.join("\n")}\n`]]));
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** A folder's name may end in slashes, and so a list's is taken, too. */
const withoutSlashes = (name: string) => name.replace(/(?<=.)\/+$/, "");

/** The file, "[…]" as one word, and the names of a line; nothing of a comment. */
function entryWords(line: string): string[] {
  const trimmed = line.trim();
  if (trimmed === "" || trimmed.startsWith("#")) return [];
  return trimmed.match(/\[[^\]]*\]|\S+/g) ?? [];
}
