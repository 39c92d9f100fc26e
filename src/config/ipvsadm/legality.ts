import { fail } from "./failure.js";
import {
  acceptance,
  accepts,
  type CommandName,
  type Slot,
  slots,
  tunnelAccepts,
  tunnelSlots,
} from "./options.js";

/** Refuses what is missing, illegal or exclusive among the slots of a command, in the order of the slots. */
export function checkSlots(command: CommandName, filled: ReadonlySet<Slot>): void {
  check(slots, filled, (slot) => acceptance(accepts[command], slot), "command", command);
}

/** The same for the slots that a tunnel type wants. */
export function checkTunnelSlots(type: keyof typeof tunnelAccepts, filled: ReadonlySet<Slot>): void {
  check(tunnelSlots, filled, (slot) => acceptance(tunnelAccepts[type], slot), "tunnel type", type);
}

function check(
  all: readonly Slot[],
  filled: ReadonlySet<Slot>,
  acceptanceOf: (slot: Slot) => ReturnType<typeof acceptance>,
  what: string,
  name: string,
): void {
  let exclusive: Slot | undefined;
  for (const slot of all) {
    const accepted = acceptanceOf(slot);
    if (!filled.has(slot)) {
      if (accepted === "required") fail(`You need to supply the '${slot}' option for the '${name}' ${what}`);
    } else if (!accepted) fail(`Illegal '${slot}' option with the '${name}' ${what}`);
    else if (accepted === "exclusive") {
      if (exclusive)
        fail(`The option '${slot}' conflicts with the '${exclusive}' option in the '${name}' ${what}`);
      exclusive = slot;
    }
  }
}
