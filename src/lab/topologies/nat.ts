import type { Topology } from "../topology.js";
import { client, director, maskedServer, nic } from "./parts.js";

const vip = "192.168.4.5";
const gateway = "192.168.2.5";

/**
 * LVS-NAT between two networks. The director writes the web server's address over the VIP in what clients send, and the
 * VIP over the web server's in what comes back, which it does because it is the web servers' gateway.
 */
export const nat: Topology = {
  name: "nat",
  summary: "LVS-NAT: the director between the client's network and that of two web servers",
  networks: [
    { name: "vmnet4", prefix: "192.168.4.0/24" },
    { name: "vmnet2", prefix: "192.168.2.0/24" },
  ],
  hosts: [
    client(nic("eth0", "vmnet4", "192.168.4.10/24")),
    director(
      [nic("ens33", "vmnet4", `${vip}/24`), nic("ens37", "vmnet2", `${gateway}/24`)],
      [
        "-C",
        `-A -t ${vip}:80 -s rr`,
        `-a -t ${vip}:80 -r 192.168.2.100:80 -m`,
        `-a -t ${vip}:80 -r 192.168.2.200:80 -m`,
      ],
    ),
    maskedServer("web1", nic("ens33", "vmnet2", "192.168.2.100/24"), gateway),
    maskedServer("web2", nic("ens33", "vmnet2", "192.168.2.200/24"), gateway),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
};
