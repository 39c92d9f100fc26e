import type { HttpRequest } from "../request.js";

/** Types as `…_types` say them: lower case, "*": all. */
export type Types = ReadonlySet<string>;

/** Whether an answer's type, without its parameters, is one of some (ngx_http_test_content_type). */
export function hasType({ answer }: HttpRequest, types: Types): boolean {
  const type = answer.contentType.split(";", 1)[0]!.trim().toLowerCase();
  return type !== "" && (types.has("*") || types.has(type));
}
