import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { diskWorld, readHaproxyConfig } from "../../src/config/haproxy/index.js";
import {
  actions,
  bindKeywords,
  fileWords,
  globalKeywords,
  type Keyword,
  type OptionName,
  optionPlaces,
  otherOptions,
  plainOptions,
  proxyKeywords,
  proxyPlaces,
  type RuleSet,
  sectionKeywords,
  sectionNames,
  serverKeywords,
  wordsOf,
} from "../../src/config/haproxy/keywords/index.js";
import { packageRoot } from "../../src/package-root.js";

const path = `${packageRoot}docs/manual/haproxy-cfg.md`;
const mark = "<!-- From the tables of keywords: RONDO_WRITE_MANUAL=1 npm test -- manual/haproxy-cfg -->";

type Table = ReadonlyMap<string, Keyword>;
type Column = readonly [title: string, cell: (keyword: Keyword) => string];

const cell = (text: string) => text.replaceAll("|", "\\|");

const word: Column = ["word", ({ name, arguments: words }) => `\`${`${name} ${words}`.trimEnd()}\``];
const does: Column = ["what it does", (keyword) => keyword.does];
const otherwise: Column = ["without it", (keyword) => keyword.otherwise];
const here: Column = ["here", ({ name, status }) => becomes(name, status)];

function becomes(name: string, status: Keyword["status"]): string {
  if (status.kind === "done") return "done";
  const says = status.says
    .replace(/^('KEYWORD' )?isn't there: /, "")
    .replaceAll("KEYWORD", name)
    .replace("ARGUMENT", "ADDRESS");
  return `${status.kind === "without-effect" ? "no effect" : status.kind}: ${says}`;
}

/** A table with those of the columns that have something to say. */
function rows(keywords: Iterable<Keyword>, columns: readonly Column[]): string {
  const all = [...keywords];
  const used = columns.filter(([, text]) => all.some((keyword) => text(keyword) !== ""));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [
    line(used.map(([title]) => title)),
    line(used.map(() => "---")),
    ...all.map((keyword) => line(used.map(([, text]) => cell(text(keyword))))),
  ].join("");
}

const part = (title: string, table: Table, columns: readonly Column[] = [word, does, otherwise, here]) =>
  `### ${title}\n\n${rows(table.values(), columns)}`;

const byName = (a: Keyword, b: Keyword) => (a.name < b.name ? -1 : 1);
const sorted = (table: Table): Table =>
  new Map([...table.values()].sort(byName).map((one) => [one.name, one]));

const sides = { frontend: "DFL", backend: "DLB", both: "DFLB" } as const;

const asKeyword = ({ name, does: text, withoutEffect }: OptionName): Keyword => ({
  name,
  arguments: "",
  words: 0,
  does: text,
  otherwise: "",
  status: withoutEffect === undefined ? { kind: "done" } : { kind: "without-effect", says: withoutEffect },
});

/** Every action once, with the sets of rules that have it. */
function allActions(): { readonly table: Table; readonly sets: ReadonlyMap<string, readonly string[]> } {
  const table = new Map<string, Keyword>();
  const sets = new Map<string, string[]>();
  for (const [set, keywords] of Object.entries(actions) as [RuleSet, Table][])
    for (const [name, keyword] of keywords) {
      if (!table.has(name) || keyword.arguments.length > table.get(name)!.arguments.length)
        table.set(name, keyword);
      sets.set(name, [...(sets.get(name) ?? []), letters[set]]);
    }
  return { table: sorted(table), sets };
}

const letters: Readonly<Record<RuleSet, string>> = {
  "tcp-request connection": "TC",
  "tcp-request session": "TS",
  "tcp-request content": "TQ",
  "tcp-response content": "TR",
  "http-request": "HQ",
  "http-response": "HR",
  "http-after-response": "HA",
};

function page(): string {
  const places: Column = ["in", ({ name }) => proxyPlaces.get(name) ?? ""];
  const plain: Column = ["in", ({ name }) => optionPlaces.get(name) ?? sides[plainOptions.get(name)!.side]];
  const { table, sets } = allActions();
  const ruleSets: Column = [
    "in",
    ({ name }) =>
      (sets.get(name.replace(/\(.*/, "").replace(/\d$/, "")) ?? sets.get(name.replace(/\(.*/, "")))!.join(
        " ",
      ),
  ];
  const options = [...plainOptions.values()].map(asKeyword);
  return [
    part("Sections", sectionNames, [word, does, here]),
    part("Conditions and messages", fileWords),
    part("global", sorted(globalKeywords)),
    part("proxies", sorted(proxyKeywords), [word, places, does, otherwise, here]),
    `### option\n\n${rows([...options, ...otherOptions.values()].sort(byName), [word, plain, does, otherwise, here])}`,
    ...Object.entries(wordsOf).map(([name, words]) => part(name, words)),
    part("actions", table, [word, ruleSets, does, otherwise, here]),
    part("bind", sorted(bindKeywords)),
    part("server", sorted(serverKeywords)),
    ...Object.entries(sectionKeywords).map(([name, words]) => part(name, words)),
  ].join("\n");
}

test("the manual has every keyword of haproxy.cfg as the tables have it", () => {
  const text = readFileSync(path, "utf8");
  const wanted = `${text.slice(0, text.indexOf(mark))}${mark}\n\n${page()}`;
  if (process.env["RONDO_WRITE_MANUAL"] === "1") writeFileSync(path, wanted);
  else assert.equal(text, wanted);
});

describe("what the manual says of a keyword", () => {
  const read = (text: string) => readHaproxyConfig([{ name: "a.cfg", text }], diskWorld).diagnostics;
  /** Fails where the reader doesn't know the word, or takes it otherwise than the table says. */
  const agrees = (text: string, { name, status }: Keyword) => {
    const found = read(text);
    const has = (...codes: string[]) => found.some((one) => codes.includes(one.code));
    const saysSo = ["unknown keyword", "unknown option", "unknown statement", "got"].map(
      (words) => `${words} '${name}`,
    );
    const unknown = found.find(({ message }) => saysSo.some((words) => message.includes(words)));
    assert.equal(unknown?.message, undefined);
    assert.equal(has("without-effect"), status.kind === "without-effect", `${name} has no effect`);
    assert.equal(has("not-supported", "obsolete"), status.kind === "refused", `${name} is refused`);
  };

  test("is what the reader does with it", () => {
    for (const keyword of globalKeywords.values()) agrees(`global\n  ${keyword.name}\n`, keyword);
    for (const keyword of proxyKeywords.values()) agrees(`listen a\n  ${keyword.name}\n`, keyword);
    for (const keyword of bindKeywords.values()) agrees(`listen a\n  bind :1 ${keyword.name}\n`, keyword);
    for (const keyword of serverKeywords.values())
      agrees(`listen a\n  server a 1.1.1.1:1 ${keyword.name}\n`, keyword);
    for (const option of [...plainOptions.values()].map(asKeyword))
      agrees(`listen a\n  option ${option.name}\n`, option);
    for (const option of otherOptions.values()) agrees(`listen a\n  option ${option.name}\n`, option);
    for (const [section, keywords] of Object.entries(sectionKeywords))
      for (const keyword of keywords.values()) agrees(`${section} a\n  ${keyword.name}\n`, keyword);
    for (const keyword of sectionNames.values()) agrees(`${keyword.name} a\n`, keyword);
    for (const [set, keywords] of Object.entries(actions) as [RuleSet, Table][])
      for (const keyword of keywords.values()) agrees(`listen a\n  ${set} ${keyword.name}\n`, keyword);
  });

  test("has its sections: the reader warns, or refuses it, elsewhere", () => {
    for (const [name, places] of proxyPlaces)
      for (const [letter, section] of [
        ["D", "defaults a"],
        ["F", "frontend a"],
        ["L", "listen a"],
        ["B", "backend a"],
      ] as const)
        if (places.includes(letter))
          for (const { code } of read(`${section}\n  ${name} \n`))
            assert.ok(code !== "no-such-side" && code !== "not-in-defaults", `${name} in ${section}`);
  });
});
