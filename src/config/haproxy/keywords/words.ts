import { done, type Keyword, refused, table, withoutEffect } from "./keyword.js";

/** Words that stand behind a keyword of a proxy and have a meaning of their own, by that keyword. */
export const wordsOf: Readonly<Record<string, ReadonlyMap<string, Keyword>>> = {
  timeout: table(
    done(
      "client DELAY | silence of a client",
      "client-fin DELAY | silence of a client that has ended its side | timeout client",
      "connect DELAY | until a server takes a connection",
      "server DELAY | silence of a server",
      "server-fin DELAY | silence of a server that has ended its side | timeout server",
      "tunnel DELAY | silence of both when nothing but bytes passes | client and server",
      "http-request DELAY | until a request's head (with http-buffer-request: the body) is there | timeout client",
      "http-keep-alive DELAY | until the next request begins | http-request, then client",
      "queue DELAY | in the queue of a server | timeout connect",
      "tarpit DELAY | of `tarpit` | timeout connect",
      "check DELAY | of a check, once it is connected | inter",
    ),
  ),
  balance: table(
    done(
      "roundrobin | in turn, by weight; weights change at once",
      "static-rr | in turn, by weight; weights change slowly",
      "leastconn | the one with the fewest connections, by weight",
      "first | the first one that has room by `maxconn`",
      "source | by the client's address",
      "uri [len N] [depth N] [whole] [path-only] | by path, or with `whole` the query too",
      "url_param NAME [check_post] | by a parameter of the query, or of the body",
      "hdr(NAME) [use_domain_only] | by a header",
      "rdp-cookie[(NAME)] | by an RDP cookie | mstshash",
      "random[(DRAWS)] | the least loaded of so many drawn | 2",
      "hash EXPRESSION | by a sample",
    ),
  ),
  cookie: table(
    done(
      "rewrite | replaces the server's cookie of that name",
      "insert | adds one",
      "prefix | puts the server's before the value",
      "indirect | servers don't see it; not sent to clients that have it",
      "nocache | Cache-Control: private where it is set",
      "postonly | only after POST",
      "preserve | a server may set or remove it itself",
      "httponly | attribute HttpOnly",
      "secure | attribute Secure",
      "dynamic | values are made of addresses and `dynamic-cookie-key`",
      "domain NAME | attribute Domain; several",
      "maxidle DELAY | not older than this; seconds",
      "maxlife DELAY | not older than this since it was first set; seconds",
      "attr TEXT | any attribute; several",
    ),
  ),
  stats: table(
    done(
      "enable | there is a page",
      "uri PREFIX | its address | /haproxy?stats",
      "realm TEXT | realm of the password | HAProxy Statistics",
      "auth USER:PASSWORD | who may see it; several",
      "scope NAME | only these proxies; `.` is its own",
      "refresh DELAY | loads itself again; seconds | never",
      "hide-version | doesn't say the version",
      "show-legends | more is told where the mouse is",
      "show-modules | fields of modules too",
      "show-node [NAME] | says the node's name",
      "show-desc [TEXT] | says the description",
      "admin if|unless CONDITION | servers can be changed there",
      "http-request allow|deny|auth ... | rules for the page",
    ),
  ),
  filter: table(
    done(
      "compression | says when `compression` comes among filters",
      "cache NAME | says when the cache comes among filters",
    ),
    withoutEffect("nothing is told.", "trace [name NAME] ... | tells what passes"),
    refused("isn't there: no agent is spoken to over SPOP.", "spoe engine NAME config PATH | asks agents"),
    refused("isn't there: FastCGI servers are not spoken to.", "fcgi-app NAME | an `fcgi-app` section"),
    refused("isn't there: no spans are sent.", "opentracing id NAME config PATH | tells spans"),
  ),
  "http-check and tcp-check": table(
    done(
      "connect [default] [port EXPRESSION] [addr ADDRESS] [ssl] [sni NAME] [alpn LIST] [proto NAME] [send-proxy] [via-socks4] [linger] | a connection",
      "send [meth METHOD] [uri URI] [uri-lf FORMAT] [ver VERSION] [hdr NAME FORMAT] [body TEXT] [body-lf FORMAT] | http-check: a request",
      "expect [min-recv N] [status-code|ok-status|error-status|tout-status|on-success|on-error ...] [!]MATCH PATTERN | what has to come: status, rstatus, hdr, fhdr, string, rstring, string-lf; of TCP string, rstring, string-lf, binary, rbinary, binary-lf",
      "comment TEXT | a text for log lines",
      "set-var(NAME) EXPRESSION | sets a variable",
      "set-var-fmt(NAME) FORMAT | the same by a log format",
      "unset-var(NAME) | removes a variable",
      "disable-on-404 | http-check: a server that answers 404 gets no new sessions",
      "send-state | http-check: tells the server its state in X-Haproxy-Server-State",
      "send-lf FORMAT | tcp-check: a text by a log format; `send TEXT` a plain one",
      "send-binary HEX | tcp-check: bytes",
      "send-binary-lf FORMAT | tcp-check: bytes by a log format",
    ),
  ),
  "stick-table": table(
    done(
      "type ip|ipv6|integer|string|binary [len N] | what keys are | string: len 31; binary: len 32",
      "size SIZE | entries",
      "expire DELAY | an entry that wasn't touched for so long is forgotten | never",
      "nopurge | a full table takes no new entry",
      "peers NAME | shares it with a `peers` section",
      "srvkey name|addr | how a server is remembered | name",
      "store TYPES ... | server_id, server_key, gpt0, gpt(N), gpc0, gpc1, gpc(N), gpc0_rate(P), gpc1_rate(P), gpc_rate(N,P), conn_cnt, conn_cur, conn_rate(P), sess_cnt, sess_rate(P), http_req_cnt, http_req_rate(P), http_err_cnt, http_err_rate(P), http_fail_cnt, http_fail_rate(P), bytes_in_cnt, bytes_in_rate(P), bytes_out_cnt, bytes_out_rate(P)",
    ),
  ),
};

/** Words that steer the reading of a file. */
export const fileWords: ReadonlyMap<string, Keyword> = table(
  done(
    ".if CONDITION | the lines up to .elif, .else or .endif count where it holds: defined(NAME), feature(NAME), streq(A,B), strneq(A,B), version_atleast(V), version_before(V), openssl_version_atleast(V), openssl_version_before(V), ssllib_name_startswith(NAME), numbers, !, &&, ||, parentheses",
    ".elif CONDITION | otherwise, where that holds",
    ".else | otherwise",
    ".endif | its end",
    ".alert TEXT | an error",
    ".warning TEXT | a warning",
    ".notice TEXT | a notice",
    ".diag TEXT | a line that -dD prints",
  ),
);
