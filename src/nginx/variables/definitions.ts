import { Mistake } from "../../config/nginx/mistake.js";
import type { Getter, Subject } from "./subject.js";

/** What beside its value is known of a variable. */
export interface VariableOptions<S extends Subject> {
  /** Its first value is kept for the subject (nginx's cacheable); otherwise it is asked each time. Default: true. */
  readonly kept?: boolean;
  /** `set`, map and their like may define it again. Default: false. */
  readonly changeable?: boolean;
  /** What `set` does instead of keeping a value (`$args`, `$limit_rate`). */
  readonly set?: (subject: S, value: string) => void;
}

/** A variable of this name; `weak`: only `set` made it, and a prefix that fits comes before it. */
export interface Definition<S extends Subject> {
  get: Getter<S>;
  kept: boolean;
  weak: boolean;
  readonly changeable: boolean;
  readonly set: ((subject: S, value: string) => void) | undefined;
}

interface Prefix<S extends Subject> {
  readonly make: (rest: string) => Getter<S>;
  readonly kept: boolean;
}

/** Variables by their names, and by what their names begin with (ngx_http_add_variable, ngx_http_variables_init_vars). */
export class Definitions<S extends Subject> {
  readonly #byName = new Map<string, Definition<S>>();
  readonly #prefixes = new Map<string, Prefix<S>>();

  /** @throws Mistake `the duplicate "x" variable` */
  add(name: string, get: Getter<S>, { kept = true, changeable = false, set }: VariableOptions<S>): void {
    const known = this.#changeable(name);
    if (known) {
      known.get = get;
      known.weak = false;
      if (!kept) known.kept = false;
    } else this.#byName.set(name.toLowerCase(), { get, kept, weak: false, changeable, set });
  }

  /** Adds what `set` makes, unless there is one already. @throws Mistake `the duplicate "x" variable` */
  addWeak(name: string, get: Getter<S>): Definition<S> {
    const known = this.#changeable(name);
    if (known) return known;
    const added = { get, kept: true, weak: true, changeable: true, set: undefined };
    this.#byName.set(name.toLowerCase(), added);
    return added;
  }

  addPrefix(prefix: string, make: (rest: string) => Getter<S>, kept: boolean): void {
    this.#prefixes.set(prefix, { make, kept });
  }

  /** What a name that is used stands for: the longest prefix where there are several. */
  find(name: string): { get: Getter<S>; kept: boolean } | undefined {
    const exact = this.#byName.get(name);
    if (exact && !exact.weak) return exact;
    for (let length = name.length; length > 0; length--) {
      const prefix = this.#prefixes.get(name.slice(0, length));
      if (prefix) return { get: prefix.make(name.slice(length)), kept: prefix.kept };
    }
    return exact;
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  #changeable(name: string): Definition<S> | undefined {
    if (name === "") throw new Mistake('invalid variable name "$"');
    const known = this.#byName.get(name.toLowerCase());
    if (known && !known.changeable) throw new Mistake(`the duplicate "${name}" variable`);
    return known;
  }
}
