import type { Finding, Place } from "../../config/finding.js";
import { Mistake } from "../../config/nginx/mistake.js";
import { nearest } from "../../nearest.js";
import { Definitions, type VariableOptions } from "./definitions.js";
import type { Getter, Subject } from "./subject.js";

/** What is told to a log while requests are served. */
export interface RegistryEvents<S extends Subject> {
  /** A variable that `set` makes was read before any `set` of it ran: its value is empty. */
  uninitialized?(subject: S, name: string): void;
  /** Variables whose values need each other: the value is empty. */
  cycle?(subject: S, name: string): void;
}

/** Writes a variable's value for one subject. */
export type Assign<S extends Subject> = (subject: S, value: string) => void;

interface Slot<S extends Subject> {
  readonly name: string;
  readonly place: Place | undefined;
  get: Getter<S> | undefined;
  kept: boolean;
}

/** How deep values may need other values (ngx_http_variable_depth). */
const deepest = 100;

/**
 * The variables of http or of stream (ngx_http_variables.c): modules define theirs, then the configuration defines and uses, then
 * {@link Registry.seal} finds the getter of each that is used. Names have no case. Only variables that are used have a number.
 */
export class Registry<S extends Subject> {
  readonly #definitions = new Definitions<S>();
  readonly #events: RegistryEvents<S>;
  readonly #slots: Slot<S>[] = [];
  readonly #numbers = new Map<string, number>();
  #sealed = false;
  #left = deepest;

  constructor(events: RegistryEvents<S> = {}) {
    this.#events = events;
  }

  /** How many numbers there are: the length of a subject's `known`. */
  get size(): number {
    return this.#slots.length;
  }

  /**
   * Adds a variable of a module, or one that map, geo, split_clients define: theirs are changeable, and the later one counts.
   * @throws Mistake `the duplicate "x" variable` where there is one that isn't changeable
   */
  define(name: string, get: Getter<S>, options: VariableOptions<S> = {}): void {
    this.#definitions.add(name, get, options);
  }

  /**
   * Adds all variables whose names begin with this ("http_"), in lower case.
   * @param make - gives the getter by what follows the prefix, in lower case
   */
  definePrefix(prefix: string, make: (rest: string) => Getter<S>, options: { kept?: boolean } = {}): void {
    this.#definitions.addPrefix(prefix, make, options.kept ?? true);
  }

  /**
   * Adds a variable that `set` writes; one that is known already stays as it is, if it is changeable.
   * @throws Mistake `the duplicate "x" variable`
   */
  defineBySet(name: string, place?: Place): Assign<S> {
    const own = name.toLowerCase();
    const definition = this.#definitions.addWeak(name, (subject) => {
      this.#events.uninitialized?.(subject, own);
      return "";
    });
    const number = this.reference(name, place);
    const { set } = definition;
    if (set) return set;
    return (subject, value) => {
      subject.known[number] = value;
    };
  }

  /**
   * Adds a variable for a group of an expression: it has no value until the expression matches.
   * @returns its number, by which the value is kept in `known`
   * @throws Mistake `the duplicate "x" variable`
   */
  defineByCapture(name: string, place?: Place): number {
    this.#definitions.add(name, () => undefined, { changeable: true });
    return this.reference(name, place);
  }

  /**
   * The number of a variable that is used at a place, whether it is defined already or will be.
   * @throws Mistake where the name is empty
   */
  reference(name: string, place?: Place): number {
    const lower = name.toLowerCase();
    if (lower === "") throw new Mistake('invalid variable name "$"');
    const known = this.#numbers.get(lower);
    if (known !== undefined) return known;
    if (this.#sealed) throw new Error(`the variable ${lower} is used after the registry was sealed`);
    const number = this.#slots.push({ name: lower, place, get: undefined, kept: true }) - 1;
    this.#numbers.set(lower, number);
    return number;
  }

  /** Ends the reading: what is used and was never defined, in the order of first use. Nothing is to be served where there is any. */
  seal(): Finding[] {
    this.#sealed = true;
    return this.#slots.flatMap((slot) => {
      const found = this.#definitions.find(slot.name);
      if (!found) return [this.#unknown(slot)];
      slot.get = found.get;
      slot.kept = found.kept;
      return [];
    });
  }

  /** A variable's value; undefined where there is none. */
  value(subject: S, number: number): string | undefined {
    const known = subject.known[number];
    return known === undefined ? this.#ask(subject, number) : (known ?? undefined);
  }

  /** A variable's value as texts have it: empty where there is none. */
  text(subject: S, number: number): string {
    const known = subject.known[number];
    return (known === undefined ? this.#ask(subject, number) : known) ?? "";
  }

  #ask(subject: S, number: number): string | undefined {
    const slot = this.#slots[number]!;
    if (this.#left === 0) {
      this.#events.cycle?.(subject, slot.name);
      return undefined;
    }
    this.#left--;
    try {
      const value = slot.get!(subject);
      if (slot.kept) subject.known[number] = value ?? null;
      return value;
    } finally {
      this.#left++;
    }
  }

  #unknown({ name, place }: Slot<S>): Finding {
    const meant = nearest(name, this.#definitions.names());
    return {
      place: place ?? { file: "", line: 0, column: 0 },
      code: "unknown-variable",
      message: `unknown "${name}" variable`,
      ...(meant === undefined ? {} : { meant: `$${meant}` }),
    };
  }
}
