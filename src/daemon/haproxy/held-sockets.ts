import { type BindFailure, bindFailureText } from "../../haproxy/assemble/bind-error.js";
import type { BindOptions } from "../../haproxy/assemble/binding.js";
import type { ListenerPlan } from "../../haproxy/assemble/listener-plan.js";
import { OfferedSockets } from "../../haproxy/assemble/offered-sockets.js";
import { type BoundSockets, bindAll } from "../../haproxy/assemble/sockets.js";
import { close, duplicate } from "../../sys/index.js";
import type { Messages } from "./messages.js";

/** Says which listeners couldn't be bound, and that nothing comes of it. */
export function tellBindFailures(failures: readonly BindFailure[], messages: Messages): void {
  for (const failure of failures) messages.alert(bindFailureText(failure));
  messages.alert("[haproxy.main()] Some protocols failed to start their listeners! Exiting.");
}

/** The sockets that a configuration's listeners have, held for those who serve. Inherited ones (`fd@N`) are never closed: they are whoever's started us. */
export class HeldSockets {
  readonly #plans: readonly ListenerPlan[];
  readonly #bound: BoundSockets;

  constructor(plans: readonly ListenerPlan[] = [], bound: BoundSockets = new Map()) {
    this.#plans = plans;
    this.#bound = bound;
  }

  /** Descriptors that aren't inherited. */
  get own(): number[] {
    return [...this.#bound].filter(([index]) => !this.#isInherited(index)).map(([, fd]) => fd);
  }

  /** Who connects is refused from now on, where nobody else has them. */
  close(): void {
    for (const fd of this.own) close(fd);
    this.#bound.clear();
  }

  closeListener(index: number): void {
    const fd = this.#bound.get(index);
    if (fd === undefined || this.#isInherited(index)) return;
    close(fd);
    this.#bound.delete(index);
  }

  /** Binds what another configuration wants, taking what is there; these stay as they are. undefined: it failed, and was said. */
  rebind(plans: readonly ListenerPlan[], options: BindOptions, messages: Messages): HeldSockets | undefined {
    const offered = new OfferedSockets();
    // A copy, so that what isn't taken can be closed.
    for (const fd of this.own) offered.add(duplicate(fd));
    const bound: BoundSockets = new Map();
    const failures = bindAll(plans, offered, options, bound);
    offered.close();
    const held = new HeldSockets(plans, bound);
    if (failures.length === 0) return held;
    tellBindFailures(failures, messages);
    held.close();
    return undefined;
  }

  #isInherited(index: number): boolean {
    const address = this.#plans[index]?.bind.address;
    return address !== undefined && "fd" in address;
  }
}
