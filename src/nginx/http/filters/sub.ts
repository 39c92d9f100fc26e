import { asciiLower } from "../../variables/ascii-lower.js";
import type { AnswerBody } from "../answer/send.js";
import type { HttpRequest } from "../request.js";
import type { Text } from "../runtime.js";
import { hasType, type Types } from "./content-type.js";
import { type Filter, forgetLength, weakenEtag } from "./filter.js";

/** What sub_filter directives say of a location. */
export interface SubSettings {
  readonly pairs: readonly { readonly what: Text; readonly by: Text }[];
  readonly types: Types;
  readonly once: boolean;
  readonly keepsModified: boolean;
}

/** Replaces texts in answers, whatever their case (ngx_http_sub_filter_module). */
export function subFilter({ pairs, types, once, keepsModified }: SubSettings): Filter {
  const changes = (request: HttpRequest): boolean =>
    request.answer.length !== 0 &&
    hasType(request, types) &&
    request.answer.all("content-encoding") === undefined;
  return {
    changes,
    begin(request) {
      if (!changes(request)) return undefined;
      const wanted = pairs
        .map(({ what, by }) => ({ what: asciiLower(what.value(request)), by }))
        .filter(({ what }) => what !== "");
      if (wanted.length === 0) return undefined;
      if (request.main === request) {
        const { answer } = request;
        forgetLength(request);
        if (keepsModified) weakenEtag(request);
        else {
          answer.modified = undefined;
          answer.modifiedText = undefined;
          answer.etag = undefined;
          answer.remove("last-modified");
          answer.remove("etag");
        }
      }
      return (out) => new SubBody(request, out, wanted, once);
    },
  };
}

interface Wanted {
  readonly what: string;
  readonly by: Text;
}

class SubBody implements AnswerBody {
  readonly #request: HttpRequest;
  readonly #out: AnswerBody;
  readonly #once: boolean;
  /** Those that may still be found. */
  #wanted: readonly Wanted[];
  /** What each is replaced by, as far as that was asked for. */
  readonly #texts = new Map<Text, string>();
  /** The end of what came, where one of them may begin. */
  #held = "";

  constructor(request: HttpRequest, out: AnswerBody, wanted: readonly Wanted[], once: boolean) {
    this.#request = request;
    this.#out = out;
    this.#wanted = wanted;
    this.#once = once;
  }

  get onDrain(): () => void {
    return this.#out.onDrain;
  }

  set onDrain(callback: () => void) {
    this.#out.onDrain = callback;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#wanted.length === 0) return this.#out.write(bytes);
    return this.#give(this.#held + Buffer.from(bytes).toString("latin1"), false);
  }

  end(): void {
    this.#give(this.#held, true);
    this.#out.end();
  }

  #give(text: string, isLast: boolean): boolean {
    const lower = asciiLower(text);
    let made = "";
    let at = 0;
    while (this.#wanted.length > 0) {
      const found = this.#find(lower, at, isLast);
      if (found === undefined) break;
      const { start, one } = found;
      if (one === undefined) {
        this.#held = text.slice(start);
        return this.#send(made + text.slice(at, start));
      }
      made += text.slice(at, start) + this.#textOf(one.by);
      at = start + one.what.length;
      if (this.#once) this.#wanted = this.#wanted.filter((each) => each !== one);
    }
    this.#held = "";
    return this.#send(made + text.slice(at));
  }

  /** The first place where one of them is, or (`one` undefined) may turn out to be; of several the one that is said first. */
  #find(
    lower: string,
    from: number,
    isLast: boolean,
  ): { readonly start: number; readonly one: Wanted | undefined } | undefined {
    let best: { start: number; one: Wanted | undefined } | undefined;
    for (const one of this.#wanted) {
      const whole = lower.indexOf(one.what, from);
      const start = whole >= 0 || isLast ? whole : partAtEnd(lower, one.what, from);
      if (start >= 0 && (best === undefined || start < best.start))
        best = { start, one: whole >= 0 ? one : undefined };
    }
    return best;
  }

  #textOf(by: Text): string {
    const known = this.#texts.get(by);
    if (known !== undefined) return known;
    const text = by.value(this.#request);
    this.#texts.set(by, text);
    return text;
  }

  #send(text: string): boolean {
    return text === "" || this.#out.write(Buffer.from(text, "latin1"));
  }
}

/** Where a text ends with the beginning of another one; -1: it doesn't. */
function partAtEnd(text: string, what: string, from: number): number {
  for (let start = Math.max(from, text.length - what.length + 1); start < text.length; start++)
    if (what.startsWith(text.slice(start))) return start;
  return -1;
}
