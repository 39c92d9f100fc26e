import { Mistake } from "../../../config/nginx/mistake.js";
import { additionFilter } from "../filters/addition.js";
import type { CharsetSettings } from "../filters/charset.js";
import type { Filter } from "../filters/filter.js";
import { gunzip } from "../filters/gunzip.js";
import { subFilter } from "../filters/sub.js";
import { type Build, textOf } from "./build.js";
import { added, type Block, charsets, gzip, subs } from "./definitions.js";

/** What changes a location's answers, in the order in which their bodies pass. */
export function filtersOf(block: Block, build: Build): Filter[] {
  const filters: Filter[] = [];
  if (block.value(gzip.gunzip)) filters.push(gunzip);
  const pairs = block.value(subs.subFilter);
  if (pairs !== undefined)
    filters.push(
      subFilter({
        pairs: pairs.map(({ what, by }) => ({ what: textOf(build, what), by: textOf(build, by) })),
        types: new Set(block.value(subs.subFilterTypes)),
        once: block.value(subs.subFilterOnce),
        keepsModified: block.value(subs.subFilterLastModified),
      }),
    );
  const before = block.value(added.addBeforeBody) ?? "";
  const after = block.value(added.addAfterBody) ?? "";
  if (before !== "" || after !== "")
    filters.push(additionFilter({ before, after, types: new Set(block.value(added.additionTypes)) }));
  return filters;
}

/** undefined: no charset is named. @throws Mistake where texts would have to be converted */
export function charsetOf(block: Block, build: Build): CharsetSettings | undefined {
  const said = block.value(charsets.charset);
  const source = block.value(charsets.sourceCharset);
  const charset = said === "off" ? undefined : said;
  const known = knownCharsets(build);
  if (charset === undefined && known.size === 0) return undefined;
  const place = block.statement!.name.place;
  const isFixed = (text: string | undefined) => text !== undefined && !text.startsWith("$");
  if (isFixed(charset) && isFixed(source) && charset!.toLowerCase() !== source!.toLowerCase())
    throw new Mistake(`no "charset_map" between the charsets "${source}" and "${charset}"`, {
      code: "not-done",
      placeless: true,
    });
  return {
    charset: charset === undefined ? undefined : textOf(build, { text: charset, place }),
    source: source === undefined ? undefined : textOf(build, { text: source, place }),
    overrides: block.value(charsets.overrideCharset),
    types: new Set(block.value(charsets.charsetTypes)),
    known,
  };
}

const knownOf = new WeakMap<Block, ReadonlySet<string>>();

/** All names that charset and source_charset say somewhere. */
function knownCharsets({ http }: Build): ReadonlySet<string> {
  const before = knownOf.get(http);
  if (before !== undefined) return before;
  const known = new Set<string>();
  const collect = (block: Block): void => {
    for (const directive of [charsets.charset, charsets.sourceCharset]) {
      const name = block.own(directive);
      if (name !== undefined && name !== "off" && !name.startsWith("$")) known.add(name.toLowerCase());
    }
    block.children.forEach(collect);
  };
  collect(http);
  knownOf.set(http, known);
  return known;
}
