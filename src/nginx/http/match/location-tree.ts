import type { LocationMatch } from "../../../config/nginx/model/index.js";

/** What a location's expression is compiled to: whether it fits a path, which it may take captures of. */
export type PathTest<S> = (path: string, subject: S) => boolean;

interface Prefix<T, S> {
  readonly name: string;
  readonly value: T;
  readonly noRegex: boolean;
  /** Of the locations within it. */
  readonly inner: LocationTree<T, S> | undefined;
}

/** What was found; "slash": the path lacks the final slash of a location that is passed on. `isFinal`: no expression around it is asked any more. */
export interface Found<T> {
  readonly kind: "location" | "slash";
  readonly value: T;
  readonly isFinal: boolean;
}

/**
 * The locations of one level. An exact one first; then the longest prefix, in which the locations within it are asked; then, unless "^~" forbids it,
 * expressions in the file's order; then the prefix (ngx_http_core_find_location).
 */
export class LocationTree<T, S> {
  readonly #exact = new Map<string, T>();
  readonly #prefixes: Prefix<T, S>[] = [];
  readonly #expressions: {
    readonly test: PathTest<S>;
    readonly value: T;
    readonly inner: LocationTree<T, S> | undefined;
  }[] = [];
  /** "/app" for a location "/app/" that passes requests on: a request for it is sent there (auto_redirect). */
  readonly #slashless = new Map<string, T>();

  /**
   * @param inner of the locations within it, if there are any
   * @param redirects whether its name without the final slash is sent to it
   * @param test of an expression
   * @returns false where there is one of this name
   */
  add(
    match: LocationMatch,
    value: T,
    options: { inner?: LocationTree<T, S>; redirects?: boolean; test?: PathTest<S> },
  ): boolean {
    const { inner, redirects, test } = options;
    const isSlashed = match.kind !== "regex" && match.name.length > 1 && match.name.endsWith("/");
    if (redirects && isSlashed) this.#slashless.set(match.name.slice(0, -1), value);
    if (match.kind === "exact") {
      if (this.#exact.has(match.name)) return false;
      this.#exact.set(match.name, value);
    } else if (match.kind === "regex") {
      if (test !== undefined) this.#expressions.push({ test, value, inner });
    } else {
      if (this.#prefixes.some(({ name }) => name === match.name)) return false;
      this.#prefixes.push({ name: match.name, value, noRegex: match.noRegex, inner });
      this.#prefixes.sort((one, other) => other.name.length - one.name.length);
    }
    return true;
  }

  find(path: string, subject: S): Found<T> | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return { kind: "location", value: exact, isFinal: true };
    const prefix = this.#prefixes.find(({ name }) => path.startsWith(name));
    const slashless = this.#slashless.get(path);
    if (slashless !== undefined && prefix?.name !== path)
      return { kind: "slash", value: slashless, isFinal: true };
    const within = prefix?.inner?.find(path, subject);
    if (within?.isFinal) return within;
    if (prefix?.noRegex !== true)
      for (const { test, value, inner } of this.#expressions)
        if (test(path, subject)) {
          const found = inner?.find(path, subject);
          return { kind: found?.kind ?? "location", value: found?.value ?? value, isFinal: true };
        }
    return within ?? (prefix && { kind: "location", value: prefix.value, isFinal: false });
  }
}
