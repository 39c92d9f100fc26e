import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { rondoPath } from "../src/package-root.js";

/** Ports of 127.0.0.1 that the web server and the proxy of the moment have. */
export const port = { backend: 21_800, proxy: 21_801 };

/** What is measured. */
export interface Contestant {
  readonly name: string;
  /** Whom its figures are put beside. */
  readonly peer?: string;
  /** The command that starts it on the port of the proxy; none for "direct", which asks the web server itself. */
  readonly start?: (folder: string) => readonly string[];
}

const haproxyFile = (mode: "http" | "tcp") => `global
    nbthread 1
    maxconn 4000
defaults
    mode ${mode}
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen web
    bind 127.0.0.1:${port.proxy}
    server s1 127.0.0.1:${port.backend}
`;

/** @param module a line that nginx needs for what isn't part of it; ours has all */
const nginxFile = (kind: "http" | "stream", folder: string, module: string) => `worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log;
${module}events { worker_connections 4000; }
${
  kind === "http"
    ? `http { access_log off; upstream web { server 127.0.0.1:${port.backend}; keepalive 64; }
server { listen 127.0.0.1:${port.proxy}; keepalive_requests 1000000000; location / { proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`
    : `stream { server { listen 127.0.0.1:${port.proxy}; proxy_pass 127.0.0.1:${port.backend}; } }`
}
`;

/** Writes a file and gives its path. */
export const written = (folder: string, name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const streamModule = "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n";
const rondo = [process.execPath, rondoPath];

export const contestants: readonly Contestant[] = [
  { name: "direct" },
  ...(["http", "tcp"] as const).flatMap((mode): Contestant[] => {
    const file = (folder: string) => written(folder, `${mode}.cfg`, haproxyFile(mode));
    const peer = `haproxy-${mode}`;
    return [
      { name: peer, start: (folder) => ["haproxy", "-db", "-f", file(folder)] },
      { name: `ours-${mode}`, peer, start: (folder) => [...rondo, "haproxy", "-db", "-f", file(folder)] },
    ];
  }),
  ...(["http", "stream"] as const).flatMap((kind): Contestant[] => {
    const file = (folder: string, module = "") =>
      written(folder, `${kind}.conf`, nginxFile(kind, folder, module));
    const peer = `nginx-${kind}`;
    const module = kind === "stream" ? streamModule : "";
    return [
      { name: peer, start: (folder) => ["nginx", "-c", file(folder, module)] },
      { name: `ours-${peer}`, peer, start: (folder) => [...rondo, "nginx", "-c", file(folder)] },
    ];
  }),
];
