import type { HostSpec, Topology } from "../topology.js";
import { vrrpPart } from "./keepalived-files.js";
import { client, nic, webServer } from "./parts.js";

const vip = "192.168.4.80";
const networks = [{ name: "vmnet4", prefix: "192.168.4.0/24" }];

const web = (name: string, number: number, state: "MASTER" | "BACKUP", priority: number): HostSpec => ({
  ...webServer(name, nic("ens37", "vmnet4", `192.168.4.${number}/24`)),
  keepalived: { config: vrrpPart({ routerId: name, state, interface: "ens37", priority, vip }) },
});

/** Two web servers, one of which has the VIP: keepalived alone, with no director. */
export const keepalivedWeb: Topology = {
  name: "keepalived-web",
  summary: "Keepalived: two web servers, and the VIP at the one that is master",
  networks,
  hosts: [
    client(nic("eth0", "vmnet4", "192.168.4.10/24")),
    web("web1", 100, "MASTER", 100),
    web("web2", 200, "BACKUP", 50),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
};
