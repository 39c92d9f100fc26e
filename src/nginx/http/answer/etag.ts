/** nginx's ETag of a file: when it was changed and its bytes, in hexadecimal (ngx_http_set_etag). */
export const etagOf = (modifiedSeconds: number, size: number): string =>
  `"${modifiedSeconds.toString(16)}-${size.toString(16)}"`;

/**
 * Whether an If-Match or If-None-Match names an entity tag (ngx_http_test_if_match).
 *
 * @param weak whether a weak tag and its strong one are the same
 */
export function namesEtag(field: string, etag: string | undefined, weak: boolean): boolean {
  if (field === "*") return true;
  if (etag === undefined) return false;
  const bare = (tag: string) => (weak && tag.startsWith("W/") ? tag.slice(2) : tag);
  return field.split(",").some((tag) => bare(tag.trim()) === bare(etag));
}
