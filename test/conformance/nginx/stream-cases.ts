import type { Compared } from "./stream-compare.js";

/** What a client does; it reads all the time, and closes at the end. */
export type ClientStep =
  | { readonly kind: "send"; readonly bytes: string | Buffer }
  /** Until so many bytes have come. */
  | { readonly kind: "receive"; readonly count: number }
  /** Half closes. */
  | { readonly kind: "finish" }
  /** Until the other side has closed. */
  | { readonly kind: "closed" }
  /** Leaves by RST. */
  | { readonly kind: "reset" };

/**
 * How a server behaves: echo sends back what comes, banner says "banner" and closes, late answers "late:" and what came when the client has ended, silent
 * says nothing, tls echoes over TLS, dead doesn't listen.
 */
export type Origin = "echo" | "banner" | "late" | "silent" | "tls" | "dead";

export interface StreamCase extends Compared {
  readonly name: string;
  readonly origins?: readonly Origin[];
  readonly client: readonly ClientStep[];
  readonly tls?: boolean;
}

export const send = (bytes: string | Buffer): ClientStep => ({ kind: "send", bytes });
export const receive = (count: number): ClientStep => ({ kind: "receive", count });
export const finish: ClientStep = { kind: "finish" };
export const closed: ClientStep = { kind: "closed" };
export const reset: ClientStep = { kind: "reset" };

const echoed = [send("hello"), receive(5)];
const offered = '"$ssl_preread_protocol|$ssl_preread_server_name|$ssl_preread_alpn_protocols|"';

/** A ClientHello with SNI "app.test" and ALPN "h2", "http/1.1", of OpenSSL; see stream-hello.ts. */
export const streamCases = (hello: Buffer, oldHello: Buffer): StreamCase[] => [
  { name: "passes on", server: "proxy_pass ORIGIN0;", origins: ["echo"], client: echoed },
  { name: "the server ends", server: "proxy_pass ORIGIN0;", origins: ["banner"], client: [closed] },
  {
    name: "much of it",
    server: "proxy_pass ORIGIN0;",
    origins: ["echo"],
    client: [send(Buffer.alloc(3_000_000, "0123456789")), receive(3_000_000)],
  },
  { name: "nobody listens", server: "proxy_pass ORIGIN0;", origins: ["dead"], client: [closed] },
  {
    name: "another one is tried",
    around: "upstream u { server ORIGIN0; server ORIGIN1; server ORIGIN2; }",
    server: "proxy_pass u;",
    origins: ["dead", "echo", "dead"],
    client: echoed,
    times: 5,
  },
  {
    name: "no other is tried where it isn't wanted",
    around: "upstream u { server ORIGIN0; server ORIGIN1; }",
    server: "proxy_pass u; proxy_next_upstream off;",
    origins: ["dead", "echo"],
    client: [closed],
  },
  {
    name: "so many are tried",
    around: "upstream u { server ORIGIN0; server ORIGIN1; server ORIGIN2; }",
    server: "proxy_pass u; proxy_next_upstream_tries 2;",
    origins: ["dead", "dead", "echo"],
    client: [closed],
  },
  {
    name: "no live upstreams",
    around: "upstream u { server ORIGIN0 down; server ORIGIN1 down; }",
    server: "proxy_pass u;",
    origins: ["echo", "echo"],
    client: [closed],
  },
  {
    name: "by the hash of a variable",
    around: "upstream u { hash $remote_addr$server_addr consistent; server ORIGIN0; }",
    server: "proxy_pass u;",
    origins: ["echo"],
    client: echoed,
  },
  {
    name: "denied",
    server: "proxy_pass ORIGIN0; allow 10.0.0.0/8; deny all;",
    origins: ["echo"],
    client: [closed],
  },
  {
    name: "allowed before it is denied",
    server: "proxy_pass ORIGIN0; allow 127.0.0.0/25; deny all;",
    origins: ["echo"],
    client: echoed,
  },
  {
    name: "return",
    server: 'return "$remote_addr $server_addr $protocol $bytes_sent $status\\n";',
    client: [closed],
  },
  {
    name: "return of nothing, and set",
    server: "set $what $hostname; set $nothing ''; return $nothing;",
    client: [closed],
  },
  {
    name: "map, geo and split_clients",
    around:
      "map $remote_addr $a { default no; ~^127 yes; } geo $b { default far; 127.0.0.0/8 near; } split_clients $remote_addr $c { 30% one; * two; }",
    server: "return $a-$b-$c;",
    client: [closed],
  },
  {
    name: "PROXY protocol to the server",
    server: "proxy_pass ORIGIN0; proxy_protocol on; set_real_ip_from 127.0.0.1;",
    listen: "proxy_protocol",
    origins: ["echo"],
    client: [send("PROXY TCP6 2001:db8::1 2001:db8::2 1000 2000\r\nhello"), receive(49)],
  },
  {
    name: "PROXY protocol of the client is believed",
    server:
      'set_real_ip_from 127.0.0.0/8; allow 192.0.2.7; deny all; return "$remote_addr $remote_port $realip_remote_addr $proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port";',
    listen: "proxy_protocol",
    client: [send("PROXY TCP4 192.0.2.7 192.0.2.8 1000 2000\r\n"), closed],
  },
  {
    name: "PROXY protocol of the client is not believed",
    server: 'set_real_ip_from 10.0.0.1; return "$remote_addr $proxy_protocol_addr";',
    listen: "proxy_protocol",
    client: [send("PROXY TCP4 192.0.2.7 192.0.2.8 1000 2000\r\n"), closed],
  },
  {
    name: "PROXY protocol that is none",
    server: "proxy_pass ORIGIN0;",
    listen: "proxy_protocol",
    origins: ["echo"],
    client: [send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), closed],
  },
  {
    name: "PROXY protocol that doesn't come",
    server: "proxy_pass ORIGIN0; proxy_protocol_timeout 1s;",
    listen: "proxy_protocol",
    origins: ["echo"],
    client: [closed],
    leastMs: 900,
  },
  { name: "a ClientHello", server: `ssl_preread on; return ${offered};`, client: [send(hello), closed] },
  {
    name: "a ClientHello of TLS 1.2",
    server: `ssl_preread on; return ${offered};`,
    client: [send(oldHello), closed],
  },
  {
    name: "a ClientHello in two parts",
    server: `ssl_preread on; return ${offered};`,
    client: [send(hello.subarray(0, 50)), { kind: "receive", count: 0 }, send(hello.subarray(50)), closed],
  },
  {
    name: "no ClientHello",
    server: `ssl_preread on; return ${offered};`,
    client: [send("GET / HTTP/1.0\r\n\r\n"), closed],
  },
  {
    name: "a ClientHello that is too long",
    server: "ssl_preread on; preread_buffer_size 100; proxy_pass ORIGIN0;",
    origins: ["echo"],
    client: [send(hello), closed],
  },
  {
    name: "a client that says nothing",
    server: "ssl_preread on; preread_timeout 1s; proxy_pass ORIGIN0;",
    origins: ["echo"],
    client: [closed],
    leastMs: 900,
  },
  {
    name: "a client that leaves before",
    server: "ssl_preread on; proxy_pass ORIGIN0;",
    origins: ["echo"],
    client: [send(hello.subarray(0, 20)), finish, closed],
  },
  {
    name: "what was preread comes first",
    server: "ssl_preread on; proxy_pass ORIGIN0; proxy_protocol on; set_real_ip_from 127.0.0.1;",
    listen: "proxy_protocol",
    origins: ["echo"],
    client: [
      send("PROXY TCP6 2001:db8::1 2001:db8::2 1000 2000\r\nhello"),
      receive(49),
      send(" again"),
      receive(55),
    ],
  },
  {
    name: "where SNI says",
    around: "map $ssl_preread_server_name $to { app.test ORIGIN1; default ORIGIN0; }",
    server: "ssl_preread on; proxy_pass $to;",
    origins: ["banner", "echo"],
    client: [send(hello), receive(hello.length)],
  },
  {
    name: "an upstream by a variable",
    around: "upstream one { server ORIGIN0; server ORIGIN1; } map $remote_addr $to { default one; }",
    server: "proxy_pass $to;",
    origins: ["dead", "echo"],
    client: echoed,
    times: 2,
  },
  { name: "a variable without a port", server: "proxy_pass $remote_addr;", client: [closed] },
  {
    name: "a variable that has to be resolved",
    server: "set $to app.test:80; proxy_pass $to;",
    client: [closed],
  },
  {
    name: "half closing",
    server: "proxy_pass ORIGIN0; proxy_half_close on;",
    origins: ["late"],
    client: [send("hello"), finish, closed],
  },
  {
    name: "silence",
    server: "proxy_pass ORIGIN0; proxy_timeout 1s;",
    origins: ["silent"],
    client: [send("hello"), closed],
    leastMs: 900,
  },
  {
    // Whoever begins at the end of a second may have the rest after one: it is counted by seconds.
    name: "slow down",
    server: "proxy_pass ORIGIN0; proxy_download_rate 2000;",
    origins: ["echo"],
    client: [send(Buffer.alloc(5000, "x")), receive(5000)],
    leastMs: 900,
  },
  {
    name: "slow up",
    server: "proxy_pass ORIGIN0; proxy_upload_rate 2000;",
    origins: ["echo"],
    client: [send(Buffer.alloc(5000, "x")), receive(5000)],
    leastMs: 900,
  },
  {
    name: "TLS",
    listen: "ssl",
    server: "ssl_certificate PEM; ssl_certificate_key KEY; proxy_pass ORIGIN0;",
    origins: ["echo"],
    tls: true,
    client: echoed,
  },
  {
    name: "TLS that is denied before",
    listen: "ssl",
    server: "ssl_certificate PEM; ssl_certificate_key KEY; deny 127.0.0.1; proxy_pass ORIGIN0;",
    origins: ["echo"],
    client: [send(hello), closed],
  },
  {
    name: "what is no TLS",
    listen: "ssl",
    server: "ssl_certificate PEM; ssl_certificate_key KEY; proxy_pass ORIGIN0;",
    origins: ["echo"],
    client: [send("GET / HTTP/1.0\r\n\r\n"), closed],
  },
  {
    name: "TLS to the server",
    server: "proxy_pass ORIGIN0; proxy_ssl on; proxy_ssl_server_name on; proxy_ssl_name app.test;",
    origins: ["tls"],
    client: [send("hello"), receive(14)],
  },
  {
    name: "a server that isn't who it should be",
    server:
      "proxy_pass ORIGIN0; proxy_ssl on; proxy_ssl_verify on; proxy_ssl_trusted_certificate PEM; proxy_ssl_name other.test;",
    origins: ["tls"],
    client: [closed],
  },
  {
    name: "from an address of its own",
    server: "proxy_pass ORIGIN0; proxy_bind 127.0.0.9;",
    origins: ["echo"],
    client: echoed,
  },
];
