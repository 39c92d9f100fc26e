import { placeText } from "../../config/haproxy/model/index.js";
import { SystemError } from "../../sys/index.js";
import { type ListenerPlan, ownerText } from "./listener-plan.js";

/** Why a listener has no socket. HAProxy tries the retryable ones again while an old process may still hold the place. */
export interface BindFailure {
  readonly plan: ListenerPlan;
  /** "cannot bind socket (Address already in use) for [127.0.0.1:80]" */
  readonly text: string;
  readonly retryable: boolean;
  /** "Binding" or "Starting": which of the two steps. */
  readonly step: "Binding" | "Starting";
}

/** A line of what went wrong, as HAProxy says it. */
export function bindFailureText({ plan, text, step }: BindFailure): string {
  return `${step} [${placeText(plan.bind.place)}] for ${ownerText(plan.owner)}: ${text}`;
}

/** What binding one listener is given up with; the message is that of BindFailure. */
export class BindError extends Error {
  readonly retryable: boolean;
  readonly step: "Binding" | "Starting";

  constructor(message: string, retryable: boolean, step: "Binding" | "Starting" = "Binding") {
    super(message);
    this.retryable = retryable;
    this.step = step;
  }
}

/** What a system call threw, in the words of the step that it broke. */
export function refusal(
  what: string,
  error: unknown,
  shown: string,
  retryable: boolean,
  step: "Binding" | "Starting" = "Binding",
): BindError {
  if (error instanceof BindError) return error;
  const where =
    error instanceof SystemError && error.call.startsWith("socket") ? "cannot create receiving socket" : what;
  return new BindError(`${where} (${errorText(error)}) ${shown}`, retryable, step);
}

/** "Address already in use": the C library's words alone. */
export function errorText(error: unknown): string {
  const { message } = error as Error;
  if (error instanceof SystemError) return message.split(": ").slice(2).join(": ");
  return /^[A-Z]+: (.*?),/.exec(message)?.[1] ?? message;
}
