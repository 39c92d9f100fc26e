import type { Directive } from "../grammar/directive.js";
import { Mistake, within } from "../grammar/mistake.js";
import type { RuleSet } from "../keywords/actions.js";
import type { LogFormat } from "../model/expression.js";
import { checkpoint, expressionAt, type Parsed, requireAt } from "../samples/expression.js";
import { logFormat } from "../samples/log-format.js";
import type { ProxyDraft } from "./proxy-draft.js";

/** Where a rule stands while its action is read: a cursor over its words. */
export class RuleContext {
  /** What is looked at when all is read. */
  check: (() => string | undefined) | undefined;

  constructor(
    readonly directive: Directive,
    readonly proxy: ProxyDraft,
    readonly set: RuleSet,
    /** The action's own word. */
    readonly action: number,
    public at: number,
  ) {}

  get word(): string {
    return this.directive.at(this.at);
  }

  /** The action as written. */
  get name(): string {
    return this.directive.at(this.action);
  }

  /** The word that is next, and the cursor after it. */
  take(): string {
    return this.directive.at(this.at++);
  }

  /** A needed word. */
  need(message: string): string {
    if (this.word === "") throw new Mistake(message, { column: this.column, code: "missing-argument" });
    return this.take();
  }

  get column(): number {
    return this.directive.column(this.at);
  }

  /** Whether the words of the action end here. */
  get ended(): boolean {
    return this.word === "" || this.word === "if" || this.word === "unless";
  }

  fail(message: string, code = "invalid-value"): never {
    throw new Mistake(message, { column: this.column, code });
  }

  /** Bits of the places where rules of this set run. */
  get places(): number {
    return placesOf(this.set, this.proxy);
  }

  get where() {
    return { directive: this.directive.with(this.directive.words, this.proxy), context: contexts[this.set] };
  }

  /** An expression from the cursor on, which has to be available where the rule runs. */
  expression(places = this.places): Parsed {
    const column = this.column;
    const parsed = expressionAt(this.where, this.at);
    requireAt(parsed, places, this.directive.at(parsed.next - 1), column);
    this.at = parsed.next;
    return parsed;
  }

  /** A log-format string in one word. */
  format(text = this.take(), index = this.at - 1): LogFormat {
    const column = this.directive.column(index);
    return within(
      (message) => message,
      () =>
        logFormat(this.where, text, {
          places: this.places,
          column,
          mode: this.proxy.mode,
          http: true,
        }),
      { column },
    );
  }
}

/** What messages about unknown references say of a rule's place. */
const contexts: Readonly<Record<RuleSet, string>> = {
  "tcp-request connection": "in tcp-request connection expression in",
  "tcp-request session": "in tcp-request session expression in",
  "tcp-request content": "in tcp-request content expression in",
  "tcp-response content": "in tcp-response content expression in",
  "http-request": "in http-request expression in",
  "http-response": "in http-response response in",
  "http-after-response": "in http-response response in",
};

/** Bits of the places where rules of a set run in a proxy. */
export function placesOf(set: RuleSet, proxy: Pick<ProxyDraft, "frontend" | "backend">): number {
  const both = (front: number, back: number) => (proxy.frontend ? front : 0) | (proxy.backend ? back : 0);
  switch (set) {
    case "tcp-request connection":
      return checkpoint.frontendConnection;
    case "tcp-request session":
      return checkpoint.frontendSession;
    case "tcp-request content":
      return both(checkpoint.frontendContent, checkpoint.backendContent);
    case "tcp-response content":
      return both(checkpoint.frontendResponseContent, checkpoint.backendResponseContent);
    case "http-request":
      return both(checkpoint.frontendRequest, checkpoint.backendRequest);
    default:
      return both(checkpoint.frontendResponse, checkpoint.backendResponse);
  }
}
