import type { Topology } from "../topology.js";
import { client, director, directServer, nic } from "./parts.js";

const vip = "192.168.4.15";

/**
 * LVS-DR on one network. The director takes requests for the VIP and sends each on to a web server by changing its
 * MAC addresses only; the web server, which has the VIP too, answers the client itself, past the director.
 */
export const dr: Topology = {
  name: "dr",
  summary: "LVS-DR: one director, two web servers and a client on one network",
  networks: [{ name: "vmnet4", prefix: "192.168.4.0/24" }],
  hosts: [
    client(nic("eth0", "vmnet4", "192.168.4.10/24")),
    director(
      [nic("ens33", "vmnet4", "192.168.4.5/24", { address: `${vip}/24`, label: "ens33:0" })],
      ["-C", `-A -t ${vip}:80 -s rr`, `-a -t ${vip}:80 -r 192.168.4.100`, `-a -t ${vip}:80 -r 192.168.4.200`],
    ),
    directServer("web1", nic("ens37", "vmnet4", "192.168.4.100/24"), vip),
    directServer("web2", nic("ens37", "vmnet4", "192.168.4.200/24"), vip),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
};
