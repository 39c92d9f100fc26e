import type { HostSpec, Topology } from "../topology.js";
import { virtualServerPart, vrrpPart } from "./keepalived-files.js";
import { client, director, directServer, nic } from "./parts.js";

const vip = "192.168.4.15";
const servers = ["192.168.4.100", "192.168.4.200"];
const card = (number: number) => nic("ens33", "vmnet4", `192.168.4.${number}/24`);

/** The director that has the VIP unless something is wrong with it: keepalived gives it its rules, too. */
const first = withKeepalived("lvs1", 5, "MASTER", 100);
const second = withKeepalived("lvs2", 6, "BACKUP", 80);

function withKeepalived(
  name: string,
  number: number,
  state: "MASTER" | "BACKUP",
  priority: number,
): HostSpec {
  const vrrp = vrrpPart({ routerId: name, state, interface: "ens33", priority, vip });
  return {
    ...director([card(number)], []),
    name,
    keepalived: { config: `${vrrp}${virtualServerPart(vip, servers)}` },
  };
}

const cluster = (secondDirector: HostSpec) => ({
  networks: [{ name: "vmnet4", prefix: "192.168.4.0/24" }],
  hosts: [
    client(nic("eth0", "vmnet4", "192.168.4.10/24")),
    first,
    secondDirector,
    directServer("web1", nic("ens37", "vmnet4", "192.168.4.100/24"), vip),
    directServer("web2", nic("ens37", "vmnet4", "192.168.4.200/24"), vip),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
});

/** LVS-DR with two directors: keepalived moves the VIP, checks the web servers, and gives both directors their rules. */
export const keepalivedDr: Topology = {
  name: "keepalived-dr",
  summary: "Keepalived with LVS-DR: two directors and one VIP, two web servers that are checked",
  ...cluster(second),
};

/**
 * The same with Debian's keepalived on the second director. That one moves the VIP only: it can give rules to nothing but the
 * kernel's own ip_vs, so they are typed.
 */
export const keepalivedMixed: Topology = {
  name: "keepalived-mixed",
  summary: "as keepalived-dr, with Debian's own keepalived on the second director",
  ...cluster({
    ...second,
    rules: [`-A -t ${vip}:80 -s rr`, ...servers.map((server) => `-a -t ${vip}:80 -r ${server}`)],
    keepalived: {
      config: vrrpPart({ routerId: "lvs2", state: "BACKUP", interface: "ens33", priority: 80, vip }),
      program: "debian",
    },
  }),
};
