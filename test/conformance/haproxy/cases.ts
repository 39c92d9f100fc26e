import type { Talk } from "./client.js";

/** Proxies that both programs run, and what clients say to them. */
export interface Case {
  readonly name: string;
  /**
   * Lines of a frontend `NAME` and its back end in one `listen` section, which begins with its bind line; `@a` and `@b` are two web servers, `@none` a
   * port where nobody listens. Sections after a line "---" stand as they are, with `@name` for this case's name.
   */
  readonly lines: string;
  readonly talks: readonly Talk[];
}

/** A request that asks for the connection's end after its answer. */
export function get(path: string, ...fields: readonly string[]): Talk {
  return { send: [request("GET", path, "", "Connection: close", ...fields)] };
}

export function request(method: string, path: string, body = "", ...fields: readonly string[]): string {
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  return `${method} ${path} HTTP/1.1\r\n${["Host: site.example", ...fields, ...length].map((field) => `${field}\r\n`).join("")}\r\n${body}`;
}

const raw = (text: string, more: Partial<Talk> = {}): Talk => ({ send: [text], ...more });
/** A request to be answered before it is whole, and how it goes on. */
const later = (framing: string, kind: string, ...pieces: readonly string[]): Talk => {
  const [first = "", ...rest] = pieces;
  return {
    send: [request("POST", `/early/${kind}`, "", ...framing.split("\r\n")) + first, ...rest],
    pauseMs: 250,
  };
};
/** A request whose body comes in pieces, which may not be all of it. */
const slow = (path: string, pauseMs: number, first: string, ...rest: readonly string[]): Talk => {
  const length = Math.max(6, first.length);
  return {
    send: [request("POST", path, "", "Connection: close", `Content-Length: ${length}`) + first, ...rest],
    pauseMs,
  };
};
const chunks = (path: string, first: string, ...rest: readonly string[]): Talk => ({
  send: [request("POST", path, "", "Connection: close", "Transfer-Encoding: chunked") + first, ...rest],
  pauseMs: 100,
});
const twice = (path: string, ...fields: readonly string[]) => [get(path, ...fields), get(path, ...fields)];

export const cases: readonly Case[] = [
  {
    name: "plain",
    lines: "server a @a",
    talks: [
      get("/"),
      get("/echo?x=1&y=2", "X-One: 1", "x-ONE: 2", "Cookie: a=b; c=d"),
      raw(request("HEAD", "/echo", "", "Connection: close")),
      raw(request("POST", "/echo", "some body", "Connection: close")),
      raw(request("PUT", "/echo", "x".repeat(5000), "Connection: close")),
      raw(request("DELETE", "/echo", "", "Connection: close")),
      raw(request("OPTIONS", "*", "", "Connection: close")),
      raw("GET /echo HTTP/1.0\r\n\r\n"),
      raw("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", { until: /\r\n\r\n.*\n\n$/s }),
      raw(
        "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n",
      ),
      raw("GET http://other.example/echo HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n"),
      get("/chunked"),
      get("/close"),
      get("/old"),
      get("/status/204"),
      get("/status/304"),
      get("/status/404"),
      get("/status/500"),
      get("/status/599"),
      get("/continue"),
      get("/hints"),
      get("/big"),
      {
        send: [
          request("GET", "/one") + request("GET", "/two") + request("GET", "/three", "", "Connection: close"),
        ],
      },
      { send: ["GET /echo HT", "TP/1.1\r\nHost: h\r\nConn", "ection: close\r\n\r", "\n"] },
      { send: [request("POST", "/echo", "", "Connection: close", "Content-Length: 6"), "abc", "def"] },
    ],
  },
  {
    name: "early",
    lines: `log-format "@name/ %HP %ST %ts U%U B%B"
timeout client 800ms
server a @a`,
    talks: [
      ...["413", "chunked", "last"].flatMap((kind) => [
        later(`Content-Length: 6`, kind, "abc", `def${request("GET", "/next", "", "Connection: close")}`),
        later(
          "Transfer-Encoding: chunked",
          kind,
          "3\r\nabc\r\n",
          `3\r\ndef\r\n0\r\n\r\n${request("GET", "/next", "", "Connection: close")}`,
        ),
      ]),
      later("Content-Length: 6\r\nConnection: close", "413", "abc", "def"),
      later("Content-Length: 6\r\nExpect: 100-continue", "413", "", "abcdef\r\n"),
      later("Transfer-Encoding: chunked", "413", "3\r\nabc\r\n", "0\r\nX-T: 1\r\n\r\nwrong\r\n\r\n"),
      later("Transfer-Encoding: chunked", "413", "3\r\nabc\r\n", "wrong\r\n"),
      later("Content-Length: 6", "413", "abc"),
      { ...later("Content-Length: 6", "413", "abc", "d"), fin: true },
      { ...later("Content-Length: 6", "end", "abc", "def"), fin: true },
      later("Content-Length: 6", "end", "abc"),
    ],
  },
  {
    name: "unmade",
    lines: `log-format "@name/ %HP %ts %bi %si %[bc_err] %[bc_err_str] %[ssl_bc_err] %[ssl_bc_err_str] %[bc_dst] %[bc_src] %[ssl_bc] %[bc_http_major]"
http-after-response set-header X-Why "%[bc_err] %[bc_err_str]"
timeout connect 300ms
retries 0
use_backend @name-%[path,word(1,/)]
server a @a
---
defaults
 mode http
 timeout connect 300ms
 timeout client 2s
 timeout server 2s
 retries 0
frontend @name-plain
 bind abns@rondo-${process.pid}-plain
backend @name-refused
 server a @none
backend @name-refusedtls
 server a @none ssl verify none
backend @name-source
 server a @a source 192.0.2.77
backend @name-version
 server a abns@rondo-${process.pid}-plain ssl verify none
backend @name-silent
 server a @a ssl verify none
backend @name-socks
 server a @b socks4 @none
`,
    talks: ["/", "/refused", "/refusedtls", "/version", "/silent", "/socks", "/source"].map((path) =>
      get(path),
    ),
  },
  {
    name: "inspected",
    lines: `log-format "@name/ %HP %ts %ST B%B %hr %[var(txn.late)] %[sc0_http_req_cnt] %[sc0_http_err_cnt]"
capture request header host len 4
stick-table type ip size 10 store http_req_cnt,http_err_cnt
monitor-uri /alive
tcp-request inspect-delay 500ms
tcp-request content track-sc0 src
tcp-request content reject if { path_beg /reject } WAIT_END
tcp-request content accept if { path_beg /length } { req.body_len gt 4 }
tcp-request content reject if { path_beg /length } WAIT_END
tcp-request content accept if { path_beg /body } { req.body -m str abcdef }
tcp-request content reject if { path_beg /large } { req.len gt 20000 }
tcp-request content set-var(txn.late) bool(true) if WAIT_END
http-request wait-for-body time 200ms if { path_beg /wait }
http-request return status 200 if { path_beg /own }
server a @a`,
    talks: [
      ...["/reject/alive", "/alive", "/own"].map((path) => get(path)),
      slow("/reject", 10, "abc"),
      slow("/reject", 100, "abc", "def"),
      slow("/reject", 1000, "abc", "def"),
      slow("/reject", 100, "abc", "zz"),
      slow("/length", 100, "abc", "def"),
      slow("/length", 10, "abc"),
      slow("/body", 1000, "abc", "def"),
      slow("/wait", 10, "abc"),
      slow("/wait", 10, ""),
      slow("/own", 10, "abc"),
      slow("/large", 10, "x".repeat(40_000)),
      ...["/reject", "/own"].flatMap((path) => [
        chunks(path, "3\r\nabc\r\n"),
        chunks(path, "3\r\nabc\r\n", "0\r\n\r\n"),
      ]),
      chunks("/own", "3\r\nabc\r\n", "zz\r\n"),
    ],
  },
  {
    name: "inspectedanswers",
    lines: `log-format "@name/ %HP %ts B%B"
http-response set-header X-Length %[res.body_len] if { var(txn.rule) -m str body }
http-request set-var(txn.rule) hdr(x-rule)
tcp-response inspect-delay 500ms
tcp-response content reject if { var(txn.rule) -m str reject } WAIT_END
tcp-response content close if { var(txn.rule) -m str close } WAIT_END
tcp-response content accept if { var(txn.rule) -m str body } { res.body -m str abcdef }
tcp-response content reject if { var(txn.rule) -m str body } WAIT_END
tcp-response content reject if { var(txn.rule) -m str payload } { res.payload(0,0) -m found }
tcp-response content reject if { var(txn.rule) -m str status } { status 404 }
timeout server 1500ms
server a @a`,
    talks: ["reject", "close", "body", "payload", "status"].flatMap((rule) =>
      ["/one", "/status/404", "/slow/after/100", "/slow/after/1000", "/slow/cut", "/chunked"]
        .concat(rule === "close" || rule === "reject" ? ["/hang"] : [])
        .map((path) => get(path, `X-Rule: ${rule}`)),
    ),
  },
  {
    name: "slowbody",
    lines: `log-format "@name/ %HP %ST %ts U%U B%B"
timeout client 400ms
http-request wait-for-body time 5s if { path /wait }
http-request wait-for-body time 100ms if { path /short }
server a @a`,
    talks: ["/wait", "/short"].map((path) => ({
      send: [request("POST", path, "", "Content-Length: 6"), "abc"],
    })),
  },
  {
    name: "bufferedbody",
    lines: `log-format "@name/ %HP %ST %ts U%U B%B"
timeout client 400ms
option http-buffer-request
server a @a`,
    talks: [{ send: [request("POST", "/", "", "Content-Length: 6"), "abc"] }],
  },
  {
    name: "refused",
    lines: "server a @a",
    talks: [
      raw("GET\r\n\r\n"),
      raw("GET /\r\n\r\n"),
      raw("GET / HTTP/1.1\r\nHost: h\r\nBad Name: 1\r\n\r\n"),
      raw("GET / HTTP/1.1\r\nHost: h\r\nName : 1\r\n\r\n"),
      raw("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
      raw("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n"),
      raw("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n"),
      raw("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\nx"),
      raw("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
      raw("GET / HTTP/9.1\r\nHost: h\r\n\r\n"),
      raw("GET / HTTP/1.1x\r\nHost: h\r\n\r\n"),
      raw("GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n"),
      raw("GET /\xe9 HTTP/1.1\r\nHost: h\r\n\r\n"),
      raw("G@T / HTTP/1.1\r\nHost: h\r\n\r\n"),
      raw("GET / HTTP/1.1\r\n: empty\r\n\r\n"),
      raw("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\nConnection: close\r\n\r\n"),
      raw("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
      raw(
        "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      ),
      raw(
        "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nab",
      ),
      raw(
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\nConnection: close\r\n\r\n0\r\n\r\n",
      ),
      raw("PRI * HTTP/2.0\r\n\r\nxx"),
      raw("GET / HTTP/1.1\r\nHost: h\r\nX: a\x00b\r\n\r\n"),
      raw(`GET /${"x".repeat(17_000)} HTTP/1.1\r\nHost: h\r\n\r\n`),
      raw(`GET / HTTP/1.1\r\nHost: h\r\n${"X: 1\r\n".repeat(110)}\r\n`),
      raw("GET / HTTP/1.1\nHost: h\nConnection: close\n\n"),
      raw("\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
      raw("", { fin: true }),
      raw("GET / HT", { fin: true }),
    ],
  },
  {
    name: "badservers",
    lines: "retries 1\noption redispatch\nserver a @a",
    talks: [get("/garbage"), get("/badlength"), get("/empty"), get("/reset"), get("/short")],
  },
  { name: "noserver", lines: "retries 1\nserver n @none", talks: [get("/")] },
  { name: "emptyfarm", lines: "balance roundrobin", talks: [get("/")] },
  {
    name: "redispatch",
    lines: "retries 1\noption redispatch 1\nserver n @none\nserver a @a",
    talks: twice("/"),
  },
  { name: "backup", lines: "server a @a disabled\nserver b @b backup", talks: twice("/") },
  { name: "hang", lines: "timeout server 200ms\nserver a @a", talks: [get("/hang")] },
  {
    name: "slowclient",
    lines: "timeout http-request 200ms\nserver a @a",
    talks: [{ send: ["GET / HT"] }, { send: [request("GET", "/one")] }],
  },
  {
    name: "roundrobin",
    lines: "balance roundrobin\nserver a @a weight 3\nserver b @b weight 2",
    talks: Array.from({ length: 10 }, () => get("/")),
  },
  { name: "first", lines: "balance first\nserver b @b id 20\nserver a @a id 10", talks: twice("/") },
  { name: "weightzero", lines: "server a @a weight 0\nserver b @b", talks: twice("/") },
  {
    name: "uri",
    lines: "balance uri\nserver a @a\nserver b @b",
    talks: ["/1", "/2", "/3", "/4/5", "/6?x=1", "/7"].map((path) => get(path)),
  },
  {
    name: "uriconsistent",
    lines: "balance uri whole\nhash-type consistent sdbm avalanche\nserver a @a\nserver b @b weight 5",
    talks: ["/1", "/2", "/3", "/4/5", "/6?x=1", "/7"].map((path) => get(path)),
  },
  {
    name: "urlparam",
    lines: "balance url_param user\nserver a @a\nserver b @b",
    talks: ["/?user=1", "/?user=22", "/?a=1&user=3", "/"].map((path) => get(path)),
  },
  {
    name: "header",
    lines: "balance hdr(X-User)\nhash-type consistent\nserver a @a\nserver b @b",
    talks: ["one", "two", "three", "four"].map((user) => get("/", `X-User: ${user}`)),
  },
  {
    name: "headers",
    lines: `http-request set-header X-Set %[src]-%[method]-%[path]
http-request add-header X-Add a
http-request add-header X-Add b
http-request del-header X-Del
http-request replace-header X-Rep a(.)c \\1
http-request replace-value X-Val b y
http-request set-header X-Cond yes if { hdr(x-if) -m found } { path_beg /echo }
http-response set-header X-Resp %[status]
http-response del-header X-Way
http-after-response set-header X-After 1
server a @a`,
    talks: [
      get("/echo", "X-Del: 1", "X-Rep: abc", "X-Val: a,b,c,b", "X-If: 1"),
      get("/status/404"),
      get("/nothing", "x-if: 1"),
    ],
  },
  {
    name: "paths",
    lines: `http-request set-path /echo%[path] if { path_beg /add }
http-request replace-path /old/(.*) /echo/\\1 if { path_beg /old }
http-request set-query a=%[query,upper] if { query -m found }
http-request set-method PUT if { path_end .put }
http-request set-uri /echo/whole?y=1 if { path /uri }
server a @a`,
    talks: ["/add/x", "/old/y/z?q=1", "/echo.put", "/echo/x.put", "/uri", "/echo?b"].map((path) => get(path)),
  },
  {
    name: "deny",
    lines: `acl bad path_beg /bad
acl teapot path /tea
http-request deny if bad
http-request deny deny_status 429 if teapot
http-request return status 201 content-type text/plain lf-string "%[path] by %[src]" hdr X-A %[method] if { path /return }
http-request return status 200 if { path /nothing }
http-request redirect location /there code 303 if { path /here }
http-request redirect prefix http://other.example if { path_beg /pre }
http-request redirect scheme https code 301 append-slash if { path /secure }
http-request redirect location / drop-query set-cookie SEEN=1 if { path /seen }
http-request auth realm My\\ Realm if { path /auth } !{ http_auth(users@name) }
server a @a
---
userlist users@name
 user bob insecure-password secret`,
    talks: [
      ...[
        "/bad",
        "/tea",
        "/return",
        "/nothing",
        "/here",
        "/pre/fix?a=1",
        "/secure",
        "/seen?a",
        "/auth",
        "/ok",
      ].map((path) => get(path)),
      get("/auth", "Authorization: Basic Ym9iOnNlY3JldA=="),
      get("/auth", "Authorization: Basic Ym9iOndyb25n"),
      raw(request("HEAD", "/bad", "", "Connection: close")),
      { send: [request("GET", "/here") + request("GET", "/ok", "", "Connection: close")] },
    ],
  },
  {
    name: "responses",
    lines: `http-response deny if { status 500 }
http-response set-status 418 reason "I am" if { status 404 }
http-response return status 200 content-type text/plain string replaced if { status 501 }
http-response replace-header Set-Cookie (.*)path=/(.*) \\1path=/x\\2
http-response redirect location /elsewhere if { status 502 }
server a @a`,
    talks: ["/status/500", "/status/404", "/status/501", "/status/502", "/cookie"].map((path) => get(path)),
  },
  {
    name: "cookieinsert",
    lines: "cookie SRV insert indirect nocache\nserver a @a cookie ca\nserver b @b cookie cb",
    talks: [
      get("/echo"),
      get("/echo", "Cookie: SRV=cb"),
      get("/echo", "Cookie: x=1; SRV=ca; y=2"),
      get("/echo", "Cookie: SRV=gone"),
      get("/cookie"),
    ],
  },
  {
    name: "cookieplain",
    lines: "cookie SRV insert httponly secure domain .example attr SameSite=Lax\nserver a @a cookie ca",
    talks: [get("/echo"), get("/echo", "Cookie: SRV=ca")],
  },
  {
    name: "cookieprefix",
    lines: "cookie SRV prefix\nserver a @a cookie ca\nserver b @b cookie cb",
    talks: [get("/cookie"), get("/echo", "Cookie: SRV=cb~value"), get("/echo", "Cookie: SRV=value")],
  },
  {
    name: "cookierewrite",
    lines: "cookie SRV rewrite\nserver a @a cookie ca",
    talks: [get("/cookie"), get("/echo", "Cookie: SRV=ca")],
  },
  {
    name: "forwardfor",
    lines: "option forwardfor except 10.0.0.0/8 header X-Client\nserver a @a",
    talks: [get("/echo"), get("/echo", "X-Client: 1.2.3.4")],
  },
  {
    name: "ifnone",
    lines: "option forwardfor if-none\noption originalto\nserver a @a",
    talks: [get("/echo"), get("/echo", "X-Forwarded-For: 1.2.3.4")],
  },
  {
    name: "close",
    lines: "option httpclose\nserver a @a",
    talks: [raw(request("GET", "/echo")), raw(request("GET", "/chunked"))],
  },
  {
    name: "serverclose",
    lines: "option http-server-close\nserver a @a",
    talks: [{ send: [request("GET", "/echo") + request("GET", "/echo", "", "Connection: close")] }],
  },
  {
    name: "captures",
    lines: `capture request header Host len 20
capture request header X-Long len 5
capture response header X-Way len 20
capture cookie SRV len 10
http-request capture path len 8
server a @a`,
    talks: [get("/status/200", "X-Long: 1234567890", "Cookie: SRV=abc"), get("/cookie")],
  },
  {
    name: "logformat",
    lines: `log-format "%b %s %HM %HP %HQ %HU %HV %ST %B %tsc %{+Q}r %[src,ipmask(8)] %[var(txn.v),upper] %hr %hs %CC %CS %rc %sq/%bq %{+X}ID %ft"
http-request set-var(txn.v) str(value)
capture request header Host len 20
server a @a`,
    talks: [get('/echo?q="x"'), get("/status/503"), raw("GET\r\n\r\n")],
  },
  { name: "tcplog", lines: "mode tcp\noption tcplog\nserver a @a", talks: [get("/echo"), get("/garbage")] },
  {
    name: "tcprules",
    lines: `mode tcp
option tcplog
tcp-request inspect-delay 2s
tcp-request content reject if { req.payload(0,3) -m str PUT }
tcp-request content accept if { req.len gt 3 }
server a @a`,
    talks: [get("/echo"), raw(request("PUT", "/echo", "", "Connection: close"))],
  },
  {
    name: "tcpreject",
    lines: "mode tcp\noption tcplog\ntcp-request connection reject\nserver a @a",
    talks: [get("/")],
  },
  { name: "tcpnone", lines: "mode tcp\noption tcplog\nretries 0\nserver n @none", talks: [get("/")] },
  {
    name: "monitor",
    lines: "monitor-uri /alive\nmonitor fail if { nbsrv(@name) lt 2 } { hdr(x-down) -m found }\nserver a @a",
    talks: [
      get("/alive"),
      get("/alive", "X-Down: 1"),
      raw(request("HEAD", "/alive", "", "Connection: close")),
    ],
  },
  {
    name: "errors",
    lines: `http-error status 503 content-type text/plain lf-string "no server for %[path]" hdr X-E 1
errorloc303 403 /sorry
http-request deny if { path /no }
http-request return status 404 default-errorfiles if { path /not }`,
    talks: ["/", "/no", "/not"].map((path) => get(path)),
  },
  {
    name: "useserver",
    lines: "use-server b if { path_beg /b }\nuse-server a unless { path_beg /b }\nserver a @a\nserver b @b",
    talks: ["/a", "/b", "/b/c"].map((path) => get(path)),
  },
  {
    name: "usebackend",
    lines: `use_backend @name-one if { path_beg /one }
use_backend @name-%[path,field(2,/)] if { path_beg /two }
default_backend @name-one
---
backend @name-one
 server a @a
backend @name-two
 http-request set-header X-Back two
 server b @b`,
    talks: ["/one", "/two", "/other"].map((path) => get(path)),
  },
  {
    name: "sticky",
    lines:
      "stick-table type string len 20 size 100 expire 1m\nstick on hdr(x-user)\nbalance roundrobin\nserver a @a\nserver b @b",
    talks: ["u1", "u2", "u1", "u2", "u2"].map((user) => get("/", `X-User: ${user}`)),
  },
  {
    name: "rate",
    lines: `stick-table type ip size 100 expire 1m store http_req_cnt,gpc0,conn_cnt
http-request track-sc0 src
http-request sc-inc-gpc0(0) if { path /inc }
http-request deny deny_status 429 if { sc_http_req_cnt(0) gt 3 }
http-response set-header X-Count %[sc_http_req_cnt(0)]/%[sc0_get_gpc0]/%[sc_conn_cnt(0)]
server a @a`,
    talks: ["/", "/inc", "/", "/"].map((path) => get(path)),
  },
  {
    name: "compress",
    lines: "compression algo gzip\ncompression type text/plain\nserver a @a",
    talks: [get("/type"), get("/type", "Accept-Encoding: br"), get("/echo", "Accept-Encoding: gzip")],
  },
  {
    name: "cached",
    lines:
      "http-request cache-use store@name\nhttp-response cache-store store@name\nhttp-response set-header X-Cache %[res.cache_hit]\nserver a @a\n---\ncache store@name\n total-max-size 1\n max-age 60",
    talks: [get("/fresh"), get("/fresh"), get("/fresh", 'If-None-Match: "two"'), get("/echo"), get("/echo")],
  },
  {
    name: "upgrade",
    lines: "server a @a",
    talks: [raw(request("GET", "/upgrade", "", "Connection: Upgrade", "Upgrade: echo"))],
  },
  {
    name: "acls",
    lines: `acl m_str hdr(x-t) -i one two
acl m_reg hdr(x-t) -m reg ^a[0-9]+$
acl m_int hdr_val(x-n) 3:5 gt 100
acl m_ip req.hdr_ip(x-ip) 10.0.0.0/8 192.168.1.1
acl m_len hdr(x-t) -m len 6
acl m_longer hdr(x-t) -m len lt 3 ge 6
acl m_range hdr_val(x-n) 3-4 gt 100.9
acl m_sub hdr(x-t) -m sub ell
acl m_dir path -m dir dir
acl m_dom hdr(x-d) -m dom example
acl m_end path_end .png .gif
http-request set-header X-Str 1 if m_str
http-request set-header X-Reg 1 if m_reg
http-request set-header X-Int 1 if m_int
http-request set-header X-Ip 1 if m_ip
http-request set-header X-Len 1 if m_len or m_sub
http-request set-header X-Longer 1 if m_longer
http-request set-header X-Range 1 if m_range
http-request set-header X-Dir 1 if m_dir !m_end
http-request set-header X-Dom 1 if m_dom || m_end
http-request set-header X-None 1 unless m_str or m_reg
server a @a`,
    talks: [
      get("/echo", "X-T: ONE"),
      get("/echo", "X-T: a12", "X-N: 4"),
      get("/echo", "X-T: sixsix", "X-N: 101", "X-Ip: 10.2.3.4"),
      get("/echo/dir/x", "X-T: hello", "X-Ip: 11.0.0.1", "X-D: www.example.org"),
      get("/echo/dir/x.png", "X-D: wwwexample.org"),
    ],
  },
  {
    name: "samples",
    lines: `http-request return status 200 content-type text/plain lf-string "%[req.hdrs_bin,length] %[path,url_dec] %[query,url_dec] %[urlp(a)] %[urlp(b,&)] %[base] %[req.cook(c)] %[req.hdr(x,-1)] %[req.fhdr(x)] %[req.hdr_cnt(x)] %[hdr(x),lower,bytes(1,2)] %[path,crc32] %[path,sha1,hex] %[path,base64] %[path,xxh32] %[path,xxh64] %[path,djb2] %[path,sdbm,mod(7)] %[req.ver] %[method] %[url] %[path,word(2,/)] %[path,field(2,/)] %[int(7),mul(6),add(1),neg] %[str(a),strcmp(txn.none)] %[path,regsub(o,0,g)] %[src,ipmask(24)] %[always_true] %[path,json] %[hdr(x),iif(yes,no)] %[req.body_len]"`,
    talks: [
      get("/foo/boo?a=1&b=two%20x", "X: Value1, v2", "X: v3", "Cookie: c=d; e=f"),
      get("/x%20y", "Cookie: c=1"),
    ],
  },
];
