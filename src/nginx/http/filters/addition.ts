import type { AnswerBody } from "../answer/send.js";
import type { HttpRequest } from "../request.js";
import { subrequest } from "../subrequest/subrequest.js";
import { hasType, type Types } from "./content-type.js";
import { type Filter, forgetLength, weakenEtag } from "./filter.js";

export interface AdditionSettings {
  /** Paths of what stands before and behind an answer's body; "": nothing. */
  readonly before: string;
  readonly after: string;
  readonly types: Types;
}

/** Puts other locations' answers before and behind a body (ngx_http_addition_filter_module). */
export function additionFilter(settings: AdditionSettings): Filter {
  const changes = (request: HttpRequest): boolean =>
    request.answer.status === 200 && request.main === request && hasType(request, settings.types);
  return {
    changes,
    begin(request) {
      if (!changes(request)) return undefined;
      forgetLength(request);
      weakenEtag(request);
      return (out) => new AddedBody(request, out, settings);
    },
  };
}

class AddedBody implements AnswerBody {
  onDrain: () => void = () => {};
  readonly #request: HttpRequest;
  readonly #out: AnswerBody;
  readonly #settings: AdditionSettings;
  /** What stands before is there; until then what comes waits. */
  #begun = false;
  #waiting: Buffer[] = [];
  #ended = false;

  constructor(request: HttpRequest, out: AnswerBody, settings: AdditionSettings) {
    this.#request = request;
    this.#out = out;
    this.#settings = settings;
    out.onDrain = () => {
      if (this.#begun && !this.#ended) this.onDrain();
    };
    this.#add(settings.before, () => this.#begin());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#begun) return this.#out.write(bytes);
    this.#waiting.push(Buffer.from(bytes));
    return false;
  }

  end(): void {
    this.#ended = true;
    if (this.#begun) this.#finish();
  }

  #begin(): void {
    this.#begun = true;
    for (const bytes of this.#waiting.splice(0)) this.#out.write(bytes);
    if (this.#ended) this.#finish();
    else this.onDrain();
  }

  #finish(): void {
    this.#add(this.#settings.after, () => this.#out.end());
  }

  #add(uri: string, then: () => void): void {
    if (uri === "") {
      then();
      return;
    }
    const take = (bytes: Uint8Array) => void this.#out.write(Buffer.from(bytes));
    subrequest(this.#request, { uri, take }).then(then, () => this.#request.exchange.abort());
  }
}
