import type { HttpRequest } from "../request.js";
import type { Text } from "../runtime.js";
import { hasType, type Types } from "./content-type.js";

/** What charset_… directives say of a location. */
export interface CharsetSettings {
  /** undefined: off. */
  readonly charset: Text | undefined;
  /** What texts are in where they don't say it. */
  readonly source: Text | undefined;
  readonly overrides: boolean;
  readonly types: Types;
  /** Names that the configuration has somewhere, in lower case: only those may X-Accel-Charset say. */
  readonly known: ReadonlySet<string>;
}

/** Names the charset of an answer's texts; they aren't changed (ngx_http_charset_filter_module). Twice is as once. */
export function nameCharset(request: HttpRequest): void {
  const { answer, location } = request;
  const settings = location.charset;
  if (settings === undefined || answer.contentType === "" || request.main !== request) return;
  const [, type = "", said] =
    /^([^;]*)(?:;\s*charset\s*=\s*"?([^";]*)"?.*)?/is.exec(answer.contentType) ?? [];
  const name = wanted(request, settings, answer.charset ?? said);
  if (name === undefined) return;
  const source = answer.charset ?? said ?? settings.source?.value(request);
  if (source !== undefined && source.toLowerCase() !== name.toLowerCase()) {
    const sentence = `no "charset_map" between the charsets "${source}" and "${name}"`;
    request.connection.log("error", sentence, request);
    return;
  }
  if (said !== undefined) answer.contentType = type.trimEnd();
  // Old browsers took it for that of the page that they were sent to.
  answer.charset = answer.status === 301 || answer.status === 302 ? undefined : name;
}

function wanted(
  request: HttpRequest,
  { charset, overrides, types, known }: CharsetSettings,
  said: string | undefined,
): string | undefined {
  const { accelCharset } = request;
  if (accelCharset !== undefined) {
    if (known.has(accelCharset.toLowerCase())) return accelCharset;
    request.connection.log("error", `unknown charset "${accelCharset}" to override`, request);
    return undefined;
  }
  if (charset === undefined) return undefined;
  if (said === undefined ? !hasType(request, types) : !overrides) return undefined;
  return charset.value(request);
}
