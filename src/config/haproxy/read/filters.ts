import type { Filter } from "../model/proxy.js";
import { notInDefaults, type ProxyReader } from "./readers.js";

const algorithms = ["identity", "gzip", "deflate", "raw-deflate"] as const;

const compression: ProxyReader = (directive, proxy) => {
  const word = directive.at(1);
  const before = proxy.compression ?? { algorithms: [], types: [], offload: false };
  const rest = directive.words.slice(2, directive.length).map((one) => one.text);
  if (word === "algo") {
    if (rest.length === 0)
      directive.fail("'compression' : 'algo' expects <algorithm>", {
        word: 2,
        code: "missing-argument",
      });
    rest.forEach((name, index) => {
      if (!algorithms.includes(name as (typeof algorithms)[number]))
        directive.fail(`'compression' : '${name}' is not a supported algorithm.`, {
          word: index + 2,
          code: "invalid-value",
          remedy: `The algorithms are ${algorithms.join(", ")}.`,
        });
    });
    proxy.compression = {
      ...before,
      algorithms: [...before.algorithms, ...(rest as (typeof algorithms)[number][])],
    };
  } else if (word === "type") {
    if (rest.length === 0)
      directive.fail("'compression' expects <type>", { word: 2, code: "missing-argument" });
    proxy.compression = { ...before, types: [...before.types, ...rest] };
  } else if (word === "offload") {
    if (proxy.kind === "defaults")
      directive.warn("'compression' : 'offload' ignored in 'defaults' section.", {
        word: 1,
        code: "ignored",
      });
    else proxy.compression = { ...before, offload: true };
  } else
    directive.fail("'compression' expects 'algo', 'type' or 'offload'", { word: 1, code: "unknown-keyword" });
};

/** Filters that can't be run. */
const absent: Readonly<Record<string, string>> = {
  spoe: "isn't there: no agent is spoken to over SPOP.",
  "fcgi-app": "isn't there: FastCGI servers are not spoken to.",
  opentracing: "isn't there: no spans are sent.",
};

const filter: ProxyReader = (directive, proxy) => {
  notInDefaults(directive, proxy);
  const name = directive.at(1);
  if (name === "")
    directive.fail(`missing argument for 'filter' in ${proxy.kind} '${proxy.name}'`, {
      word: 1,
      code: "missing-argument",
    });
  if (Object.hasOwn(absent, name))
    directive.fail(`'filter' : '${name}' ${absent[name]}`, { word: 1, code: "not-supported" });
  if (!["compression", "cache", "trace"].includes(name))
    directive.fail(
      `'filter' : unknown keyword '${name}'. Registered keywords :\n    [CACHE] cache\n    [COMP] compression\n    [FCGI] fcgi-app\n    [  OT] opentracing\n    [SPOE] spoe\n    [TRACE] trace\n`,
      {
        word: 1,
        code: "unknown-filter",
        remedy: "The filters are compression, cache and trace.",
      },
    );
  const words = directive.words.slice(2, directive.length).map((word) => word.text);
  if (name === "cache") {
    if (words.length === 0)
      directive.fail("cache: expects a <name> argument", { word: 2, code: "missing-argument" });
    proxy.cacheUses.push({ name: words[0]!, place: directive.place(2) });
  }
  const one: Filter = { name, words, place: directive.place() };
  proxy.filters.push(one);
};

export const filterReaders: Readonly<Record<string, ProxyReader>> = { compression, filter };
