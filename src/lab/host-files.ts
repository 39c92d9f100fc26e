import { haproxyFile, packagedHaproxyFile } from "./haproxy.js";
import { keepalivedFile } from "./keepalived.js";
import { mended } from "./keepalived-config.js";
import { nginxFile, packagedNginxFile } from "./nginx.js";
import { formatIfcfg, scripts } from "./stand-ins/ifcfg.js";
import { folderOf } from "./state.js";
import type { AddressSpec, HostSpec } from "./topology.js";

/** Where a host's web server has its pages. */
export const webRoot = "/var/www/html";

/** What a host's disk has when it is new, besides the machine's own files: the little that tells hosts apart. */
export function filesOf(spec: HostSpec, bare: boolean, lab: string): Record<string, string> {
  const { name, web, keepalived, haproxy, nginx } = spec;
  const service = (name: string) => `#!/bin/sh\nexec ${folderOf(lab)}/shims/service ${name} "$@"\n`;
  return {
    ...scriptsOf(spec, bare),
    "/etc/init.d/iptables": service("iptables"),
    "/etc/init.d/keepalived": service("keepalived"),
    "/etc/init.d/haproxy": service("haproxy"),
    "/etc/init.d/nginx": service("nginx"),
    "/etc/hostname": `${name}\n`,
    "/etc/hosts": `127.0.0.1\tlocalhost\n127.0.1.1\t${name}\n::1\tlocalhost ip6-localhost ip6-loopback\n`,
    // Nobody answers questions for names in a lab: none is asked.
    "/etc/resolv.conf": "",
    "/etc/sysctl.conf":
      "# Kernel settings of this host, for `sysctl -p`: a line each, as net.ipv4.ip_forward = 1\n",
    ...(keepalived && !bare ? { [keepalivedFile]: mended(spec) } : {}),
    ...(nginx ? nginxFiles(bare ? packagedNginxFile : nginx.config) : {}),
    ...(haproxy ? { [haproxyFile]: bare ? packagedHaproxyFile : haproxy.config } : {}),
    ...(web && !bare ? { [`${webRoot}/index.html`]: web.page } : {}),
  };
}

/** What nginx reads and writes to, and its package's page. */
const nginxFiles = (config: string): Record<string, string> => ({
  [nginxFile]: config,
  "/var/log/nginx/error.log": "",
  "/usr/share/nginx/html/index.html": "Welcome to nginx!\n",
});

/** Files for its interfaces in Red Hat's way, for `service network restart` and `nmcli`; where they are bare, with no address. */
function scriptsOf(
  { interfaces, loopback = [], routes = [] }: HostSpec,
  bare: boolean,
): Record<string, string> {
  const gateway = routes.find(({ to }) => to === "default")?.via;
  const files: [string, Record<string, string>][] = [
    ["lo", { DEVICE: "lo", IPADDR: "127.0.0.1", NETMASK: "255.0.0.0", ONBOOT: "yes", NAME: "loopback" }],
  ];
  const further = (device: string, addresses: readonly AddressSpec[]) => {
    for (const [index, { address, label = `${device}:${index}` }] of addresses.entries())
      files.push([label, { DEVICE: label, ...parts(address), ONBOOT: "yes", NAME: label }]);
  };
  for (const [index, { name, addresses }] of interfaces.entries()) {
    const common = { TYPE: "Ethernet", BOOTPROTO: "none", NAME: name, DEVICE: name };
    const [first, ...rest] = bare ? [] : addresses;
    const own = first ? { ...parts(first.address), ONBOOT: "yes" } : { ONBOOT: "no" };
    const way = gateway !== undefined && !bare && index === 0 ? { GATEWAY: gateway } : {};
    files.push([name, { ...common, ...own, ...way }]);
    further(name, rest);
  }
  if (!bare) further("lo", loopback);
  return Object.fromEntries(
    files.map(([name, values]) => [`${scripts}/ifcfg-${name}`, formatIfcfg(new Map(Object.entries(values)))]),
  );
}

function parts(address: string): { IPADDR: string; PREFIX: string } {
  const [IPADDR = "", PREFIX = ""] = address.split("/");
  return { IPADDR, PREFIX };
}
