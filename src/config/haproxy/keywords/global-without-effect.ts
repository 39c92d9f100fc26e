import { type Keyword, refused, withoutEffect } from "./keyword.js";

const events = "the event loop is Node's own.";
const sizes = "buffers are as big as what is in them.";
const lua = "'KEYWORD' isn't there: no Lua is run.";
const engine = "'KEYWORD' isn't there: TLS is Node's own, without engines and providers of one's own.";

/** Keywords of the global section that change nothing here, or that a file can't have. */
export const globalWithoutEffect: readonly Keyword[] = [
  ...withoutEffect(
    events,
    "busy-polling | polls without sleeping",
    "noepoll | no epoll",
    "nokqueue | no kqueue",
    "noevports | no event ports",
    "nopoll | no poll",
    "tune.fd.edge-triggered on|off | edge-triggered epoll",
    "tune.maxpollevents NUMBER | events taken per poll",
    "tune.runqueue-depth NUMBER | tasks run in one round",
    "tune.sched.low-latency on|off | looks for new work after each task",
  ),
  ...withoutEffect(
    sizes,
    "tune.buffers.limit NUMBER | most buffers",
    "tune.buffers.reserve NUMBER | buffers kept for answers",
    "tune.pipesize NUMBER | size of pipes for splicing",
    "tune.recv_enough NUMBER | bytes after which a read is enough",
    "tune.ssl.maxrecord NUMBER | bytes of a TLS record",
    "tune.ssl.hard-maxrecord NUMBER | the same, always",
  ),
  ...withoutEffect(
    "descriptors are passed on as they are.",
    "nosplice | no splicing",
    "noreuseport | no SO_REUSEPORT",
    "maxpipes NUMBER | most pipes",
  ),
  ...withoutEffect("names are resolved by the system's own ways.", "nogetaddrinfo | no getaddrinfo"),
  ...withoutEffect(
    "threads run on all processors that the process may use.",
    "cpu-map SET CPUS ... | binds threads to processors",
    "numa-cpu-mapping | stays on one node of a NUMA machine",
    "thread-group N THREADS | which threads make a group",
    "thread-groups N | number of groups",
  ),
  ...withoutEffect(
    "HTTP/1 header names are sent in lower case, as HAProxy does without it.",
    "h1-case-adjust FROM TO | a header's name in other letters for old programs",
    "h1-case-adjust-file PATH | a file of such names",
  ),
  ...withoutEffect(
    "PROXY headers of version 2 always name both ends.",
    "pp2-never-send-local | PROXY headers of checks name addresses",
  ),
  ...withoutEffect(
    "curves are told by each bind line's own word.",
    "ssl-default-bind-curves LIST | curves of all bind lines",
  ),
  ...withoutEffect(
    "HTTP/2 has windows, frames and tables of sizes of its own.",
    "tune.h2.header-table-size NUMBER | HPACK's table",
    "tune.h2.initial-window-size NUMBER | a stream's window",
    "tune.h2.max-concurrent-streams NUMBER | streams of a connection",
    "tune.h2.max-frame-size NUMBER | largest frame",
  ),
  ...withoutEffect(
    "addresses are logged whole.",
    "tune.http.logurilen NUMBER | bytes of an address in the log",
  ),
  ...withoutEffect(
    "each thread keeps idle connections of its own.",
    "tune.idle-pool.shared on|off | threads share idle connections",
  ),
  ...withoutEffect(
    "streams aren't looked at for when they were idle.",
    "tune.idletimer DELAY | when a stream counts as idle",
  ),
  ...withoutEffect(
    "sockets are accepted by Node's event loop, with the kernel's own sizes of buffers.",
    "tune.maxaccept NUMBER | connections accepted in one go",
    "tune.rcvbuf.client NUMBER | receive buffer towards clients",
    "tune.rcvbuf.server NUMBER | receive buffer towards servers",
    "tune.sndbuf.client NUMBER | send buffer towards clients",
    "tune.sndbuf.server NUMBER | send buffer towards servers",
  ),
  ...withoutEffect(
    "sessions and parameters of TLS are Node's own.",
    "tune.ssl.cachesize NUMBER | TLS sessions kept",
    "tune.ssl.default-dh-param NUMBER | bits of Diffie-Hellman",
    "tune.ssl.lifetime DELAY | how long a TLS session is good",
  ),
  ...withoutEffect(
    "variables of checks, and all of them together, may be of any size.",
    "tune.vars.check-max-size SIZE | bytes of variables of checks",
    "tune.vars.global-max-size SIZE | bytes of all variables",
  ),
  ...withoutEffect(
    "patterns are looked up without a cache.",
    "tune.pattern.cache-size NUMBER | cache of patterns found",
  ),
  ...withoutEffect(
    "connections are closed when they are idle, at once.",
    "close-spread-time DELAY | spreads the end of idle connections at a soft stop",
  ),
  ...withoutEffect(
    "bodies of requests of any method are taken.",
    "h1-accept-payload-with-any-method | takes bodies of GET, HEAD and DELETE",
  ),
  ...withoutEffect(
    "websockets over HTTP/2 are not announced.",
    "h2-workaround-bogus-websocket-clients | no RFC 8441 for clients that do it wrong",
  ),
  ...withoutEffect(
    "memory is given back by Node's own ways.",
    "no-memory-trimming | doesn't give memory back",
    "tune.fail-alloc PERCENT | lets allocations fail, for tests",
    "tune.pool-high-fd-ratio NUMBER | share of descriptors above which idle connections are closed",
    "tune.pool-low-fd-ratio NUMBER | share below which all are kept",
  ),
  ...withoutEffect("descriptors have the process's own limit.", "fd-hard-limit NUMBER | most descriptors"),
  ...withoutEffect("there is no QUIC, which it is for.", "cluster-secret TEXT | secret for QUIC's tokens"),
  ...withoutEffect(
    "no HTTP client of one's own is there.",
    "httpclient.resolvers.id NAME | resolvers of the HTTP client",
    "httpclient.resolvers.prefer ipv4|ipv6 | its family of addresses",
    "httpclient.ssl.ca-file PATH | its authorities",
    "httpclient.ssl.verify none|required | whether it verifies",
  ),
  ...withoutEffect("tasks aren't measured.", "profiling.tasks on|off|auto | measures tasks"),
  ...withoutEffect(
    "listeners are shared by all threads.",
    "tune.listener.multi-queue on|off | spreads connections over threads",
  ),
  ...withoutEffect(
    "peers are told of changes as they come.",
    "tune.peers.max-updates-at-once NUMBER | updates told in one go",
  ),
  ...withoutEffect(
    "certificates' chains are what their files hold.",
    "issuers-chain-path PATH | folder of certificates that complete chains",
    "ssl-skip-self-issued-ca | leaves a self-issued authority out of chains",
  ),
  ...withoutEffect(
    "session caches and keys are Node's own.",
    "tune.ssl.force-private-cache | a session cache for each process",
    "tune.ssl.keylog on|off | keeps secrets for ssl_fc_*_secret",
    "tune.ssl.ssl-ctx-cache-size NUMBER | certificates made that are kept",
    "tune.ssl.capture-buffer-size NUMBER | bytes of a hello kept for ssl_fc_cipherlist_*",
    "tune.ssl.capture-cipherlist-size NUMBER | old name of it",
    "ssl-mode-async | asynchronous TLS engines",
  ),
  ...refused(
    engine,
    "ssl-engine NAME | an engine of OpenSSL's",
    "ssl-propquery QUERY | which algorithms of a provider",
    "ssl-provider NAME | a provider of OpenSSL's",
    "ssl-provider-path PATH | where providers are",
  ),
  ...refused(lua, "lua-load PATH | a program in Lua", "lua-load-per-thread PATH | one for each thread"),
  ...withoutEffect(
    "no Lua is run.",
    "lua-prepend-path PATH | where Lua's modules are",
    "tune.lua.forced-yield NUMBER | instructions between pauses",
    "tune.lua.maxmem NUMBER | memory of Lua",
    "tune.lua.service-timeout DELAY | time for a service",
    "tune.lua.session-timeout DELAY | time for an action",
    "tune.lua.task-timeout DELAY | time for a task",
  ),
  ...refused(
    "nbproc is not supported any more since HAProxy 2.5. Threads will automatically be used on multi-processor machines if available.",
    "nbproc NUMBER | number of processes",
  ),
  ...refused(
    "option 'KEYWORD' is not supported any more (tune.bufsize is used instead).",
    "tune.chksize NUMBER | buffer of checks",
  ),
];
