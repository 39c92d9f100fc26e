import type { Topology } from "../topology.js";
import { client, director, maskedServer, nic } from "./parts.js";

const vip = "8.8.8.8";
const gateway = "192.168.10.1";

/** LVS-NAT between a public network and a private one. 8.8.8.8 is the director here: a lab has no way out. */
export const nat8: Topology = {
  name: "nat-8",
  summary: "LVS-NAT from a public address, 8.8.8.8, to two web servers with private ones",
  networks: [
    { name: "vm1", prefix: "8.8.8.0/24" },
    { name: "vm2", prefix: "192.168.10.0/24" },
  ],
  hosts: [
    client(nic("eth0", "vm1", "8.8.8.1/24")),
    director(
      [nic("eth0", "vm1", `${vip}/24`), nic("eth1", "vm2", `${gateway}/24`)],
      [
        "-C",
        `-A -t ${vip}:80 -s rr`,
        `-a -t ${vip}:80 -r 192.168.10.2:80 -m`,
        `-a -t ${vip}:80 -r 192.168.10.3:80 -m`,
      ],
    ),
    maskedServer("web1", nic("eth1", "vm2", "192.168.10.2/24"), gateway),
    maskedServer("web2", nic("eth1", "vm2", "192.168.10.3/24"), gateway),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
};
