import { X509Certificate } from "node:crypto";

/** The names that a certificate bears: DNS names of its subjectAltName, and its common name; lower case. */
export function certificateNames(pem: string): string[] {
  const certificate = new X509Certificate(pem);
  const names = new Set<string>();
  for (const part of (certificate.subjectAltName ?? "").split(", "))
    if (part.startsWith("DNS:")) names.add(part.slice(4).toLowerCase());
  for (const line of certificate.subject?.split("\n") ?? [])
    if (line.startsWith("CN=")) names.add(line.slice(3).toLowerCase());
  return [...names];
}

/** Which of several entries a server name is for. */
export class NameTable<Entry> {
  readonly #exact = new Map<string, Entry>();
  /** By what follows "*": ".example.com". */
  readonly #wildcard = new Map<string, Entry>();
  /** Names that are left out of an entry's wildcards. */
  readonly #excluded = new Map<Entry, Set<string>>();
  #any: Entry | undefined;

  /** The first entry of a name has it. "!name" leaves a name out of the entry's wildcards. */
  add(names: readonly string[], entry: Entry): void {
    for (const each of names) {
      const name = each.toLowerCase();
      if (name.startsWith("!")) {
        const excluded = this.#excluded.get(entry) ?? new Set();
        excluded.add(name.slice(1));
        this.#excluded.set(entry, excluded);
      } else if (name === "*") this.#any ??= entry;
      else if (name.startsWith("*.")) {
        if (!this.#wildcard.has(name.slice(1))) this.#wildcard.set(name.slice(1), entry);
      } else if (!this.#exact.has(name)) this.#exact.set(name, entry);
    }
  }

  /** Exact, then the wildcard of one label less, then "*". */
  find(serverName: string): Entry | undefined {
    const name = serverName.toLowerCase();
    const exact = this.#exact.get(name);
    if (exact !== undefined) return exact;
    const dot = name.indexOf(".");
    const wild = dot < 0 ? undefined : this.#wildcard.get(name.slice(dot));
    if (wild !== undefined && !this.#isExcluded(wild, name)) return wild;
    return this.#any !== undefined && !this.#isExcluded(this.#any, name) ? this.#any : undefined;
  }

  #isExcluded(entry: Entry, name: string): boolean {
    const excluded = this.#excluded.get(entry);
    if (excluded === undefined) return false;
    const dot = name.indexOf(".");
    return excluded.has(name) || (dot >= 0 && excluded.has(`*${name.slice(dot)}`));
  }
}
