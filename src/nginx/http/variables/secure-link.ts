import { createHash } from "node:crypto";
import { parseSeconds } from "../../../config/nginx/values/time.js";
import type { Registry } from "../../variables/registry.js";
import type { HttpRequest } from "../request.js";
import type { Text } from "../runtime.js";

/** What secure_link_… say of a location. */
export type SecureLink =
  | { readonly kind: "secret"; readonly secret: string }
  | { readonly kind: "md5"; readonly link: Text; readonly hashed: Text };

/** $secure_link and $secure_link_expires (ngx_http_secure_link_module). */
export function defineSecureLink(registry: Registry<HttpRequest>): void {
  registry.define("secure_link", (request) => {
    const { secureLink } = request.location;
    if (secureLink === undefined) return undefined;
    return secureLink.kind === "secret"
      ? pathOf(request.unparsedUri, secureLink.secret)
      : checked(request, secureLink);
  });
  registry.define("secure_link_expires", ({ secureLinkExpires }) => secureLinkExpires);
}

const md5 = (text: string): Buffer => createHash("md5").update(text, "latin1").digest();

/** "/prefix/HASH/path": the path, where the hash is of it and of the secret. */
function pathOf(target: string, secret: string): string | undefined {
  const [, hash, path] = /^.[^/]*\/([0-9a-fA-F]{32})\/(.+)$/s.exec(target) ?? [];
  if (hash === undefined || path === undefined) return undefined;
  return md5(path + secret).toString("hex") === hash.toLowerCase() ? path : undefined;
}

/** "1"; "0" of a link whose time is over; undefined: it isn't right. */
function checked(request: HttpRequest, { link, hashed }: SecureLink & { kind: "md5" }): string | undefined {
  const [, value = "", , until] = /^([^,]*)(,(.*))?$/s.exec(link.value(request)) ?? [];
  let expires = 0;
  if (until !== undefined) {
    expires = /^\d+$/.test(until) ? (parseSeconds(until) ?? 0) : 0;
    if (expires <= 0) return undefined;
    request.secureLinkExpires = until;
  }
  if (value.length > 24 || !/^[A-Za-z0-9_-]*=*$/.test(value)) return undefined;
  const hash = Buffer.from(value, "base64url");
  if (hash.length !== 16 || !hash.equals(md5(hashed.value(request)))) return undefined;
  return expires !== 0 && expires < Math.floor(Date.now() / 1000) ? "0" : "1";
}
