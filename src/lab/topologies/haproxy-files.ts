import { packagedHaproxyFile } from "../haproxy.js";

// haproxy.cfg as the course notes have it, its slips put right: the second `listen stats` has a name of its own, the realm of two words a
// backslash, and the address stands on a line of its own (`listen NAME ADDRESS` is the form of HAProxy 1.4).

/** A cluster of web servers with weights, each checked every two seconds, and the statistics' page at port 1080. */
export const haproxyFileFor = (servers: readonly { readonly address: string; readonly weight: number }[]) =>
  `${packagedHaproxyFile}listen web
    bind 0.0.0.0:80
    balance  roundrobin
${servers.map(({ address, weight }, index) => `    server web${index + 1} ${address}:80 check inter 2s rise 2 fall 3 weight ${weight}\n`).join("")}
listen stats
    bind *:1080
    stats refresh 30s
    stats uri /stats
    stats realm Haproxy\\ Manager
    stats auth admin:admin
`;
