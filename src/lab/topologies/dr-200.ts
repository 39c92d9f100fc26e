import type { Topology } from "../topology.js";
import { client, director, directServer, nic } from "./parts.js";

const vip = "200.168.10.10";

/** LVS-DR with public addresses throughout, as DR needs where clients come from the Internet: they see the VIP alone. */
export const dr200: Topology = {
  name: "dr-200",
  summary: "LVS-DR with public addresses: VIP 200.168.10.10 with a mask of its own",
  networks: [{ name: "vm1", prefix: "200.168.10.0/24" }],
  hosts: [
    client(nic("eth0", "vm1", "200.168.10.4/24")),
    director(
      [nic("eth0", "vm1", "200.168.10.1/24", { address: `${vip}/32`, label: "eth0:0" })],
      [
        "-C",
        `-A -t ${vip}:80 -s rr`,
        `-a -t ${vip}:80 -r 200.168.10.2:80 -g`,
        `-a -t ${vip}:80 -r 200.168.10.3:80 -g`,
      ],
    ),
    directServer("web1", nic("eth0", "vm1", "200.168.10.2/24"), vip),
    directServer("web2", nic("eth0", "vm1", "200.168.10.3/24"), vip),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
};
