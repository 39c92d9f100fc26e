import type { Directive } from "../../grammar/directive.js";
import { suggest } from "../../grammar/suggest.js";
import { globalKeywords } from "../../keywords/global.js";
import { needed, type SectionReader } from "../readers.js";
import { environmentReaders } from "./environment.js";
import { limitReaders } from "./limits.js";
import { anInteger } from "./makers.js";
import { nameReaders } from "./names.js";
import { rightReaders } from "./rights.js";
import { runningReaders } from "./running.js";
import { socketReaders } from "./sockets.js";
import { timeReaders } from "./times.js";
import { tlsReaders } from "./tls.js";
import { tuneReaders } from "./tune.js";
import { variableReaders } from "./variables.js";

const readers: Readonly<Record<string, SectionReader>> = {
  ...environmentReaders,
  ...limitReaders,
  ...nameReaders,
  ...rightReaders,
  ...runningReaders,
  ...socketReaders,
  ...timeReaders,
  ...tlsReaders,
  ...tuneReaders,
  ...variableReaders,
};

/** A line of the global section. */
export function globalLine(directive: Directive): void {
  const name = directive.at(0);
  const keyword = globalKeywords.get(name);
  if (keyword?.status.kind === "refused")
    directive.fail(keyword.status.says.replaceAll("KEYWORD", name), { code: "not-supported" });
  if (keyword?.status.kind === "without-effect") directive.withoutEffect(name, keyword.status.says);
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader) {
    reader(directive);
    return;
  }
  if (keyword) {
    if (keyword.words > 0) needed(directive, 1, anInteger(directive));
    directive.reading.global.tune.others.set(name, directive.text(1));
    return;
  }
  const best = suggest(name, [
    ...globalKeywords.keys(),
    "defaults",
    "listen",
    "frontend",
    "backend",
    "peers",
    "resolvers",
  ]);
  directive.fail(
    `unknown keyword '${name}' in 'global' section${best ? `; did you mean '${best}' maybe ?` : ""}`,
    { code: "unknown-keyword", ...(best ? { meant: best, remedy: `Did you mean ${best}?` } : {}) },
  );
}
