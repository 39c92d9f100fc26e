import type { HostSpec, Topology } from "../topology.js";
import { nginxHttpFile } from "./nginx-files.js";
import { client, nginxProxy, nic, trackingKeepalivedFile, webServer } from "./parts.js";

const vip = "192.168.4.80";

const pair = (name: string, number: number, state: "MASTER" | "BACKUP", priority: number): HostSpec => ({
  ...nginxProxy(
    name,
    [nic("ens33", "vmnet4", `192.168.4.${number}/24`), nic("ens37", "vmnet2", `192.168.2.${number}/24`)],
    nginxHttpFile([
      { address: "192.168.2.100", weight: 1 },
      { address: "192.168.2.200", weight: 1 },
    ]),
  ),
  keepalived: { config: trackingKeepalivedFile("nginx", { name, state, priority, vip }) },
});

/** Two proxies with one VIP: keepalived moves it when a proxy's host dies, and when its nginx does. */
export const nginxKeepalived: Topology = {
  name: "nginx-keepalived",
  summary: "Nginx with Keepalived: two proxies and one VIP, which leaves a proxy that has ended",
  networks: [
    { name: "vmnet4", prefix: "192.168.4.0/24" },
    { name: "vmnet2", prefix: "192.168.2.0/24" },
  ],
  hosts: [
    client(nic("eth0", "vmnet4", "192.168.4.10/24")),
    pair("proxy1", 5, "MASTER", 100),
    pair("proxy2", 6, "BACKUP", 80),
    webServer("web1", nic("ens33", "vmnet2", "192.168.2.100/24")),
    webServer("web2", nic("ens33", "vmnet2", "192.168.2.200/24")),
  ],
  vips: [vip],
  traffic: { from: "client", address: vip, port: 80 },
};
