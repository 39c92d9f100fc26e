import { isIPv4 } from "node:net";
import type { Block } from "../block.js";
import { entries } from "../grammar/entries.js";
import { at, Mistake } from "../mistake.js";
import type { GeoModel } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { addressBits, parseCidr } from "../values/cidr.js";
import { variableName } from "./rewrite.js";

type Entry = GeoModel["entries"][number];

/** `geo [$address] $variable { … }`. */
export function readGeo(
  statement: Statement,
  _block: Block,
  before: readonly GeoModel[] = [],
  reading: Reading,
): readonly GeoModel[] {
  const [first, second] = statement.words.map(variableName);
  const draft = new Draft(reading);
  for (const entry of entries(statement, reading)) at(entry.end, () => draft.take(entry));
  const { ranges, proxies, proxyRecursive, fallback } = draft;
  return [
    ...before,
    {
      source: second === undefined ? undefined : first,
      variable: second ?? first!,
      ranges,
      proxies,
      proxyRecursive,
      default: fallback ?? "",
      entries: ranges ? draft.rangeLines : [...draft.entries.values()],
    },
  ];
}

class Draft {
  ranges = false;
  proxyRecursive = false;
  fallback: string | undefined;
  readonly proxies: string[] = [];
  /** By what nginx takes for the same network. */
  readonly entries = new Map<string, Entry>();
  /** Of `ranges` all lines in their order, also those that delete: a later range splits an earlier one. */
  readonly rangeLines: Entry[] = [];

  constructor(private readonly reading: Reading) {}

  take(entry: Statement): void {
    const { name, words } = entry;
    if (words.length === 0 && name.text === "ranges") {
      if (this.entries.size > 0 || (this.fallback !== undefined && !this.ranges))
        throw new Mistake('the "ranges" directive must be the first directive inside "geo" block', {
          code: "ranges-first",
          word: name,
        });
      this.ranges = true;
    } else if (words.length === 0 && name.text === "proxy_recursive") this.proxyRecursive = true;
    else if (words.length !== 1)
      throw new Mistake("invalid number of the geo parameters", { code: "invalid-geo", word: name });
    else if (name.text === "proxy") {
      this.#network(words[0]!, entry);
      this.proxies.push(words[0]!.text);
    } else if (name.text === "default") this.#default(words[0]!, entry);
    else this.#entry(name.text === "delete" ? words[0]! : name, words[0]!, entry);
  }

  #default(value: Word, entry: Statement): void {
    if (this.fallback !== undefined) {
      const message = this.ranges
        ? `duplicate default geo range value: "${value.text}", old value: "${this.fallback}"`
        : `duplicate network "default", value: "${value.text}", old value: "${this.fallback}"`;
      this.reading.warn("duplicate-network", message, entry.end);
    }
    this.fallback = value.text;
  }

  #entry(network: Word, value: Word, entry: Statement): void {
    const key = this.ranges ? this.#range(network) : this.#network(network, entry);
    const old = this.entries.get(key);
    const what = this.ranges ? "range" : "network";
    if (entry.name.text === "delete") {
      if (old === undefined && !(this.ranges && this.#isWithinAnother(key)))
        this.reading.warn(
          "nothing-to-delete",
          `no ${this.ranges ? "address range" : "network"} "${network.text}" to delete`,
          entry.end,
        );
      this.rangeLines.push({ network: network.text, value: "", place: network.place, removes: true });
      this.entries.delete(key);
      return;
    }
    if (old !== undefined)
      this.reading.warn(
        "duplicate-network",
        `duplicate ${what} "${network.text}", value: "${value.text}", old value: "${old.value}"`,
        entry.end,
      );
    const said = { network: network.text, value: value.text, place: network.place };
    this.entries.set(key, said);
    this.rangeLines.push(said);
  }

  /** Whether a range may be what a later one has left of an earlier one. */
  #isWithinAnother(key: string): boolean {
    const [from, to] = key.split("-").map(Number) as [number, number];
    return [...this.entries.keys()].some((other) => {
      const [first, last] = other.split("-").map(Number) as [number, number];
      return first <= from && to <= last;
    });
  }

  #network(word: Word, entry: Statement): string {
    const cidr = parseCidr(word.text === "255.255.255.255" ? "255.255.255.255/32" : word.text);
    if (cidr === undefined)
      throw new Mistake(`invalid network "${word.text}"`, { code: "invalid-network", word });
    if (cidr.meaningless)
      this.reading.warn("meaningless-bits", `low address bits of ${word.text} are meaningless`, entry.end);
    return `${cidr.family}:${cidr.address}/${cidr.bits}`;
  }

  #range(word: Word): string {
    const [from = "", to = ""] = word.text.split("-");
    if (!isIPv4(from) || !isIPv4(to) || addressBits(from) > addressBits(to))
      throw new Mistake(`invalid range "${word.text}"`, { code: "invalid-network", word });
    return `${addressBits(from)}-${addressBits(to)}`;
  }
}
