/**
 * Where something listens or connects to, as HAProxy's `<address>` forms give it.
 *
 * - `inet`: `host` is an IPv4 or IPv6 address, a name that is to be resolved, or "" for all addresses (`*`, `:80`).
 *   `ports` is one port or a range (inclusive). `offset` says that a server's port was written `+N` or `-N`: it is added to the
 *   client's port; `ports` undefined means the same port that the client used.
 * - `unix`: a path, after `unix@` and the unix-bind prefix.
 * - `abstract`: `abns@`.
 * - `fd`: an inherited descriptor, `fd@N`. `sockpair`: `sockpair@N`.
 * `stream` tells TCP-like from datagrams (`udp@`, `quic4@`).
 */
export type SocketAddress =
  | {
      readonly kind: "inet";
      readonly host: string;
      readonly family: 4 | 6 | undefined;
      readonly ports?: { readonly from: number; readonly to: number };
      readonly offset?: number;
      readonly type: "stream" | "datagram";
    }
  | { readonly kind: "unix" | "abstract"; readonly path: string; readonly type: "stream" | "datagram" }
  | { readonly kind: "fd" | "sockpair"; readonly fd: number };
