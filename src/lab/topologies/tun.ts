import type { Topology } from "../topology.js";
import { client, director, nic, tunnelServer } from "./parts.js";

const vip = "200.168.10.10";

/**
 * LVS-TUN on one network. The director puts each packet as it is into one of its own to a web server, which takes it out
 * again and answers the client itself. The notes put the director's VIP on tunl0; here it stands on eth0:0.
 */
export const tun: Topology = {
  name: "tun",
  summary: "LVS-TUN: the director sends requests on in IP tunnels, the web servers answer past it",
  networks: [{ name: "vm1", prefix: "200.168.10.0/24" }],
  hosts: [
    client(nic("eth0", "vm1", "200.168.10.4/24")),
    director(
      [nic("eth0", "vm1", "200.168.10.1/24", { address: `${vip}/32`, label: "eth0:0" })],
      [
        "-C",
        `-A -t ${vip}:80 -s rr`,
        `-a -t ${vip}:80 -r 200.168.10.2:80 -i`,
        `-a -t ${vip}:80 -r 200.168.10.3:80 -i`,
      ],
    ),
    tunnelServer("web1", nic("eth0", "vm1", "200.168.10.2/24"), vip),
    tunnelServer("web2", nic("eth0", "vm1", "200.168.10.3/24"), vip),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
};
