import type { DaemonKind } from "./daemon.js";

/** What nginx reads, in the terms of its host. */
export const nginxFile = "/etc/nginx/nginx.conf";

/** A master and its worker, in the foreground: `systemctl reload` is a signal to the master. */
export const nginx: DaemonKind = {
  name: "nginx",
  pidFile: "/run/nginx.pid",
  file: nginxFile,
  words: ["-c", nginxFile, "-g", "daemon off;"],
};

/** The file that the package brings, as far as it matters here: a page of its own at port 80. */
export const packagedNginxFile = `user root;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;

events {
    worker_connections 1024;
}

http {
    default_type application/octet-stream;
    access_log /var/log/nginx/access.log;
    keepalive_timeout 65;

    server {
        listen 80;
        root /usr/share/nginx/html;
    }
}
`;
