import { IpAddress } from "../../../wire/address.js";
import { sameNetwork } from "../values/addresses.js";
import type { Lint } from "./lint.js";

/** Networks that an interface is in. */
function networks(addresses: readonly string[]): { address: IpAddress; prefixLength: number }[] {
  return addresses.flatMap((text) => {
    const [address, length] = text.split("/");
    const parsed = IpAddress.parse(address ?? "");
    return parsed
      ? [{ address: parsed, prefixLength: Number(length ?? (parsed.family === 4 ? 32 : 128)) }]
      : [];
  });
}

/** VIPs that are in no network of their interface: hosts of the link won't ask for them. */
export const lintVipNetworks: Lint = (config, note, world) => {
  for (const instance of config.instances)
    for (const vip of [...instance.addresses, ...instance.excludedAddresses]) {
      const device = vip.device ?? instance.interface;
      const facts = world.interface(device);
      if (!facts) continue;
      const own = networks(facts.addresses).filter(({ address }) => address.family === vip.address.family);
      const whole = vip.address.family === 4 ? 32 : 128;
      if (own.length === 0 || vip.prefixLength < whole) continue;
      if (!own.some(({ address, prefixLength }) => sameNetwork(address, vip.address, prefixLength)))
        note(
          vip.at,
          "vip-network",
          `(${instance.name}) VIP ${vip.address} is in no network of ${device} (${facts.addresses.join(", ")})`,
          {
            remedy: "Hosts of that link reach it only by a route; if that is meant, write its prefix length.",
          },
        );
      if (own.some(({ address }) => address.equals(vip.address)) && instance.priority !== 255)
        note(
          vip.at,
          "vip-configured",
          `(${instance.name}) VIP ${vip.address} is an address of ${device} already`,
          {
            remedy: "Take it off the interface: two routers would hold it.",
          },
        );
    }
};

/** One VIP in two instances. */
export const lintVipTwice: Lint = (config, note) => {
  const seen = new Map<string, string>();
  for (const instance of config.instances)
    for (const vip of [...instance.addresses, ...instance.excludedAddresses]) {
      const key = `${vip.address} ${vip.device ?? instance.interface}`;
      const other = seen.get(key);
      if (other !== undefined)
        note(
          vip.at,
          "vip-twice",
          `(${instance.name}) VIP ${vip.address} is ${other === instance.name ? "there twice" : `one of ${other} too`}`,
          {
            remedy: "Take one of them away: whichever loses it takes it from the other.",
          },
        );
      seen.set(key, instance.name);
    }
};
