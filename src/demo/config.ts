import type { WebServer } from "./web-servers.js";

/** What the demo's proxy is told, which is a haproxy.cfg as anybody would write it. */
export function demoConfig(port: number, servers: readonly WebServer[], password: string): string {
  return `# Written by \`rondo demo\`.
global
    nbthread 1
    maxconn 1000

defaults
    mode http
    option forwardfor
    option redispatch
    retries 3
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    timeout check 2s

frontend site
    bind 127.0.0.1:${port}
    stats uri /stats
    stats refresh 2s
    stats auth admin:${password}
    stats admin if TRUE
    default_backend web

backend web
    balance roundrobin
    option httpchk HEAD /
${servers.map(({ name, port: at }) => `    server ${name} 127.0.0.1:${at} check inter 500ms rise 2 fall 2\n`).join("")}`;
}
