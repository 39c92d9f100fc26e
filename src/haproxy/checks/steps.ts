import type { CheckConnect } from "../../config/haproxy/model/index.js";
import type { Headers } from "../../proxy/index.js";
import type { SampleContext } from "../run/index.js";
import type { CheckState } from "./check-state.js";

/** What a check looks at while it runs. */
export interface CheckView {
  readonly check: CheckState;
  readonly context: SampleContext;
  /** What has come since the last `send`, of HTTP the message's body as far as it has come. */
  readonly received: Buffer;
  readonly response: CheckResponse | undefined;
}

export interface CheckResponse {
  readonly status: number;
  /** As it stands in the status line, with the reason. */
  readonly reason: string;
  readonly headers: Headers;
}

/** What an `expect` says: go on, wait for more, or the end of the check with its status. */
export type Verdict = "continue" | "wait" | Ending;

export interface Ending {
  readonly status: number;
  readonly description: string | undefined;
  readonly code?: number;
}

/** A rule, ready to be done. `number` is what messages call it: rules count from 1, the implicit connect is 0. */
export type Step = { readonly number: number; readonly comment: string | undefined } & (
  | { readonly kind: "connect"; readonly implicit: boolean; readonly settings: CheckConnect | undefined }
  /** undefined: there is nothing to send; "failed": it can't be made. */
  | { readonly kind: "send"; readonly make: (view: CheckView) => Buffer | undefined | "failed" }
  | { readonly kind: "http-send"; readonly make: (view: CheckView) => HttpRequest }
  | {
      readonly kind: "expect";
      /** Of messages: "string 'PONG'", "regex" … */
      readonly what: string;
      readonly evaluate: (view: CheckView, last: boolean) => Verdict;
      /** When it was the last rule. */
      readonly succeeded: (view: CheckView) => Ending;
      readonly errorStatus: number | undefined;
      readonly timeoutStatus: number | undefined;
    }
  | { readonly kind: "do"; readonly work: (view: CheckView) => void }
);

export interface HttpRequest {
  readonly method: string;
  readonly uri: string;
  readonly version: string; // "HTTP/1.0"
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface Script {
  readonly steps: readonly Step[];
  readonly http: boolean;
  /** Where it stopped is told of tcp-check scripts. */
  readonly tellsSteps: boolean;
  readonly presets: readonly (readonly [name: string, value: import("../run/index.js").Sample])[];
}
