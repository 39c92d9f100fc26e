/** A server of an upstream, with its weight. */
interface Backend {
  readonly address: string;
  readonly weight: number;
}

const head = `user root;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log notice;

events {
    worker_connections 1024;
}

`;

const servers = (backends: readonly Backend[], port: number) =>
  backends
    .map(
      ({ address, weight }) =>
        `        server ${address}:${port} weight=${weight} max_fails=2 fail_timeout=5s;\n`,
    )
    .join("");

/** Layer 7: requests are shared, one that meets a dead server goes to the next, and an expression leads some elsewhere. */
export const nginxHttpFile = (backends: readonly Backend[]): string => `${head}http {
    log_format main '$remote_addr "$request" $status $upstream_addr';
    access_log /var/log/nginx/access.log main;

    upstream web {
${servers(backends, 80)}        keepalive 16;
    }

    server {
        listen 80;

        location / {
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_connect_timeout 1s;
        }

        location ~* \\.(gif|jpe?g|png)$ {
            return 200 "an image would be here: $uri\\n";
        }

        location = /nginx_status {
            stub_status;
        }
    }
}
`;

/** Layer 4: connections are shared, whatever they carry. */
export const nginxStreamFile = (backends: readonly Backend[]): string => `${head}stream {
    log_format main '$remote_addr $protocol $status $bytes_sent $bytes_received $upstream_addr';
    access_log /var/log/nginx/stream.log main;

    upstream web {
${servers(backends, 80)}    }

    server {
        listen 80;
        proxy_connect_timeout 1s;
        proxy_timeout 1m;
        proxy_pass web;
    }
}
`;
