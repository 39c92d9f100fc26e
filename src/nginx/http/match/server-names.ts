import type { ServerName } from "../../../config/nginx/model/index.js";

/** What an expression of a name is compiled to: whether it fits a host, which it may take captures of. */
export type HostTest<S> = (host: string, subject: S) => boolean;

/**
 * The servers of one listening address by their names: exact, then the longest "*.example.com" and ".example.com", then the longest "www.example.*", then
 * expressions in the file's order, then the default (ngx_http_find_virtual_server).
 */
export class ServerNames<T, S> {
  readonly #exact = new Map<string, T>();
  /** By what stands behind the "*", with its dot. */
  readonly #heads = new Map<string, T>();
  /** By what stands before the "*", with its dot. */
  readonly #tails = new Map<string, T>();
  readonly #expressions: { readonly test: HostTest<S>; readonly server: T }[] = [];
  /** The one that is told where no name fits. */
  readonly fallback: T;

  constructor(fallback: T) {
    this.fallback = fallback;
  }

  /** Whether a server can be told from the others. */
  get isOne(): boolean {
    return this.#exact.size + this.#heads.size + this.#tails.size + this.#expressions.length === 0;
  }

  /** @param test of an expression @returns false where an earlier server has the name already */
  add({ kind, name }: ServerName, server: T, test?: HostTest<S>): boolean {
    if (kind === "regex") {
      if (test !== undefined) this.#expressions.push({ test, server });
      return true;
    }
    if (kind === "exact") return addOnce(this.#exact, name, server);
    if (name.endsWith(".*")) return addOnce(this.#tails, name.slice(0, -1), server);
    if (name.startsWith("*.")) return addOnce(this.#heads, name.slice(1), server);
    // ".example.com" is "example.com" and "*.example.com".
    return addOnce(this.#exact, name.slice(1), server) && addOnce(this.#heads, name, server);
  }

  /** @param host lower case, without port and final dot; "" where there was none */
  find(host: string, subject: S): T {
    const exact = this.#exact.get(host);
    if (exact !== undefined) return exact;
    if (host === "") return this.fallback;
    if (this.#heads.size > 0)
      for (let dot = host.indexOf(".", 1); dot > 0; dot = host.indexOf(".", dot + 1)) {
        const found = this.#heads.get(host.slice(dot));
        if (found !== undefined) return found;
      }
    if (this.#tails.size > 0)
      for (let dot = host.lastIndexOf("."); dot > 0; dot = host.lastIndexOf(".", dot - 1)) {
        const found = this.#tails.get(host.slice(0, dot + 1));
        if (found !== undefined) return found;
      }
    for (const { test, server } of this.#expressions) if (test(host, subject)) return server;
    return this.fallback;
  }
}

function addOnce<T>(map: Map<string, T>, name: string, server: T): boolean {
  const before = map.get(name);
  if (before !== undefined) return before === server;
  map.set(name, server);
  return true;
}

/**
 * The host of a request as names are compared with it (ngx_http_validate_host): lower case, without port and final dot.
 *
 * @returns undefined where it can't be one: nginx answers 400
 */
export function hostOf(text: string): string | undefined {
  let host = text;
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    if (end < 0) return undefined;
    host = text.slice(0, end + 1);
  } else {
    const colon = text.indexOf(":");
    if (colon >= 0) host = text.slice(0, colon);
  }
  if (text.includes("..") || text.includes("/") || /[\0-\x20\x7f]/.test(text)) return undefined;
  if (host.endsWith(".")) host = host.slice(0, -1);
  return host === "" ? undefined : host.toLowerCase();
}
