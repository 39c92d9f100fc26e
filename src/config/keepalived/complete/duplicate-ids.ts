import type { VrrpInstance } from "../model/index.js";
import type { Reading } from "../read/reading.js";

/** Two instances of one virtual router id on one interface: keepalived does not start with them. */
export function reportDuplicateIds(instances: readonly VrrpInstance[], reading: Reading): void {
  for (const [index, one] of instances.entries())
    for (const other of instances.slice(index + 1)) {
      if (
        one.family !== other.family ||
        one.virtualRouterId !== other.virtualRouterId ||
        one.unicast !== other.unicast
      )
        continue;
      const word = reading.instances
        .find((draft) => draft.name === other.name)!
        .said.get("virtual_router_id")!;
      const say = (message: string) =>
        reading.findings.add(word.at, "duplicate-id", message, {
          remedy: "Give each virtual router of an interface an id of its own, the same on all of its hosts.",
        });
      if (!one.unicast) {
        if (one.interface === other.interface)
          say(
            `${one.name} and ${other.name} both use VRID ${one.virtualRouterId} with IPv${one.family} on interface ${one.interface}`,
          );
      } else {
        const apart = one.interface !== "" && other.interface !== "" && one.interface !== other.interface;
        const sources =
          one.sourceAddress && other.sourceAddress && !one.sourceAddress.equals(other.sourceAddress);
        const shared = one.unicastPeers.some((a) =>
          other.unicastPeers.some((b) => a.address.equals(b.address)),
        );
        if (!apart && !sources && shared)
          say(`(${one.name}) duplicate VRID conflict with ${other.name} VRID ${one.virtualRouterId}`);
      }
    }
}
