import { editDistance, nearest } from "../../../nearest.js";
import type { Findings } from "../findings.js";
import { type Context, contextsOf, type Keyword, keywordIn, keywords, wordsIn } from "../keywords/index.js";
import type { Word } from "./statement.js";

/** What was probably meant by a word that is no keyword of its block, and what to write instead. */
export interface Meant {
  readonly keyword?: Keyword;
  readonly instead?: string;
  readonly remedy?: string;
}

/** Other names that people write, by the word that is meant. */
const otherNames: Readonly<Record<string, string>> = {
  nb_get_retry: "retry",
  vrrp_iface: "interface",
  auth_password: "auth_pass",
  vrid: "virtual_router_id",
  virtual_ip_address: "virtual_ipaddress",
  lb_method: "lb_kind",
  advert_interval: "advert_int",
  no_preempt: "nopreempt",
};

/** Finds what was meant: a name glued to its keyword, a mistyped word of this block, a word of another one. */
export function whatWasMeant(context: Context, word: string, argumentCount: number): Meant {
  const glued = gluedName(context, word);
  if (glued && argumentCount === 0) return glued;
  const words = wordsIn(context);
  const folded = word.toLowerCase().replaceAll("-", "_");
  const same = words.find((known) => known.toLowerCase() === folded);
  const other = otherNames[folded];
  const known =
    same ?? (other !== undefined && words.includes(other) ? other : undefined) ?? close(word, words);
  if (known !== undefined) {
    const keyword = keywordIn(context, known);
    if (keyword) return { keyword, instead: known, remedy: `Write ${known}.` };
  }
  const elsewhere = contextsOf(word);
  if (elsewhere.length > 0) return { remedy: `${word} belongs ${belongs(elsewhere)}.` };
  return farther(word, context);
}

/** "vrrp_instance_Vl_1": the keyword and its name, with "_" or nothing between. */
function gluedName(context: Context, word: string): Meant | undefined {
  const found = wordsIn(context)
    .filter((name) => word.startsWith(name) && keywordIn(context, name)!.block !== undefined)
    .filter((name) => keywordIn(context, name)!.arguments !== "")
    .sort((a, b) => b.length - a.length)
    .find((name) => /^[_-]?[A-Z0-9]/.test(word.slice(name.length)) || /^[_-]./.test(word.slice(name.length)));
  if (found === undefined) return undefined;
  const name = word.slice(found.length).replace(/^[_-]/, "");
  const instead = `${found} ${name}`;
  return { keyword: keywordIn(context, found)!, instead, remedy: `Write ${instead}, with a blank between.` };
}

/** The nearest word if it is near enough to be a slip: a third of its letters at most. */
function close(word: string, words: readonly string[]): string | undefined {
  const found = nearest(word, words);
  if (found === undefined) return undefined;
  return editDistance(word.toLowerCase(), found.toLowerCase()) <= Math.max(1, Math.floor(found.length / 3))
    ? found
    : undefined;
}

function farther(word: string, context: Context): Meant {
  const all = [
    ...new Set(keywords.filter((keyword) => keyword.context !== context).map((keyword) => keyword.name)),
  ];
  const found = close(word, all);
  return found === undefined
    ? {}
    : { remedy: `Is ${found} meant? It belongs ${belongs(contextsOf(found))}.` };
}

/** "into vrrp_instance", "outside of all blocks". */
function belongs(contexts: readonly Context[]): string {
  if (contexts.includes("")) return "outside of all blocks: is a '}' missing before it?";
  const shown = contexts.slice(0, 4).map((context) => context as string);
  const last = shown.pop()!;
  const names = shown.length === 0 ? last : `${shown.join(", ")} or ${last}`;
  return `into ${names}${contexts.length > 4 ? " …" : ""}`;
}

/** Notes an unknown word. */
export function reportUnknown(
  findings: Findings,
  context: Context,
  word: Word,
  argumentCount: number,
): Meant {
  const meant = whatWasMeant(context, word.text, argumentCount);
  findings.add(word.at, "unknown-keyword", `Unknown keyword '${word.text}'`, {
    remedy: meant.remedy,
    meant: meant.instead,
    instead: meant.instead,
  });
  return meant;
}
