import type { HttpRequest } from "../../request.js";

/** Changes a cookie's attributes: proxy_cookie_domain, proxy_cookie_path, proxy_cookie_flags. */
export interface CookieChange {
  readonly kind: "domain" | "path" | "flags";
  /** The new value of the attribute, or undefined where this doesn't fit. */
  readonly change?: (request: HttpRequest, value: string) => string | undefined;
  /** Of flags: whether it is about this cookie, and what to set and to take away. */
  readonly fits?: (request: HttpRequest, cookie: string) => boolean;
  readonly set?: (request: HttpRequest) => readonly string[];
}

interface Attribute {
  readonly name: string;
  readonly value: string | undefined;
}

/** A Set-Cookie as it is sent on (ngx_http_proxy_rewrite_cookie). */
export function changeCookie(request: HttpRequest, text: string, changes: readonly CookieChange[]): string {
  const [first = "", ...rest] = text.split(";");
  const attributes = rest.map(readAttribute);
  let changed = changeValues(request, attributes, changes);
  const flags = changes.find(
    ({ kind, fits }) => kind === "flags" && fits?.(request, first.split("=", 1)[0]!.trim()),
  );
  if (flags?.set !== undefined) changed = applyFlags(changed, flags.set(request));
  if (changed === attributes) return text;
  return [
    first,
    ...changed.map(({ name, value }) => (value === undefined ? ` ${name}` : ` ${name}=${value}`)),
  ].join(";");
}

function readAttribute(text: string): Attribute {
  const trimmed = text.trim();
  const equals = trimmed.indexOf("=");
  if (equals < 0) return { name: trimmed, value: undefined };
  return { name: trimmed.slice(0, equals).trim(), value: trimmed.slice(equals + 1).trim() };
}

function changeValues(
  request: HttpRequest,
  attributes: Attribute[],
  changes: readonly CookieChange[],
): Attribute[] {
  let changed = attributes;
  for (const kind of ["domain", "path"] as const) {
    const at = attributes.findIndex(({ name, value }) => name.toLowerCase() === kind && value !== undefined);
    if (at < 0) continue;
    const { name, value = "" } = attributes[at] as Attribute;
    for (const each of changes) {
      const made = each.kind === kind ? each.change?.(request, value) : undefined;
      if (made === undefined) continue;
      if (changed === attributes) changed = [...attributes];
      changed[at] = { name, value: made };
      break;
    }
  }
  return changed;
}

const names: Readonly<Record<string, string>> = {
  secure: "Secure",
  httponly: "HttpOnly",
  "samesite=strict": "SameSite=Strict",
  "samesite=lax": "SameSite=Lax",
  "samesite=none": "SameSite=None",
};

/** @param flags "secure", "nosecure", "httponly", "samesite=lax", "nosamesite" … */
function applyFlags(attributes: Attribute[], flags: readonly string[]): Attribute[] {
  let made = [...attributes];
  for (const flag of flags.map((each) => each.toLowerCase())) {
    const bare = flag.startsWith("no") ? flag.slice(2) : flag;
    const [name = ""] = bare.split("=");
    const was = made.findIndex((each) => each.name.toLowerCase() === name);
    if (flag.startsWith("no")) made = made.filter((each) => each.name.toLowerCase() !== name);
    else {
      const wanted = readAttribute(names[flag] ?? flag);
      if (was < 0) made.push(wanted);
      else if (wanted.value !== undefined) made[was] = wanted;
    }
  }
  return made;
}
