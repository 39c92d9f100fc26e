import type { Ask } from "./ask.js";

/**
 * A configuration, and what is asked of it. In its text PORT is where it listens, A and B are web servers' ports, DEAD one where nobody listens, DIR the folder with
 * `html/` in it. `http` is what stands in http beside the server; `server` what stands in that.
 */
export interface Case {
  readonly name: string;
  readonly http?: string;
  readonly server: string;
  readonly asks: readonly Ask[];
}

const get = (path: string, ...fields: string[]): Ask => ({ path, fields });
const post = (path: string, body: string, ...fields: string[]): Ask => ({
  path,
  method: "POST",
  body,
  fields,
});

export const cases: readonly Case[] = [
  {
    name: "locations in their order",
    server: `location = /exact { return 200 "exact"; }
      location / { return 200 "root"; }
      location /pre { return 200 "pre"; }
      location ^~ /pre/no { return 200 "noregex"; }
      location /pre/longer/ { return 200 "longer"; }
      location ~ \\.php$ { return 200 "php"; }
      location ~* \\.(gif|jpe?g)$ { return 200 "image $1"; }
      location ~ ^/pre/(?<what>\\w+)/end$ { return 200 "named $what"; }`,
    asks: [
      "/",
      "/exact",
      "/exact/",
      "/pre",
      "/pref",
      "/pre/no/x.php",
      "/pre/x.php",
      "/a.PHP",
      "/a.GIF",
      "/pre/longer/b.jpeg",
      "/pre/longer/",
      "/pre/longer",
      "/pre/abc/end",
      "/pre/no",
      "/%70re/x",
      "/pre//x.php",
      "/a/../exact",
      "/./exact",
      "/a%2f..%2fexact",
    ],
  },
  {
    name: "locations within locations",
    server: `location /a/ { return 200 "a";
        location /a/b/ { return 200 "ab"; }
        location = /a/exact { return 200 "aexact"; }
        location ~ /a/.*\\.x$ { return 200 "ax"; } }
      location ~ \\.x$ { return 200 "x";
        location ~ ^/deep { return 200 "deepx"; } }
      location ~ ^/outer { location ~ inner { return 200 "inner"; } return 200 "outer"; }`,
    asks: [
      "/a/",
      "/a/b/",
      "/a/b/c",
      "/a/exact",
      "/a/z.x",
      "/a/b/z.x",
      "/z.x",
      "/deep.x",
      "/outer",
      "/outer/inner",
      "/nothing",
    ],
  },
  {
    name: "names of servers",
    http: `server { listen 127.0.0.1:PORT; server_name exact.example www.exact.example; return 200 "exact"; }
      server { listen 127.0.0.1:PORT; server_name *.wild.example; return 200 "head"; }
      server { listen 127.0.0.1:PORT; server_name *.deep.wild.example; return 200 "deeper"; }
      server { listen 127.0.0.1:PORT; server_name tail.*; return 200 "tail"; }
      server { listen 127.0.0.1:PORT; server_name .both.example; return 200 "both"; }
      server { listen 127.0.0.1:PORT; server_name ~^(?<user>.+)\\.users\\.example$; return 200 "user $user"; }
      server { listen 127.0.0.1:PORT; server_name ~^n(\\d+)\\.; return 200 "number $1"; }`,
    server: `server_name first.example; return 200 "default $host $server_name $http_host";`,
    asks: [
      "exact.example",
      "EXACT.example",
      "exact.example:80",
      "www.exact.example",
      "exact.example.",
      "a.wild.example",
      "a.b.wild.example",
      "a.deep.wild.example",
      "wild.example",
      "tail.org",
      "tail.a.org",
      "both.example",
      "x.both.example",
      "john.users.example",
      "n12.org",
      "other.org",
      "[::1]:80",
      "first.example",
    ].map((host) => ({ host })),
  },
  {
    name: "hosts that can't be",
    server: `return 200 "$host|$http_host";`,
    asks: [
      { raw: "GET / HTTP/1.0\r\n\r\n" },
      { raw: "GET / HTTP/1.1\r\nConnection: close\r\n\r\n" },
      { host: "a..b" },
      { host: "a/b" },
      { raw: "GET http://abs.example/p?q HTTP/1.1\r\nHost: abs.example\r\nConnection: close\r\n\r\n" },
      { raw: "GET http://abs.example HTTP/1.1\r\nHost: abs.example\r\nConnection: close\r\n\r\n" },
      { raw: "GET / HTTP/1.0\r\nHost:\r\n\r\n" },
      { raw: "GET / HTTP/1.0\r\nHost: a.example\r\nHost: a.example\r\n\r\n" },
      { host: "a.example:80:90" },
      { host: "a.example:8/0" },
      { host: "a.example:8..0" },
      { host: "[::1]..:80" },
      { host: "[v1.a!$&'()*+,;=-._~:]" },
    ],
  },
  {
    name: "targets that name a host",
    server: `add_header X "$host|$http_host|$uri|$args|$request_uri|$request" always; return 200 "";`,
    asks: [
      "http://other.example/",
      "http://other.example:80/p",
      "http://OTHER.example.:80?q",
      "http://other.example:80?q#f",
      "http://other.example:",
      "http://[::1]:8080/p",
      "HTTP://[v1.a!$&'()*+,;=-._~:]/",
      "other://a.example/p",
    ],
  },
  {
    name: "targets that can't be",
    server: `return 200 "$host";`,
    asks: [
      "http:///p",
      "http://user@other.example/",
      "http://a_b.example/",
      "http://a..b/",
      "http://a.example:8a/",
      "http://a.example#f",
      "http:/a.example/",
      "a.example/p",
      "*",
    ],
  },
  {
    name: "the server of no host, and a server's name",
    http: `server { listen 127.0.0.1:PORT; server_name ""; return 200 "none '$server_name'"; }
      server { listen 127.0.0.1:PORT; server_name ~^RE.; return 200 "$server_name"; }
      server { listen 127.0.0.1:PORT; server_name .dot.example; return 200 "$server_name"; }`,
    server: `server_name first.example; return 200 "$server_name";`,
    asks: [
      { raw: "GET / HTTP/1.0\r\n\r\n" },
      { host: "re.example" },
      { host: "a.dot.example" },
      { host: "x" },
    ],
  },
  {
    name: "requests that came before the one in front was answered",
    server: `return 200 "$pipe";`,
    asks: [
      {
        raw: "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      },
    ],
  },
  {
    name: "an address that is real before the server rewrites",
    http: `server { listen 127.0.0.1:PORT; server_name named.example; set_real_ip_from localhost; return 200 "$remote_addr"; }`,
    server: `set_real_ip_from 127.0.0.1; return 200 "$remote_addr $realip_remote_addr";`,
    asks: [get("/", "X-Real-IP: 192.0.2.1"), "/"],
  },
  {
    name: "connections that are counted",
    server: `return 200 "$connections_active $connections_reading $connections_writing $connections_waiting";`,
    asks: ["/"],
  },
  {
    name: "ranges that are deleted",
    http: `geo $arg_a $where { ranges; default none; 127.0.0.0-127.0.0.255 all; 127.0.0.1-127.0.0.1 one; 10.0.0.0-10.1.0.0 two;
        delete 127.0.0.0-127.0.0.0; delete 127.0.0.2-127.0.0.255; delete 10.0.0.0-10.1.0.0; }`,
    server: `return 200 "$where";`,
    asks: ["/?a=127.0.0.0", "/?a=127.0.0.1", "/?a=127.0.0.2", "/?a=10.0.0.5"],
  },
  {
    name: "paths",
    server: `location / { return 200 "$uri|$args|$request_uri|$is_args|$document_uri|$query_string"; }`,
    asks: [
      "/",
      "/a?b",
      "/a?",
      "/a?b?c",
      "/a%20b",
      "/a+b",
      "/a%2Bb",
      "/%41",
      "/a//b",
      "/a/./b",
      "/a/../b",
      "/a/b/..",
      "/a/.",
      "/a%3fb",
      "/a%23b",
      "/a#frag",
      "/a?x=%20y",
      "/a%",
      "/a%4",
      "/a%zz",
      "/%00",
      "/../x",
      "/a/../../x",
      "/a;b,c=d",
      "/%e4%b8%ad",
      "/...",
      "/a/...",
      "/.hidden",
    ],
  },
  {
    name: "paths whose slashes stay",
    server: `merge_slashes off; location / { return 200 "$uri"; }`,
    asks: ["//", "//a", "/a//b///c", "/a//../b", "/a/./b"],
  },
  {
    name: "return in all its forms",
    server: `location /t { return 200 "text $uri"; } location /n { return 204; } location /g { return 410; }
      location /s { return 503; } location /m { return 301 /there; } location /f { return 302 http://else.example/x$request_uri; }
      location /so { return 303 /x; } location /p { return 307 $scheme://$host/p; } location /pp { return 308 /perm; }
      location /only { return http://only.example/; } location /teapot { return 418 "tea"; } location /empty { return 200; }
      location /e404 { return 404 "own text"; } location /bare { return 404; } location /m200 { return 200 ""; } location /j { default_type application/json; return 200 '{"a":"$arg_a"}'; }
      location /weird { return 599; } location /w2 { return 299 two; }`,
    asks: [
      "/t",
      "/t.html",
      "/n",
      "/g",
      "/s",
      "/m",
      "/f?q=1",
      "/so",
      "/p",
      "/pp",
      "/only",
      "/teapot",
      "/empty",
      "/e404",
      "/bare",
      "/m200",
      "/j?a=5",
      "/weird",
      "/w2",
      { path: "/t", method: "HEAD" },
      { path: "/g", method: "HEAD" },
      post("/t", "abc"),
      post("/m", "abc"),
    ],
  },
  {
    name: "redirects' places",
    server: `server_name own.example; location /rel { return 301 /x; }
      location /srv { server_name_in_redirect on; return 301 /x; }
      location /port { port_in_redirect off; return 301 /x; }
      location /path { absolute_redirect off; return 301 /x; }
      location /dir { root DIR/html; } location /proxied/ { proxy_pass http://127.0.0.1:A; }`,
    asks: [
      "/rel",
      "/srv",
      "/port",
      "/path",
      "/dir",
      { raw: "GET /rel HTTP/1.0\r\n\r\n" },
      "/proxied",
      "/proxied?a=b",
    ],
  },
  {
    name: "rewrite",
    server: `rewrite ^/first/(.*)$ /second/$1 last; rewrite ^/away http://away.example$uri redirect; rewrite ^/gone$ /perm permanent;
      location /second/ { rewrite ^/second/(\\w+)/?(.*)$ /third/$2?from=$1 last; }
      location /third/ { return 200 "third $uri $args"; }
      location /brk/ { rewrite ^/brk/(.*)$ /files/$1 break; return 200 "after $uri"; }
      location /noargs { rewrite ^ /third/x? last; }
      location /withargs { rewrite ^/withargs(.*) /third/y?a=b$1 last; }
      location /loop { rewrite ^/loop /loop last; }
      location /esc { rewrite ^/esc/(.*)$ /third/z?v=$1 last; }
      location /perm2 { rewrite ^/perm2/(.*)$ /p/$1?x=1 permanent; }`,
    asks: [
      "/first/abc/def",
      "/first/abc?q=1",
      "/away/x",
      "/away?q",
      "/gone",
      "/brk/a",
      "/noargs?drop=1",
      "/withargs?keep=1",
      "/withargs/e",
      "/loop",
      "/esc/a%20b",
      "/esc/a%26b",
      "/perm2/a%20b?y=2",
      "/perm2/c",
    ],
  },
  {
    name: "if",
    server: `set $kind none; if ($http_user_agent ~* "curl/(\\d+)") { set $kind "curl$1"; }
      if ($arg_die) { return 403; } if ($request_method = POST) { set $kind posted; }
      if ($http_x_no !~ "yes") { set $no 1; } if ($arg_e != "") { set $e "e$arg_e"; }
      location / { if ($arg_r) { return 200 "if $arg_r"; } add_header X-In location; return 200 "$kind $no $e"; }
      location /h { if ($arg_h) { add_header X-If yes; } root DIR/html; }
      location /f { root DIR/html; if (-f $request_filename) { return 200 file; } if (-d $request_filename) { return 200 dir; } if (!-e $request_filename) { return 200 none; } }`,
    asks: [
      get("/", "User-Agent: curl/8"),
      get("/", "X-No: yes"),
      "/?die=1",
      "/?die=0",
      post("/", "x"),
      "/?e=5",
      "/?r=x",
      "/f/a.txt",
      "/f/dir",
      "/f/none",
    ],
  },
  {
    name: "set and variables",
    http: `map $arg_m $mapped { default d; one 1; "two words" 2; ~^re(\\d)$ "r$1"; ~*CASE "c"; }
      map $host $hosted { hostnames; default other; *.example.com head; www.example.* tail; example.org exact; .dot.example dot; }
      map $arg_m$arg_n $two { default "$mapped-$arg_n"; x "literal"; }
      geo $geo { default out; 127.0.0.0/8 loop; 10.0.0.0/8 ten; }
      split_clients "$arg_s" $split { 20% a; 30% b; * c; }`,
    server: `set $a "x$arg_v"; set $b "\${a}y"; return 200 "$a $b $mapped $hosted $two $geo $split $server_port_x$scheme $request_method $server_protocol $remote_addr $http_x_multi $cookie_c $arg_missing.";
      set $server_port_x "";`,
    asks: [
      "/?v=1",
      "/?m=one",
      "/?m=two%20words",
      "/?m=re7",
      "/?m=xcasex",
      "/?m=x",
      "/?n=5",
      ...["a", "b", "c", "d", "e", "f", "g", "h"].map((s) => `/?s=${s}`),
      { host: "a.example.com" },
      { host: "www.example.net" },
      { host: "example.org" },
      { host: "dot.example" },
      { host: "x.dot.example" },
      get("/", "X-Multi: 1", "X-Multi: 2"),
      get("/", "Cookie: c=1; d=2"),
      get("/", "Cookie: d=2;c=5", "Cookie: c=6"),
      "/?V=upper",
      "/?v=1&v=2",
      "/?xv=1&v=3",
    ],
  },
  {
    name: "files",
    server: `root DIR/html; location /alias/ { alias DIR/html/dir/; } location ~ ^/re/(.*)$ { alias DIR/html/$1; }
      location /types/ { types { text/x-own own; } default_type application/x-none; alias DIR/html/; }
      location /noetag { etag off; alias DIR/html/a.txt; } location /plain/ { default_type ""; alias DIR/html/; }`,
    asks: [
      "/",
      "/index.html",
      "/a.txt",
      "/none.txt",
      "/dir",
      "/dir/",
      "/dir/?x=1",
      "/dir/b.html",
      "/alias/b.html",
      "/alias/",
      "/re/a.txt",
      "/types/a.txt",
      "/types/x.own",
      "/noetag",
      "/empty",
      "/noperm/",
      "/a.txt/",
      "/dir?x=1",
      { path: "/a.txt", method: "HEAD" },
      post("/a.txt", "x"),
      { path: "/a.txt", method: "PUT", body: "x" },
      { path: "/a.txt", method: "DELETE" },
      { path: "/a.txt", method: "OPTIONS" },
      { path: "/plain/noext" },
    ],
  },
  {
    name: "conditions",
    server: `root DIR/html; location /before/ { if_modified_since before; alias DIR/html/; } location /off/ { if_modified_since off; alias DIR/html/; }`,
    asks: [
      get("/fixed.txt", "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT"),
      get("/fixed.txt", "If-Modified-Since: Tue, 02 Jan 2024 00:00:00 GMT"),
      get("/fixed.txt", "If-Modified-Since: Sun, 31 Dec 2023 00:00:00 GMT"),
      get("/before/fixed.txt", "If-Modified-Since: Tue, 02 Jan 2024 00:00:00 GMT"),
      get("/off/fixed.txt", "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT"),
      get("/fixed.txt", "If-Modified-Since: Monday, 01-Jan-24 00:00:00 GMT"),
      get("/fixed.txt", "If-Modified-Since: Mon Jan  1 00:00:00 2024"),
      get("/fixed.txt", "If-Modified-Since: nonsense"),
      get("/fixed.txt", 'If-None-Match: "65920080-a"'),
      get("/fixed.txt", 'If-None-Match: W/"65920080-a"'),
      get("/fixed.txt", 'If-None-Match: "x", "65920080-a"'),
      get("/fixed.txt", 'If-None-Match: "x"'),
      get("/fixed.txt", "If-None-Match: *"),
      get("/fixed.txt", 'If-Match: "65920080-a"'),
      get("/fixed.txt", 'If-Match: "x"'),
      get("/fixed.txt", "If-Unmodified-Since: Sun, 31 Dec 2023 00:00:00 GMT"),
      get("/fixed.txt", "If-Unmodified-Since: Mon, 01 Jan 2024 00:00:00 GMT"),
    ],
  },
  {
    name: "ranges",
    server: `root DIR/html; location /one/ { max_ranges 1; alias DIR/html/; } location /no/ { max_ranges 0; alias DIR/html/; }`,
    asks: [
      ...[
        "bytes=0-3",
        "bytes=2-",
        "bytes=-4",
        "bytes=0-100",
        "bytes=100-",
        "bytes=5-2",
        "bytes=0-0,9-9",
        "bytes=0-1, 4-5",
        "bytes=-0",
        "bytes=",
        "chars=0-1",
        "bytes=0-9,0-9",
        "bytes=a-b",
      ].map((range) => get("/fixed.txt", `Range: ${range}`)),
      get("/one/fixed.txt", "Range: bytes=0-1,3-4"),
      get("/no/fixed.txt", "Range: bytes=0-1"),
      get("/fixed.txt", "Range: bytes=0-1", 'If-Range: "65920080-a"'),
      get("/fixed.txt", "Range: bytes=0-1", 'If-Range: "other"'),
      get("/fixed.txt", "Range: bytes=0-1", "If-Range: Mon, 01 Jan 2024 00:00:00 GMT"),
      { path: "/fixed.txt", method: "HEAD", fields: ["Range: bytes=0-1"] },
    ],
  },
  {
    name: "try_files and index",
    server: `root DIR/html; location / { try_files $uri $uri/ @named; } location /t/ { try_files /a.txt =404; }
      location /u/ { try_files /none /index.html?x; } location /s/ { try_files /none =410; } location /dirs/ { index none.html b.html /index.html; alias DIR/html/dir/; }
      location @named { return 200 "named $uri"; } location /abs/ { index none /a.txt; alias DIR/html/dir/; } location /only/ { index none; alias DIR/html/dir/; }`,
    asks: [
      "/",
      "/a.txt",
      "/dir/",
      "/dir",
      "/none",
      "/none?x=1",
      "/t/x",
      "/u/x",
      "/s/x",
      "/dirs/",
      "/abs/",
      "/only/",
    ],
  },
  {
    name: "pages of errors",
    server: `root DIR/html; error_page 404 /err.html; error_page 403 =200 /a.txt; error_page 410 = @gone; error_page 500 502 503 504 /50x; error_page 401 http://login.example/; error_page 402 =301 http://pay.example/;
      location /403 { return 403; } location /410 { return 410; } location /503 { return 503; } location /401 { return 401; } location /402 { return 402; }
      location = /50x { internal; return 200 "50x $status"; } location @gone { return 418 "gone"; } location = /err.html { internal; }
      location /own { error_page 404 /none404; } location /rec { recursive_error_pages on; error_page 404 /rec2; } location /rec2 { error_page 404 =200 /a.txt; }
      location /dead { proxy_pass http://127.0.0.1:DEAD; } location /inter { proxy_intercept_errors on; proxy_pass http://127.0.0.1:A/status/404; } location /nointer { proxy_pass http://127.0.0.1:A/status/404; }
      location /keep { error_page 404 =404 /a.txt; }`,
    asks: [
      "/none",
      "/403",
      "/410",
      "/503",
      "/401",
      "/402",
      "/50x",
      "/err.html",
      "/own",
      "/rec",
      "/dead",
      "/inter",
      "/nointer",
      "/keep",
      { path: "/none", method: "HEAD" },
      post("/none", "x"),
      post("/503", "x"),
    ],
  },
  {
    name: "fields that are added",
    server: `add_header X-Server s; add_header X-Var $uri always; add_header X-Empty ""; root DIR/html;
      location /in { add_header X-In i; return 200 in; } location /inherit { return 200 x; } location /err { return 404; } location /created { return 201 c; }
      location /exp { expires 1h; return 200 e; } location /epoch { expires epoch; return 200 e; } location /max { expires max; return 200 e; } location /off { expires off; return 200 o; }
      location /past { expires -1; return 200 p; } location /zero { expires 0; return 200 z; } location /mod/ { expires modified 10s; alias DIR/html/; } location /tok { server_tokens off; return 404; }
      location /lm { add_header Last-Modified ""; add_header ETag ""; alias DIR/html/a.txt; }`,
    asks: ["/in", "/inherit", "/err", "/created", "/epoch", "/max", "/off", "/past", "/zero", "/tok", "/lm"],
  },
  {
    name: "proxying: targets",
    server: `location /a/ { proxy_pass http://127.0.0.1:A; } location /b/ { proxy_pass http://127.0.0.1:A/; } location /c/ { proxy_pass http://127.0.0.1:A/deep/er; }
      location /d { proxy_pass http://127.0.0.1:A/x?fixed; } location ~ ^/re/ { proxy_pass http://127.0.0.1:A; } location /rw/ { rewrite ^/rw/(.*)$ /done/$1 break; proxy_pass http://127.0.0.1:A; }
      location /rwu/ { rewrite ^/rwu/(.*)$ /done/$1 break; proxy_pass http://127.0.0.1:A/ignored/; } location /var/ { set $up 127.0.0.1:A; proxy_pass http://$up; }
      location /varu/ { set $up 127.0.0.1:A; proxy_pass http://$up/whole$is_args$args; } location = /eq { proxy_pass http://127.0.0.1:A/eq2; }`,
    asks: [
      "/a/x",
      "/a/x%20y?q=%20",
      "/a//x",
      "/b/x",
      "/b/x%20y",
      "/b/",
      "/b/x?y",
      "/c/z",
      "/d/e",
      "/d?q",
      "/re/x",
      "/rw/x?y",
      "/rw/a%20b",
      "/rwu/x",
      "/var/x?y",
      "/varu/x?y",
      "/eq",
      "/b/a%2fb",
      "/b/%e4",
    ],
  },
  {
    name: "proxying: fields",
    server: `location / { proxy_pass http://127.0.0.1:A; } location /set { proxy_set_header Host own.example; proxy_set_header X-Real $remote_addr; proxy_set_header X-Empty ""; proxy_set_header Accept-Encoding ""; proxy_set_header Connection ""; proxy_http_version 1.1; proxy_pass http://127.0.0.1:A; }
      location /add { proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Host "$proxy_host $proxy_port"; proxy_pass http://127.0.0.1:A; } location /fwd { proxy_set_header X-Forwarded-For $http_x_forwarded_for,$remote_addr; proxy_set_header Host $http_host; proxy_pass http://127.0.0.1:A; }
      location /none { proxy_pass_request_headers off; proxy_pass http://127.0.0.1:A; } location /nobody { proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_pass http://127.0.0.1:A; }
      location /body { proxy_set_body "own $uri"; proxy_pass http://127.0.0.1:A; } location /meth { proxy_method PUT; proxy_pass http://127.0.0.1:A; } location /under { proxy_pass http://127.0.0.1:A; }`,
    asks: [
      "/",
      get("/", "Accept: */*", "X-Own: v", "x-LOWER: w"),
      get("/", "Connection: close, X-Own", "X-Own: v", "TE: trailers", "Upgrade: h2c", "Keep-Alive: 5"),
      get("/set", "Accept-Encoding: gzip", "X-Empty: given"),
      get("/add", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-For: 10.0.0.2"),
      "/add",
      get("/fwd", "X-Forwarded-For: 10.0.0.1"),
      get("/none", "X-Own: v"),
      post("/nobody", "abc"),
      post("/body", "abc"),
      post("/", "abc", "Content-Type: text/x"),
      "/meth",
      get("/under", "X_Under: a", "X-Fine: b"),
      post("/", ""),
      { path: "/", method: "PUT", body: "data" },
      { path: "/", method: "POST", fields: ["Transfer-Encoding: chunked"], body: "5\r\nhello\r\n0\r\n\r\n" },
      { path: "/", version: "1.0" },
      { path: "/", method: "HEAD" },
      { path: "/", method: "PATCH", body: "p" },
    ],
  },
  {
    name: "proxying: answers",
    server: `location / { proxy_pass http://127.0.0.1:A; } location /pass/ { proxy_pass_header Server; proxy_pass_header Date; proxy_hide_header X-Own; proxy_pass http://127.0.0.1:A/; }
      location /inner/ { internal; alias DIR/html/; } location /ign/ { proxy_ignore_headers X-Accel-Redirect; proxy_pass http://127.0.0.1:A/; } location /v11/ { proxy_http_version 1.1; proxy_pass http://127.0.0.1:A/; }`,
    asks: [
      "/fields",
      "/pass/fields",
      "/cookies",
      "/status/200",
      "/status/201",
      "/status/404",
      "/status/500",
      "/status/302",
      "/chunked",
      "/v11/chunked",
      { path: "/chunked", version: "1.0" },
      "/untilclose",
      "/nobody",
      "/notmodified",
      "/ign/accel",
      "/empty",
      "/status/299",
      get("/fields", 'If-None-Match: "abc"'),
      { path: "/fields", method: "HEAD" },
    ],
  },
  {
    name: "proxying: Location and Refresh",
    server: `location /usual/ { proxy_pass http://127.0.0.1:A/; } location /off/ { proxy_redirect off; proxy_pass http://127.0.0.1:A/; }
      location /text/ { proxy_redirect http://127.0.0.1:A/ http://front.example/; proxy_pass http://127.0.0.1:A/; } location /re/ { proxy_redirect ~^http://[^/]+/(.*)$ /re/$1; proxy_pass http://127.0.0.1:A/; }
      location /bare/ { proxy_pass http://127.0.0.1:A; proxy_redirect default; } location /abs/ { absolute_redirect off; proxy_pass http://127.0.0.1:A/; }`,
    asks: [
      "/usual/moved",
      "/usual/moved/x?y",
      "/off/moved",
      "/text/moved/a",
      "/re/moved/b",
      "/usual/refresh",
      "/off/refresh",
      "/abs/moved",
    ],
  },
  {
    name: "proxying: cookies",
    server: `location /dom/ { proxy_cookie_domain one.example two.example; proxy_pass http://127.0.0.1:A/; } location /path/ { proxy_cookie_path /one/ /new/; proxy_pass http://127.0.0.1:A/; }
      location /re/ { proxy_cookie_path ~^/(\\w+) /x$1; proxy_cookie_domain ~^(.*)\\.example$ $1.net; proxy_pass http://127.0.0.1:A/; }
      location /flags/ { proxy_cookie_flags a httponly samesite=lax; proxy_cookie_flags ~^b secure; proxy_pass http://127.0.0.1:A/; } location /no/ { proxy_cookie_flags a nosecure; proxy_pass http://127.0.0.1:A/; }`,
    asks: ["/dom/cookies", "/path/cookies", "/re/cookies", "/flags/cookies", "/no/cookies"],
  },
  {
    name: "another server is asked",
    http: `upstream one { server 127.0.0.1:DEAD; server 127.0.0.1:A backup; } upstream codes { server 127.0.0.1:A max_fails=0; server 127.0.0.1:B max_fails=0; }
      upstream alldead { server 127.0.0.1:DEAD max_fails=0; }`,
    server: `location /err { proxy_pass http://one; } location /off { proxy_next_upstream off; proxy_pass http://127.0.0.1:DEAD; } location /dead { proxy_pass http://alldead; }
      location /c/ { proxy_next_upstream http_500; proxy_pass http://codes/; add_header X-Tries $upstream_status; } location /tries/ { proxy_next_upstream http_500; proxy_next_upstream_tries 1; proxy_pass http://codes/; add_header X-Tries $upstream_status always; }`,
    asks: [
      "/err",
      "/err",
      "/off",
      "/dead",
      "/c/status/500",
      "/c/x",
      post("/c/status/500", "x"),
      "/tries/status/500",
      "/c/empty",
    ],
  },
  {
    name: "shares of servers",
    http: `upstream weights { server 127.0.0.1:A weight=2; server 127.0.0.1:B; } upstream hashed { hash $arg_k; server 127.0.0.1:A; server 127.0.0.1:B; }
      upstream ring { hash $arg_k consistent; server 127.0.0.1:A; server 127.0.0.1:B; } upstream ip { ip_hash; server 127.0.0.1:A; server 127.0.0.1:B; }`,
    server: `location /w { proxy_pass http://weights; } location /h { proxy_pass http://hashed; } location /i { proxy_pass http://ip; }`,
    asks: ["/w", "/w", "/w", "/w", "/w", "/w", "/i", ..."abcdefgh".split("").map((key) => `/h?k=${key}`)],
  },
  {
    name: "bodies and their limits",
    server: `client_max_body_size 10; location / { proxy_pass http://127.0.0.1:A; } location /big { client_max_body_size 0; proxy_pass http://127.0.0.1:A; } location /ret { return 200 ok; }`,
    asks: [
      post("/", "0123456789"),
      post("/", "0123456789a"),
      post("/big", "x".repeat(300)),
      post("/ret", "0123456789a"),
      {
        path: "/",
        method: "POST",
        fields: ["Transfer-Encoding: chunked"],
        body: "b\r\n0123456789a\r\n0\r\n\r\n",
      },
    ],
  },
  {
    name: "who may come",
    server: `location /all { deny all; return 200 no; } location /one { allow 127.0.0.1; deny all; root DIR/html; } location /not { deny 127.0.0.1; root DIR/html; } location /net { deny 127.0.0.0/8; allow all; root DIR/html; } location /v6 { allow ::1; deny all; root DIR/html; }
      location /lim { limit_except GET { deny all; } root DIR/html; }`,
    asks: [
      "/all",
      "/one",
      "/not",
      "/net",
      "/v6",
      "/lim",
      post("/lim", "x"),
      { path: "/lim", method: "HEAD" },
    ],
  },
  {
    name: "users and passwords",
    server: `location / { auth_basic "closed area"; auth_basic_user_file DIR/users; proxy_pass http://127.0.0.1:A; } location /off { auth_basic off; return 200 open; } location /nofile { auth_basic x; auth_basic_user_file DIR/nousers; root DIR/html; }
      location /any { satisfy any; allow 127.0.0.1; deny all; auth_basic x; auth_basic_user_file DIR/users; root DIR/html; } location /any2 { satisfy any; deny all; auth_basic x; auth_basic_user_file DIR/users; root DIR/html; }`,
    asks: [
      "/",
      ...[
        "apr:secret",
        "apr:wrong",
        "plain:secret",
        "sha:secret",
        "ssha:secret",
        "crypt:secret",
        "nobody:secret",
        "apr",
      ].map((user) => get("/x", `Authorization: Basic ${Buffer.from(user).toString("base64")}`)),
      get("/", "Authorization: Bearer x"),
      "/nofile",
      get("/nofile", `Authorization: Basic ${Buffer.from("a:b").toString("base64")}`),
      "/any",
      "/any2",
    ],
  },
  {
    name: "addresses of clients behind proxies",
    server: `set_real_ip_from 127.0.0.1; set_real_ip_from 10.0.0.0/8; location /x { real_ip_header X-Forwarded-For; add_header X-A "$remote_addr|$realip_remote_addr"; root DIR/html; }
      location /r { real_ip_header X-Forwarded-For; real_ip_recursive on; add_header X-A "$remote_addr|$realip_remote_addr" always; root DIR/html; } location /usual { add_header X-A $remote_addr always; root DIR/html; }`,
    asks: [
      get("/x", "X-Forwarded-For: 192.0.2.1"),
      get("/r/", "X-Forwarded-For: 192.0.2.1, 10.0.0.5"),
      get("/r/", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 10.0.0.5, 10.0.0.6"),
      get("/usual/", "X-Real-IP: 192.0.2.7"),
      get("/usual/", "X-Real-IP: nonsense"),
      get("/r/", "X-Forwarded-For: 10.0.0.1"),
      get("/usual/", "X-Real-IP: 192.0.2.7:55"),
    ],
  },
  {
    name: "requests that can't be",
    server: `location / { return 200 ok; }`,
    asks: [
      { raw: "GARBAGE\r\n\r\n" },
      { raw: "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\nConnection: close\r\n\r\n" },
      { raw: "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\n" },
      { raw: "GET / HTTP/2.5\r\nHost: a\r\nConnection: close\r\n\r\n" },
      { raw: "get / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" },
      { raw: `GET /${"x".repeat(9000)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n` },
      { raw: `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(9000)}\r\nConnection: close\r\n\r\n` },
      { raw: "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n" },
      { raw: "GET / HTTP/1.1\nHost: a\nConnection: close\n\n" },
      { raw: "TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" },
      { raw: "CONNECT a:80 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" },
      { raw: "GET / HTTP/1.1\r\nHost: a\r\n bad: fold\r\nConnection: close\r\n\r\n" },
      { raw: "GET / HTTP/1.1\r\nHost: a\r\nno colon here\r\nConnection: close\r\n\r\n" },
      { raw: "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" },
    ],
  },
  {
    name: "requests one after the other",
    server: `keepalive_requests 3; location / { return 200 "$connection_requests"; } location /close { keepalive_timeout 0; return 200 c; } location /p { proxy_pass http://127.0.0.1:A/status/200; } location /err { return 400; }`,
    asks: [
      {
        raw: "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      },
      { raw: "GET /close HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n" },
      { raw: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n" },
      {
        raw: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      },
      { raw: "GET /p HTTP/1.1\r\nHost: a\r\n\r\nGET /p HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" },
      { raw: "GET /err HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n" },
      { raw: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" },
    ],
  },
  {
    name: "internal locations",
    server: `location /in { internal; return 200 in; } location /to { rewrite ^ /in last; } location /try { try_files /none /in; } location @n { return 200 "n"; } location /named { error_page 404 = @n; return 404; } location /accel { proxy_pass http://127.0.0.1:A; } location /inner/ { internal; alias DIR/html/; }`,
    asks: ["/in", "/to", "/try", "/named", "/@n"],
  },
  {
    name: "logs' variables as fields",
    server: `add_header X-Vars "$status|$body_bytes_sent|$request_length|$request|$server_name|$server_port|$https|$request_completion|$content_type|$content_length|$remote_user|$document_root|$request_filename|$limit_rate_x|$sent_http_content_type|$upstream_addr" always; set $limit_rate_x x;
      server_name vars.example; root DIR/html; location /p { proxy_pass http://127.0.0.1:A; } location /r { return 200 r; }`,
    asks: [
      "/a.txt",
      "/none",
      "/r",
      post("/p", "abc", "Content-Type: text/x"),
      get("/r", `Authorization: Basic ${Buffer.from("me:x").toString("base64")}`),
    ],
  },
  {
    name: "limits of requests",
    http: "limit_req_zone $binary_remote_addr zone=one:1m rate=1r/m; limit_req_zone $arg_k zone=keyed:1m rate=1r/m;",
    server: `location /a { limit_req zone=one; limit_req_status 429; return 200 x; root DIR/html; } location /file/ { limit_req zone=one; alias DIR/html/; }
      location /burst/ { limit_req zone=keyed burst=2 nodelay; alias DIR/html/; } location /dry/ { limit_req zone=one; limit_req_dry_run on; add_header X-L $limit_req_status always; alias DIR/html/; }
      location /st/ { limit_req zone=one; limit_req_status 420; alias DIR/html/; }`,
    asks: [
      "/file/a.txt",
      "/file/a.txt",
      "/burst/a.txt?k=1",
      "/burst/a.txt?k=1",
      "/burst/a.txt?k=1",
      "/burst/a.txt?k=1",
      "/burst/a.txt?k=2",
      "/burst/a.txt",
      "/dry/a.txt",
      "/st/a.txt",
      "/a",
    ],
  },
  {
    name: "fields with underscores and other names",
    http: 'server { listen 127.0.0.1:PORT; server_name under.example; underscores_in_headers on; return 200 "$http_x_under|$http_x_fine"; }',
    server: `return 200 "$http_x_under|$http_x_fine|$http_x_dot";`,
    asks: [
      get("/", "X_Under: a", "X-Fine: b"),
      { host: "under.example", fields: ["X_Under: a", "X-Fine: b"] },
      get("/", "X.Dot: c"),
      get("/", "x-FINE:   spaces   "),
      get("/", "X-Fine:"),
    ],
  },
  {
    name: "roots with variables",
    server: `set $where html; location / { root DIR/$where; } location /h/ { alias DIR/$where/dir/; } location ~ ^/u/(?<rest>.*) { alias DIR/html/$rest; } location /none/ { root DIR/$arg_nothing; }`,
    asks: ["/a.txt", "/h/b.html", "/h/", "/u/a.txt", "/u/dir/b.html", "/none/a.txt", "/dir/b.html?x"],
  },
  {
    name: "a file that is led to by a server",
    server: `location / { proxy_pass http://127.0.0.1:A; } location /inner/ { internal; alias DIR/html/; } location /hide/ { proxy_ignore_headers X-Accel-Redirect; proxy_hide_header Set-Cookie; proxy_pass http://127.0.0.1:A/; }`,
    asks: ["/hide/accel", "/inner/a.txt"],
  },
  {
    name: "errors of servers, and pages for them",
    http: "upstream down { server 127.0.0.1:DEAD; } upstream both { server 127.0.0.1:A; server 127.0.0.1:DEAD backup; }",
    server: `proxy_intercept_errors on; error_page 500 502 = @spare; error_page 404 /own404; error_page 403 =200 /own403; location / { proxy_pass http://both; } location /d { proxy_pass http://down; }
      location @spare { proxy_pass http://127.0.0.1:B; } location = /own404 { return 200 "own 404 $uri $request_uri"; } location = /own403 { return 200 "own 403"; }`,
    asks: [
      "/status/500",
      "/status/404",
      "/status/403",
      "/status/200",
      "/status/301",
      "/status/401",
      "/d",
      "/d/x?y",
      post("/d", "abc"),
      post("/status/500", "abc"),
      { path: "/status/404", method: "HEAD" },
    ],
  },
  {
    name: "what is kept for a request",
    http: `map $request_uri $changes { volatile; default $arg_c; } map $uri $seen { default "seen $uri"; }`,
    server: `set $first "$uri"; location /a { set $note "$seen"; rewrite ^ /b?c=2 last; } location /b { return 200 "$first|$note|$seen|$changes|$uri|$args"; } location /c { set $args x=1&c=9; return 200 "$args|$arg_x|$arg_c|$request_uri|$is_args"; } location /p { set $args changed=1; proxy_pass http://127.0.0.1:A; }`,
    asks: ["/a?c=1", "/b?c=3", "/c?y", "/p?orig=1"],
  },
  {
    name: "a body's continuation is asked for",
    server: `client_max_body_size 100; location / { proxy_pass http://127.0.0.1:A; } location /r { return 200 r; } location /no { return 403; }`,
    asks: [
      {
        raw: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nabc",
      },
      {
        raw: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
      },
      {
        raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n",
      },
      {
        raw: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
      },
    ],
  },
  {
    name: "tries at several servers, and what is told of them",
    http: "upstream three { server 127.0.0.1:DEAD max_fails=0; server 127.0.0.1:DEAD max_fails=0 weight=2; server 127.0.0.1:A backup; }",
    server: `add_header X-Up "$upstream_addr|$upstream_status|$upstream_response_length" always; location / { proxy_pass http://three; } location /one { proxy_next_upstream_tries 1; proxy_pass http://three; } location /post { proxy_pass http://three; } location /app { proxy_pass http://127.0.0.1:B/nobody; } location /c { add_header X-Own "$upstream_http_x_own|$upstream_cookie_a|$upstream_http_none" always; proxy_pass http://127.0.0.1:B/cookies; }`,
    asks: ["/", "/one", post("/post", "x"), "/app", "/c"],
  },
  {
    name: "compression",
    server: `gzip on; gzip_min_length 5; gzip_types text/plain text/x-own; gzip_vary on; root DIR/html; types { text/html html; text/plain txt; image/gif gif; }
      location / { proxy_pass http://127.0.0.1:A; } location /f/ { alias DIR/html/; } location /any/ { gzip_proxied any; alias DIR/html/; } location /off/ { gzip off; alias DIR/html/; } location /long/ { gzip_min_length 1000; alias DIR/html/; }
      location /old/ { gzip_http_version 1.0; alias DIR/html/; } location /dis/ { gzip_disable "Old.*"; alias DIR/html/; } location /all/ { gzip_types *; alias DIR/html/; }`,
    asks: [
      ...["gzip", "deflate, gzip", "gzip;q=0", "gzip;q=0.5", "identity", "*", "x-gzip", "GZIP"].map(
        (coding) => get("/f/a.txt", `Accept-Encoding: ${coding}`),
      ),
      "/f/a.txt",
      get("/f/index.html", "Accept-Encoding: gzip"),
      get("/f/empty", "Accept-Encoding: gzip"),
      get("/off/a.txt", "Accept-Encoding: gzip"),
      get("/long/a.txt", "Accept-Encoding: gzip"),
      get("/f/none", "Accept-Encoding: gzip"),
      get("/f/a.txt", "Accept-Encoding: gzip", "Via: 1.1 proxy"),
      get("/any/a.txt", "Accept-Encoding: gzip", "Via: 1.1 proxy"),
      { path: "/f/a.txt", version: "1.0", fields: ["Accept-Encoding: gzip"] },
      { path: "/old/a.txt", version: "1.0", fields: ["Accept-Encoding: gzip"] },
      get("/dis/a.txt", "Accept-Encoding: gzip", "User-Agent: Old one"),
      get("/dis/a.txt", "Accept-Encoding: gzip", "User-Agent: New"),
      get("/all/empty", "Accept-Encoding: gzip"),
      get("/all/noext", "Accept-Encoding: gzip"),
      get("/fields", "Accept-Encoding: gzip"),
      get("/chunked", "Accept-Encoding: gzip"),
      get("/f/a.txt", "Accept-Encoding: gzip", "Range: bytes=0-2"),
      { path: "/f/a.txt", method: "HEAD", fields: ["Accept-Encoding: gzip"] },
    ],
  },
  {
    name: "what a location knows of where it passes requests",
    server: `location / { add_header X-To "$proxy_host|$proxy_port|$proxy_add_x_forwarded_for"; proxy_pass http://127.0.0.1:A; }
      location /none { return 200 "$proxy_host|$proxy_port|$proxy_add_x_forwarded_for|$ssl_protocol|$ssl_server_name"; }
      location /var { add_header X-To "$proxy_host"; proxy_pass http://$arg_host:A; }
      location /port { proxy_pass http://127.0.0.1:$arg_p; }
      location /dates { proxy_pass_header Date; proxy_pass_header Server; proxy_pass http://127.0.0.1:A; }`,
    asks: [
      "/",
      get("/", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 192.0.2.2"),
      "/none",
      "/var?host=127.0.0.1",
      "/port?p=:1",
      "/port?p=0",
      "/port?p=65536",
      "/port?p=x",
      "/dates",
      "/dates/fields",
    ],
  },
  {
    name: "bodies and targets that others wouldn't take",
    server: `location / { proxy_pass http://127.0.0.1:A; }
      location /set { proxy_set_body "own $arg_b"; proxy_pass http://127.0.0.1:PORT/body; }
      location /body { add_header X-Body "$request_body"; proxy_pass http://127.0.0.1:A/there; }
      location /streamed { proxy_request_buffering off; client_body_buffer_size 1k; add_header X-Body "$request_body"; proxy_pass http://127.0.0.1:A; }
      location /failing { proxy_request_buffering off; proxy_intercept_errors on; error_page 404 /shown; proxy_pass http://127.0.0.1:A/status/404; }
      location /shown { return 200 "$request_body"; }`,
    asks: [
      "/set?b=x",
      { raw: "GET /a HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc" },
      { raw: "DELETE /a HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc" },
      { raw: "GET http://two.example:8080/a HTTP/1.1\r\nHost: one.example\r\nConnection: close\r\n\r\n" },
      post("/streamed", "abc"),
      post("/failing", "abc"),
    ],
  },
  {
    name: "where a server leads to",
    server: `location /to { proxy_pass http://127.0.0.1:PORT/led; }
      location /led { add_header X-Accel-Redirect $arg_to; add_header Content-Type text/own; add_header Set-Cookie a=b; add_header X-Other no; return 204; }
      location /in { return 200 "$uri|$args|$request_method"; } location @named { return 200 "named $uri"; }
      location /files/ { etag off; alias DIR/html/; }`,
    asks: [
      ...["/in", "/in?a=%20", "/in%20x", "..", "../in", "/in/..", "/in/.%2e", "/in/..x", "@named"].map(
        (path) => `/to?to=${path}`,
      ),
      "/to?to=/files/a.txt",
      "/to?to=/files/none",
      { path: "/to?to=/in", method: "POST", body: "x" },
    ],
  },
  {
    name: "cookies' domains keep their dots, and cookies are read as they were sent",
    server: `location /sent { add_header Set-Cookie "$arg_c=1; Domain=$arg_d"; return 200; }
      location /tab { add_header Set-Cookie "a\\t=\\t1\\t; b"; add_header Set-Cookie "a = 2 ; b"; return 200; }
      location / { proxy_cookie_domain .one.example .two.example; add_header X-Cookie "$upstream_cookie_a"; proxy_pass http://127.0.0.1:PORT/sent; }
      location /read { add_header X-Cookie "$upstream_cookie_a"; proxy_pass http://127.0.0.1:PORT/tab; }`,
    asks: ["/?c=a&d=.One.example", "/?c=A&d=one.example", "/?c=ab&d=.x.one.example", "/read"],
  },
  {
    name: "addresses as they are written, and those that requests come from",
    server: `set_real_ip_from 127.0.0.1; set_real_ip_from 127.0.0.2; real_ip_header X-From;
      location / { proxy_set_header X-Addr "$remote_addr $realip_remote_addr"; proxy_pass http://127.0.0.1:A; }
      location /port { proxy_set_header X-Port $realip_remote_port; proxy_bind 127.0.0.2:$realip_remote_port; proxy_pass http://127.0.0.1:PORT/same; }
      location /same { if ($http_x_port = $realip_remote_port) { return 200 "same $realip_remote_addr"; } return 200 "another"; }`,
    asks: [
      get("/", "X-From: 2001:DB8:0::0001"),
      get("/", "X-From: [2001:Db8::A]:80"),
      get("/", "X-From: 192.0.2.1"),
      get("/", "X-From: nobody"),
      "/port",
    ],
  },
  {
    name: "an if that has no handler behind one that has",
    server: `location /lost { set $yes 1; if ($yes) { proxy_pass http://127.0.0.1:A; } if ($yes) { add_header X-Y 1; } }
      location /kept { proxy_pass http://127.0.0.1:A; if ($arg_a) { add_header X-A 1; } if ($arg_b) { add_header X-B 1; } }`,
    asks: ["/lost", "/kept", "/kept?a=1", "/kept?a=1&b=1"],
  },
];
