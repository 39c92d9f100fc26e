import type { KeepalivedConfig, VrrpInstance } from "../model/index.js";
import type { Note } from "./lint.js";

const vips = (instance: VrrpInstance) =>
  instance.addresses
    .map(({ address }) => address.toString())
    .sort()
    .join(" ");

/** Files of several routers: what has to be the same, or different, in the instances of one virtual router id. */
export function lintPeers(configs: readonly KeepalivedConfig[], note: Note): void {
  const all = configs.flatMap((config, index) => config.instances.map((instance) => ({ instance, index })));
  for (const [i, { instance: one, index }] of all.entries())
    for (const { instance: other, index: otherIndex } of all.slice(i + 1)) {
      if (index === otherIndex || one.family !== other.family) continue;
      const say = (code: string, message: string, remedy: string) =>
        note(other.at, code, `(${other.name}) ${message}`, { remedy });
      const where = `${one.at.file}:${one.at.line}`;
      if (one.virtualRouterId !== other.virtualRouterId) {
        if (vips(one) === vips(other) && one.addresses.length > 0)
          say(
            "peer-id",
            `has the VIPs of ${where} and another virtual_router_id (${other.virtualRouterId}, there ${one.virtualRouterId}): both will be master`,
            "Write one id in both files.",
          );
        continue;
      }
      if (one.version !== other.version)
        say(
          "peer-version",
          `speaks VRRP version ${other.version}, ${where} version ${one.version}`,
          "Write one version in both files.",
        );
      else if (one.advertInterval !== other.advertInterval && one.version === 2)
        say(
          "peer-interval",
          `advert_int is ${other.advertInterval / 1000}, at ${where} ${one.advertInterval / 1000}: with version 2 they drop each other's packets`,
          "Write one advert_int in both files.",
        );
      if (
        one.authentication?.password !== other.authentication?.password ||
        one.authentication?.type !== other.authentication?.type
      )
        say(
          "peer-password",
          `authentication is not that of ${where}: they drop each other's packets and both will be master`,
          "Write one auth_type and auth_pass in both files.",
        );
      if (one.priority === other.priority)
        say(
          "peer-priority",
          `has the priority of ${where}, ${one.priority}: the higher address becomes master`,
          "Write different priorities.",
        );
      if (vips(one) !== vips(other))
        say(
          "peer-vips",
          `has other VIPs than ${where}`,
          "The addresses of one virtual router are the same in all files.",
        );
      if (one.unicast !== other.unicast)
        say(
          "peer-unicast",
          `${other.unicast ? "speaks to unicast_peer" : "speaks by multicast"}, ${where} does not: they don't hear each other`,
          "Write unicast_peer in both files, or in none.",
        );
    }
}
