/** "strong" of `"x"`, "weak" of `W/"x"`; undefined where it is neither. */
export function etagKind(etag: string): "strong" | "weak" | undefined {
  if (etag.length < 2 || !etag.endsWith('"')) return undefined;
  if (etag.startsWith('"')) return "strong";
  return etag.startsWith('W/"') ? "weak" : undefined;
}

/** The weak comparison of RFC 9110, section 8.8.3.2. */
export function sameEtag(one: string, other: string): boolean {
  const [first, second] = [etagKind(one), etagKind(other)];
  if (first === undefined || second === undefined) return false;
  return (first === "weak" ? one.slice(2) : one) === (second === "weak" ? other.slice(2) : other);
}
