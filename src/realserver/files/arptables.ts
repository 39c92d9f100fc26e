import { RondoError } from "../../errors.js";
import { type HostState, ownersOf } from "../host-state.js";
import type { Plan } from "../plan.js";
import { takingLinks } from "../plan-direct.js";
import { type FileMaker, moduleFiles } from "./file.js";

/**
 * Rules of arptables(8) instead of arp_ignore and arp_announce: who asks for the VIP gets no answer, and what this host asks with
 * the VIP as its own address it asks with that of its interface.
 */
export const arptables: FileMaker = (plan, state) => {
  const { wanted } = plan;
  if (wanted.method === "nat")
    throw nothing("a real server by NAT has no VIP: nobody asks it by ARP", "--print sysctl");
  const { vip } = wanted;
  if (vip.family === 6)
    throw nothing(
      "IPv6 has no ARP, and needs nothing in its place: the kernel answers for an interface's own addresses alone",
      "--print networkd",
    );
  return [
    ...moduleFiles(plan, state),
    {
      path: "/etc/sysconfig/arptables",
      about: `Red Hat's service arptables reads it; elsewhere: arptables-restore < FILE. Before the VIP is on ${wanted.method === "tun" && wanted.kernel ? "tunl0" : "lo"}`,
      lines: [
        "*filter",
        ":INPUT ACCEPT",
        ":OUTPUT ACCEPT",
        `-A INPUT -j DROP -d ${vip}`,
        ...rules(plan, state, vip.toString()),
      ],
    },
  ];
};

function rules({ wanted }: Plan, state: HostState, vip: string): string[] {
  const links = takingLinks(wanted.interfaces, state);
  const lines = links.flatMap(({ name }) => {
    const own = state.addresses.find(
      ({ link, address }) => link === name && address.family === 4 && ownersOf(state, address).length === 1,
    );
    return own ? [`-A OUTPUT -j mangle -o ${name} -s ${vip} --mangle-ip-s ${own.address}`] : [];
  });
  if (lines.length > 0) return lines;
  throw new RondoError(
    "no-rip",
    "no Ethernet interface that is up has an IPv4 address: with what is the host to ask?",
    {
      remedy: "Give it its own address (its RIP) first.",
    },
  );
}

const nothing = (message: string, instead: string) =>
  new RondoError("no-arptables", message, { exitStatus: 2, remedy: `What it needs: ${instead}` });
