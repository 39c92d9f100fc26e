/** The version of OpenSSL that predicates compare with. */
export const opensslVersion = process.versions.openssl.replace(/\+.*/, "");

/** The numbers of a version ("2.6-dev3", "2.6.12"): development versions come before the release. */
function numbers(text: string): readonly number[] | undefined {
  const found = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-dev(\d+))?/.exec(text);
  if (!found) return undefined;
  const [, major, minor = "0", patch = "0", dev] = found;
  return [Number(major), Number(minor), dev === undefined ? 1 : 0, Number(dev ?? patch)];
}

/** Less than, equal to or more than 0: how `current` compares with a version as written; undefined: it is none. */
export function compareVersion(current: string, text: string): number | undefined {
  const here = numbers(current);
  const there = numbers(text);
  if (!here || !there) return undefined;
  for (const [index, value] of here.entries()) if (value !== there[index]) return value - there[index]!;
  return 0;
}

const letters = (text: string) => {
  const found = /^(\d+)\.(\d+)\.(\d+)([a-z]?)/.exec(text);
  return found && [Number(found[1]), Number(found[2]), Number(found[3]), (found[4] ?? "").charCodeAt(0) || 0];
};

/** The same of OpenSSL's versions ("1.1.1k", "3.0.2"). */
export function compareOpenssl(text: string): number | undefined {
  const here = letters(opensslVersion);
  const there = letters(text);
  if (!here || !there) return undefined;
  for (const [index, value] of here.entries()) if (value !== there[index]) return value - there[index]!;
  return 0;
}
