import { bfdKeywords } from "./bfd.js";
import { checkKeywords } from "./checks.js";
import { globalKeywords } from "./global-defs.js";
import type { Context, Keyword } from "./keyword.js";
import { garpGroupKeywords, rootKeywords, trackGroupKeywords } from "./root.js";
import { realServerKeywords, sslKeywords, virtualServerKeywords } from "./servers.js";
import {
  authenticationKeywords,
  instanceKeywords,
  scriptKeywords,
  syncGroupKeywords,
  trackFileKeywords,
  trackProcessKeywords,
} from "./vrrp.js";

export { argumentCount, type Context, type Keyword, type Status } from "./keyword.js";

/** Every keyword that keepalived.conf has, by where it stands: what parser, printer, messages and manual go by. */
export const keywords: readonly Keyword[] = [
  ...rootKeywords,
  ...globalKeywords,
  ...trackGroupKeywords,
  ...garpGroupKeywords,
  ...instanceKeywords,
  ...authenticationKeywords,
  ...syncGroupKeywords,
  ...scriptKeywords,
  ...trackProcessKeywords,
  ...trackFileKeywords,
  ...sslKeywords,
  ...virtualServerKeywords,
  ...realServerKeywords,
  ...checkKeywords,
  ...bfdKeywords,
];

const byContext = new Map<Context, Map<string, Keyword>>();
for (const keyword of keywords) {
  const known = byContext.get(keyword.context) ?? new Map<string, Keyword>();
  byContext.set(keyword.context, known.set(keyword.name, keyword));
}

/** A keyword of a block, as its name is written (capital letters count). */
export const keywordIn = (context: Context, name: string): Keyword | undefined =>
  byContext.get(context)?.get(name);

/** The words that may stand in a block. */
export const wordsIn = (context: Context): readonly string[] => [...(byContext.get(context)?.keys() ?? [])];

/** The blocks that a word may stand in. */
export const contextsOf = (name: string): readonly Context[] =>
  keywords.filter((keyword) => keyword.name === name && !keyword.since).map((keyword) => keyword.context);
