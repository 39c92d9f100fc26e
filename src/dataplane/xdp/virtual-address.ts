import { Bytes, when } from "../../asm/index.js";
import { type AttemptView, isIpv6 } from "./flow.js";
import { Attempt } from "./layout.js";

/** Copies the virtual address of an attempt to 16 bytes that are zero; IPv4's fills the first four. */
export function fillVirtual(place: Bytes, attempt: AttemptView): void {
  when(
    isIpv6(attempt.ports),
    () => place.copy(new Bytes(attempt.base, attempt.offset + Attempt.offsetOf("addresses") + 16, 16)),
    () => place.putWord(0, attempt.addresses.at(0).high),
  );
}
