import type { HostSpec } from "./topology.js";

/** Where a host's web server has its pages. */
export const webRoot = "/var/www/html";

/** What a host's disk has when it is new, besides the machine's own files: the little that tells hosts apart. */
export function filesOf({ name, web }: HostSpec, bare: boolean): Record<string, string> {
  return {
    "/etc/hostname": `${name}\n`,
    "/etc/hosts": `127.0.0.1\tlocalhost\n127.0.1.1\t${name}\n::1\tlocalhost ip6-localhost ip6-loopback\n`,
    // Nobody answers questions for names in a lab: none is asked.
    "/etc/resolv.conf": "",
    "/etc/sysctl.conf":
      "# Kernel settings of this host, for `sysctl -p`: a line each, as net.ipv4.ip_forward = 1\n",
    ...(web && !bare ? { [`${webRoot}/index.html`]: web.page } : {}),
  };
}
