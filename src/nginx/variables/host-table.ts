import { asciiLower } from "./ascii-lower.js";

/**
 * Host names and wildcards with what they stand for (ngx_hash_combined): exact ones come first, then the longest "*.example.com" or
 * ".example.com", then the longest "www.example.*". Names have no case.
 */
export class HostTable<V> {
  readonly #exact = new Map<string, V>();
  /** By ".example.com". */
  readonly #heads = new Map<string, V>();
  /** By "www.example.". */
  readonly #tails = new Map<string, V>();
  #longestHead = 0;
  #longestTail = 0;

  /** Adds a text that stands for itself alone, whatever is in it; false: it is there already. */
  addExact(key: string, value: V): boolean {
    return put(this.#exact, asciiLower(key), value);
  }

  /** Adds a name or a wildcard; "conflict": it is there already; "invalid": it is none. */
  add(name: string, value: V): "added" | "conflict" | "invalid" {
    const key = asciiLower(name);
    if (!isHostOrWildcard(key)) return "invalid";
    return this.#put(key, value) ? "added" : "conflict";
  }

  /** What a host stands for. */
  find(host: string): V | undefined {
    const key = asciiLower(host);
    const exact = this.#exact.get(key);
    if (exact !== undefined || key === "") return exact;
    return this.#findHead(key) ?? this.#findTail(key);
  }

  #put(key: string, value: V): boolean {
    if (key.length > 1 && key[0] === ".") {
      if (this.#exact.has(key.slice(1)) || this.#heads.has(key)) return false;
      this.#exact.set(key.slice(1), value);
      return this.#putHead(key, value);
    }
    if (key.startsWith("*.")) return this.#putHead(key.slice(1), value);
    if (!key.endsWith(".*")) return put(this.#exact, key, value);
    this.#longestTail = Math.max(this.#longestTail, key.length - 1);
    return put(this.#tails, key.slice(0, -1), value);
  }

  #putHead(key: string, value: V): boolean {
    this.#longestHead = Math.max(this.#longestHead, key.length);
    return put(this.#heads, key, value);
  }

  #findHead(key: string): V | undefined {
    if (this.#longestHead === 0) return undefined;
    for (
      let dot = key.indexOf(".", Math.max(0, key.length - this.#longestHead));
      dot >= 0;
      dot = key.indexOf(".", dot + 1)
    ) {
      const value = this.#heads.get(key.slice(dot));
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #findTail(key: string): V | undefined {
    if (this.#longestTail === 0) return undefined;
    for (
      let dot = key.lastIndexOf(".", this.#longestTail - 1);
      dot >= 0;
      dot = key.lastIndexOf(".", dot - 1)
    ) {
      const value = this.#tails.get(key.slice(0, dot + 1));
      if (value !== undefined) return value;
      if (dot === 0) break;
    }
    return undefined;
  }
}

function put<V>(map: Map<string, V>, key: string, value: V): boolean {
  if (map.has(key)) return false;
  map.set(key, value);
  return true;
}

/** What ngx_hash_add_key takes: one "*" at most, as the first or last of several labels; no two dots side by side, no NUL. */
function isHostOrWildcard(key: string): boolean {
  if (key.includes("..") || key.includes("\0")) return false;
  const stars = key.split("*").length - 1;
  if (stars === 0) return true;
  if (stars > 1) return false;
  if (key[0] === ".") return true;
  return key.length > 2 && (key.startsWith("*.") || key.endsWith(".*"));
}
