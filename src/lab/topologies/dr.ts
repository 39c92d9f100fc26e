import type { HostSpec, Topology } from "../topology.js";

const vip = "192.168.4.15";

/** A real server: the VIP on lo with a mask of its own, and a host that neither answers ARP for it nor asks with it. */
function realServer(name: string, address: string): HostSpec {
  return {
    name,
    role: "server",
    interfaces: [{ name: "ens37", network: "vmnet4", addresses: [{ address: `${address}/24` }] }],
    loopback: [{ address: `${vip}/32`, label: "lo:0" }],
    sysctls: {
      "net.ipv4.conf.all.arp_ignore": "1",
      "net.ipv4.conf.all.arp_announce": "2",
      "net.ipv4.conf.lo.arp_ignore": "1",
      "net.ipv4.conf.lo.arp_announce": "2",
    },
    web: { port: 80, page: `${address}\n` },
  };
}

/**
 * LVS-DR on one network. The director takes requests for the VIP and sends each on to a web server by changing its
 * MAC addresses only; the web server, which has the VIP too, answers the client itself, past the director.
 */
export const dr: Topology = {
  name: "dr",
  summary: "LVS-DR: one director, two web servers and a client on one network",
  networks: [{ name: "vmnet4", prefix: "192.168.4.0/24" }],
  hosts: [
    {
      name: "client",
      role: "client",
      interfaces: [{ name: "eth0", network: "vmnet4", addresses: [{ address: "192.168.4.10/24" }] }],
    },
    {
      name: "director",
      role: "director",
      interfaces: [
        {
          name: "ens33",
          network: "vmnet4",
          addresses: [{ address: "192.168.4.5/24" }, { address: `${vip}/24`, label: "ens33:0" }],
        },
      ],
      sysctls: { "net.ipv4.ip_forward": "1" },
      rules: [
        "-C",
        `-A -t ${vip}:80 -s rr`,
        `-a -t ${vip}:80 -r 192.168.4.100`,
        `-a -t ${vip}:80 -r 192.168.4.200`,
      ],
    },
    realServer("web1", "192.168.4.100"),
    realServer("web2", "192.168.4.200"),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
};
