function setOf(unsafe: (code: number) => boolean): readonly string[] {
  return Array.from({ length: 256 }, (_, code) => {
    const character = String.fromCharCode(code);
    return unsafe(code) ? `%${code.toString(16).toUpperCase().padStart(2, "0")}` : character;
  });
}

const isControl = (code: number) => code <= 0x20 || code >= 0x7f;
/** What ngx_escape_uri escapes, by its kinds. */
const sets = {
  /** NGX_ESCAPE_URI: of a path that goes to another server, or into Location. */
  uri: setOf((code) => isControl(code) || '"#%?<>\\^`{|}'.includes(String.fromCharCode(code))),
  /** NGX_ESCAPE_ARGS. */
  args: setOf((code) => isControl(code) || '"#%&+;<>?\\^`{|}'.includes(String.fromCharCode(code))),
  /** NGX_ESCAPE_URI_COMPONENT. */
  component: setOf((code) => !/[A-Za-z0-9\-._~]/.test(String.fromCharCode(code))),
} as const;

/** Escapes a text of bytes as nginx does (ngx_escape_uri). */
export function escapeUri(text: string, kind: keyof typeof sets): string {
  const set = sets[kind];
  let escaped = "";
  for (let at = 0; at < text.length; at++) escaped += set[text.charCodeAt(at) & 0xff];
  return escaped;
}
