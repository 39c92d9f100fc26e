import type { Reader } from "./reader.js";

const normalizers: Readonly<Record<string, string | undefined>> = {
  "path-merge-slashes": undefined,
  "path-strip-dot": undefined,
  "path-strip-dotdot": "full",
  "query-sort-by-name": undefined,
  "percent-to-uppercase": "strict",
  "percent-decode-unreserved": "strict",
  "fragment-strip": undefined,
  "fragment-encode": undefined,
};

export const normalize: Reader = (rule) => {
  const normalizer = rule.need("missing argument <normalizer>");
  if (!Object.hasOwn(normalizers, normalizer)) rule.fail(`unknown normalizer '${normalizer}'`);
  const option = normalizers[normalizer];
  if (option === undefined || rule.ended) return { action: "normalize-uri", normalizer, option: undefined };
  if (rule.word !== option) rule.fail(`unknown argument '${rule.word}' for '${normalizer}' normalizer`);
  rule.at++;
  return { action: "normalize-uri", normalizer, option };
};
