import { RondoError } from "../errors.js";
import { typed } from "../sys/index.js";
import type { IpAddress } from "../wire/index.js";
import {
  fullLength,
  type HostAddress,
  type HostState,
  isLinkLocal,
  linkNamed,
  ownersOf,
} from "./host-state.js";

/** Refuses a VIP that no director can have. */
export function checkVip(vip: IpAddress): void {
  const what = unfit(vip);
  if (what) throw new RondoError("bad-vip", `${vip} is ${what}, and no VIP`, { exitStatus: 2 });
}

function unfit(vip: IpAddress): string | undefined {
  const { family, bytes } = vip;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  if (zeros < 0) return "no address of a host";
  if (family === 4 ? bytes[0] === 127 : zeros === 15 && bytes[15] === 1) return "a loopback address";
  if (family === 4 ? bytes[0]! >> 4 === 14 : bytes[0] === 0xff) return "a multicast address";
  if (family === 4 && (bytes[0] === 0 || bytes[0]! >= 240)) return "no address of a host";
  return isLinkLocal(vip) ? "a link-local address" : undefined;
}

/** Refuses a VIP that this host can't have on `lo` beside what it has. */
export function checkRoomForVip(vip: IpAddress, state: HostState): void {
  checkVip(vip);
  if (vip.family === 6 && state.sysctl(["net", "ipv6", "conf", "lo", "disable_ipv6"]) !== "0")
    throw new RondoError("ipv6-off", "IPv6 is switched off on lo of this host, or the kernel has none", {
      remedy: "Switch it on: sysctl -w net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.lo.disable_ipv6=0",
    });
  for (const owner of ownersOf(state, vip)) checkOwner(owner, state);
  if (state.routes.some(({ hops }) => hops.some(({ gateway }) => gateway?.equals(vip))))
    throw new RondoError(
      "vip-is-gateway",
      `${vip} is a gateway of this host: with it on lo it would be lost`,
      {
        remedy:
          "Give the gateway an address of its own beside the VIP (the director's DIP), and route by that.",
      },
    );
}

/** Refuses an address on a device from which others learn of it. */
function checkOwner({ link, address, prefixLength }: HostAddress, state: HostState): void {
  const text = `${address}/${prefixLength}`;
  const remove = typed`ip addr del ${text} dev ${link}`;
  const device = linkNamed(state, link);
  if (device?.loopback) {
    if (prefixLength === fullLength(address)) return;
    throw new RondoError(
      "vip-prefix",
      `lo has ${text}: with this prefix the host takes all of that network for itself`,
      {
        remedy: `Remove it (${remove}), and say it again: it will be put there with /${fullLength(address)}.`,
      },
    );
  }
  // Nothing is plugged into these: nobody learns of it there.
  if (device?.kind === "dummy" || (device && device.hardwareType !== 1)) return;
  const first = state.addresses.find((one) => one.link === link && one.address.family === address.family);
  if (first?.address.equals(address) && prefixLength < fullLength(address))
    throw new RondoError("vip-is-rip", `${text} is this host's own address on ${link}: its RIP, and no VIP`, {
      remedy: "Name the address that the director has, and clients ask (ipvsadm -A -t VIP:PORT).",
    });
  throw new RondoError(
    "vip-elsewhere",
    `${link} has ${text}: this host answers ARP for the VIP there, as if it were the director`,
    { remedy: `If it is no director, remove it: ${remove}` },
  );
}
