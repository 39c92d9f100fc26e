import type { Topology } from "../topology.js";
import { client, director, directServer, nic } from "./parts.js";

const vip = "172.16.100.1";

/**
 * LVS-DR with weights: made with wlc and equal weights, then adjusted to wrr and three to one while it is there, so that
 * three of four requests come to web1.
 */
export const dr172: Topology = {
  name: "dr-172",
  summary: "LVS-DR with weights: wlc 2 and 2, then adjusted to wrr 3 and 1",
  networks: [{ name: "vmnet0", prefix: "172.16.0.0/16" }],
  hosts: [
    client(nic("eth0", "vmnet0", "172.16.100.3/16")),
    director(
      [nic("eth0", "vmnet0", "172.16.100.2/16", { address: `${vip}/16`, label: "eth0:0" })],
      [
        "-C",
        `-A -t ${vip}:80 -s wlc`,
        `-a -t ${vip}:80 -r 172.16.100.7 -g -w 2`,
        `-a -t ${vip}:80 -r 172.16.100.8 -g -w 2`,
        `-E -t ${vip}:80 -s wrr`,
        `-e -t ${vip}:80 -r 172.16.100.7 -g -w 3`,
        `-e -t ${vip}:80 -r 172.16.100.8 -g -w 1`,
      ],
    ),
    directServer("web1", nic("eth0", "vmnet0", "172.16.100.7/16"), vip),
    directServer("web2", nic("eth0", "vmnet0", "172.16.100.8/16"), vip),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
};
