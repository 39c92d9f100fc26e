import type { Directive } from "../../grammar/directive.js";
import { Mistake } from "../../grammar/mistake.js";
import type { ProxyDraft } from "../proxy-draft.js";
import type { DefaultServer } from "../server-draft.js";

export interface OptionAt {
  readonly directive: Directive;
  readonly index: number;
  readonly draft: DefaultServer;
  readonly proxy: ProxyDraft;
  readonly name: string;
}

export interface Taken {
  /** How many words, the keyword among them. */
  readonly words: number;
  readonly id?: number;
}

export const missing = (message: string): never => {
  throw new Mistake(message, { code: "missing-argument" });
};
