import type { DaemonKind } from "./daemon.js";

/** What haproxy reads, in the terms of its host. */
export const haproxyFile = "/etc/haproxy/haproxy.cfg";

/** A master and its worker, as Debian's unit file has it: `systemctl reload` is then a signal to the master. */
export const haproxy: DaemonKind = {
  name: "haproxy",
  pidFile: "/run/haproxy.pid",
  file: haproxyFile,
  words: ["-W", "-f", haproxyFile, "-p", "/run/haproxy.pid"],
};

/** The file that the package brings, which people add their sections to; as far as it matters here. */
export const packagedHaproxyFile = `global
    maxconn 4000
    stats socket /run/haproxy.sock mode 600 level admin

defaults
    mode http
    log global
    option httplog
    option dontlognull
    option forwardfor except 127.0.0.0/8
    option redispatch
    retries 3
    timeout http-request 10s
    timeout queue 1m
    timeout connect 10s
    timeout client 1m
    timeout server 1m
    timeout http-keep-alive 10s
    timeout check 10s
    maxconn 3000

`;
