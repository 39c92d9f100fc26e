import type { Ask } from "./ask.js";
import type { Case } from "./cases.js";

const get = (path: string, ...fields: string[]): Ask => ({ path, fields });
const post = (path: string, body: string, ...fields: string[]): Ask => ({
  path,
  method: "POST",
  body,
  fields,
});

/** Of smaller modules; words as in cases.ts. */
export const moduleCases: readonly Case[] = [
  {
    name: "auth_request",
    http: "log_format sub '$uri $status $request_method'; map $arg_u $user { default none; anna Anna; }",
    server: `location / { auth_request /auth; auth_request_set $who $upstream_http_x_server; auth_request_set $code $upstream_status; add_header X-Who "$who $code" always; root DIR/html; }
      location = /auth { internal; proxy_pass http://127.0.0.1:A/status/$arg_s; proxy_pass_request_body off; proxy_set_header Content-Length ""; }
      location /echo { auth_request /echo-auth; auth_request_set $who $upstream_http_x_server; proxy_set_header X-Who $who; proxy_pass http://127.0.0.1:B; }
      location = /echo-auth { proxy_set_header X-Method $request_method; proxy_set_header X-Uri $request_uri; proxy_set_header X-Own $uri; proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_pass http://127.0.0.1:A; }
      location /off { auth_request off; return 200 off; } location /any { satisfy any; deny all; auth_request /yes; alias DIR/html/a.txt; } location /neither { satisfy any; deny all; auth_request /no; alias DIR/html/a.txt; }
      location /yes { return 204; } location /no { return 401; } location /moved { auth_request /redir; return 200 never; alias DIR/html/a.txt; } location /redir { return 302 /x; }
      location /challenged { auth_request /basic; alias DIR/html/a.txt; } location /basic { add_header WWW-Authenticate ignored always; proxy_pass http://127.0.0.1:A/status/401; }
      location /page { auth_request /no; error_page 401 = @login; alias DIR/html/a.txt; } location @login { return 200 "login $uri"; }
      location /loop { auth_request /loop; alias DIR/html/a.txt; }`,
    asks: [
      "/a.txt?s=200",
      "/a.txt?s=204",
      "/a.txt?s=403",
      "/a.txt?s=401",
      "/a.txt?s=500",
      "/a.txt?s=302",
      "/none?s=200",
      post("/echo/x?y=1", "body", "X-Given: g"),
      "/echo?s=200",
      "/off",
      "/any",
      "/neither",
      "/challenged",
      "/page",
      { path: "/a.txt?s=200", method: "HEAD" },
    ],
  },
  {
    name: "mirror",
    server: `location / { mirror /mirror; proxy_pass http://127.0.0.1:B; } location = /mirror { internal; proxy_pass http://127.0.0.1:A/seen$request_uri; }
      location /told { proxy_pass http://127.0.0.1:A; } location /nobody { mirror /mirror-no; mirror_request_body off; proxy_pass http://127.0.0.1:B; }
      location = /mirror-no { internal; proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_pass http://127.0.0.1:A/seen-no; }
      location /static { mirror /mirror; alias DIR/html/a.txt; } location /off { mirror off; return 200 off; }
      location /dead { mirror /mirror-dead; alias DIR/html/a.txt; } location = /mirror-dead { proxy_pass http://127.0.0.1:DEAD; }`,
    asks: [
      "/x?y=1",
      "/told",
      post("/p", "a body"),
      "/told",
      { path: "/c", method: "PUT", fields: ["Transfer-Encoding: chunked"], body: "5\r\nhello\r\n0\r\n\r\n" },
      "/told",
      post("/nobody", "unseen"),
      "/told",
      "/static?z",
      "/told",
      "/off",
      "/dead",
    ],
  },
  {
    name: "valid_referers and secure_link",
    server: `server_name www.one.example *.two.example ~^re\\d; location / { valid_referers none blocked server_names *.ok.example tail.* exact.example/path ~\\.regex\\.; return 200 "[$invalid_referer]"; }
      location /strict { valid_referers only.example; return 200 "[$invalid_referer]"; } location /unset { return 200 "[$invalid_referer]"; }
      location /link { secure_link $arg_md5,$arg_expires; secure_link_md5 "$uri$arg_expires secret"; return 200 "[$secure_link|$secure_link_expires]"; }
      location /bare { secure_link $arg_md5; secure_link_md5 "$uri secret"; return 200 "[$secure_link|$secure_link_expires]"; }
      location /p/ { secure_link_secret word; return 200 "[$secure_link]"; }`,
    asks: [
      "/",
      ...[
        "none",
        "http://www.one.example/x",
        "https://a.two.example",
        "http://re5/",
        "http://a.b.ok.example:80/",
        "http://ok.example/",
        "http://tail.com/",
        "http://exact.example/path/more",
        "http://exact.example/other",
        "HTTP://EXACT.example/path",
        "http://x.regex.y/",
        "http://bad.example/",
        "ftp://www.one.example/",
        "",
      ].flatMap((referer) => [get("/", `Referer: ${referer}`), get("/strict", `Referer: ${referer}`)]),
      get("/unset", "Referer: http://x.example/"),
      // md5 of "/link2147483647 secret", of "/link1 secret", of "/bare secret".
      "/link?md5=hyXuTSbeXf8922vNlxNpAw&expires=2147483647",
      "/link?md5=Is0OxJVdnrYw7hj2eTg8FQ&expires=1",
      "/link?md5=Is0OxJVdnrYw7hj2eTg8FQ&expires=x",
      "/link?md5=wrong&expires=2147483647",
      "/link",
      "/bare?md5=JM_VkH_x4PhyKPj9zycZdA",
      "/bare?md5=JM_VkH_x4PhyKPj9zycZdA==",
      "/bare",
      // md5 of "pathword".
      "/p/ced2761171c7013009d137ba6124e82c/path",
      "/p/ced2761171c7013009d137ba6124e82c/other",
      "/p/short/path",
    ],
  },
  {
    name: "autoindex and empty_gif",
    server: `root DIR/html; autoindex on; location /list/ { alias DIR/list/; } location /short/ { autoindex_exact_size off; alias DIR/list/; } location /json/ { autoindex_format json; alias DIR/list/; }
      location /jsonp/ { autoindex_format jsonp; alias DIR/list/; } location /xml/ { autoindex_format xml; alias DIR/list/; } location /utf/ { charset utf-8; alias DIR/list/; }
      location /off/ { autoindex off; alias DIR/list/; } location /gif { empty_gif; } location /noindex/ { index none; alias DIR/html/dir/; }`,
    asks: [
      "/list/",
      "/short/",
      "/json/",
      "/jsonp/",
      "/jsonp/?callback=a.b_1",
      "/jsonp/?callback=a-b",
      "/xml/",
      "/utf/",
      "/off/",
      "/noindex/",
      "/dir/",
      "/",
      "/none/",
      "/a.txt/",
      { path: "/list/", method: "HEAD" },
      post("/list/", "x"),
      "/gif",
      post("/gif", "x"),
      { path: "/gif", method: "HEAD" },
      get("/gif", "If-Modified-Since: Mon, 28 Sep 1970 06:00:00 GMT"),
      { path: "/list/", version: "1.0" },
    ],
  },
  {
    name: "sub_filter",
    http: "map $arg_w $word { default 0123; x XT; }",
    server: `root DIR/html; sub_filter_types text/plain; sub_filter text TEXTS; location /fixed.txt { sub_filter $word "<$uri>"; } location /two/ { sub_filter a A; sub_filter tex "[$args]"; sub_filter_once off; alias DIR/html/; }
      location /empty/ { sub_filter 345 ""; alias DIR/html/; } location /kept/ { sub_filter_last_modified on; sub_filter t T; alias DIR/html/; } location /case/ { sub_filter A_TEXT b; sub_filter "A TEXT" c; alias DIR/html/; }
      location /types/ { sub_filter_types *; sub_filter e E; sub_filter_once off; alias DIR/html/; } location /none { sub_filter_types text/html; alias DIR/html/a.txt; }
      location /proxy/ { sub_filter_once off; sub_filter example EXAMPLE; sub_filter "\nhost" "!"; proxy_pass http://127.0.0.1:A/; } location /long/ { sub_filter_once off; sub_filter abab X; alias DIR/list/long/; }
      location /order/ { sub_filter 012 long; sub_filter 01 short; sub_filter 2345 later; sub_filter_once off; alias DIR/html/; }`,
    asks: [
      "/a.txt",
      "/fixed.txt",
      "/fixed.txt?w=x",
      "/two/a.txt?q",
      "/empty/fixed.txt",
      "/kept/a.txt",
      "/case/a.txt",
      "/types/index.html",
      "/none",
      "/proxy/x",
      "/order/fixed.txt",
      "/long/abc.txt",
      get("/fixed.txt", "Range: bytes=0-3"),
      { path: "/a.txt", method: "HEAD" },
      { path: "/a.txt", version: "1.0" },
      "/empty",
      "/none.txt",
    ],
  },
  {
    name: "charset",
    server: `root DIR/html; charset utf-8; location /off/ { charset off; alias DIR/html/; } location /var/ { charset $arg_c; alias DIR/html/; } location /types/ { charset_types text/x-own; types { text/x-own own; text/html html; } alias DIR/html/; }
      location /proxy/ { proxy_pass http://127.0.0.1:A/; } location /over/ { override_charset on; charset koi8-r; proxy_pass http://127.0.0.1:A/; } location /moved { return 302 /x; } location /json { default_type application/json; return 200 "{}"; }
      location /text { return 200 text; }`,
    asks: [
      "/index.html",
      "/a.txt",
      "/off/index.html",
      "/var/index.html?c=iso-8859-1",
      "/types/x.own",
      "/types/index.html",
      "/proxy/fields",
      "/proxy/x",
      "/over/fields",
      "/over/x",
      "/moved",
      "/json",
      "/text",
      "/none",
      get("/fixed.txt", "Range: bytes=0-1,3-4"),
    ],
  },
  {
    name: "gzip_static and gunzip",
    server: `root DIR/html; location / { gzip_static on; } location /vary/ { gzip_vary on; gzip_static on; alias DIR/html/; } location /always/ { gzip_static always; alias DIR/html/; }
      location /un/ { gunzip on; gzip_vary on; gzip_static always; alias DIR/html/; } location /prox { gunzip on; proxy_pass http://127.0.0.1:A/gzipped; }`,
    asks: [
      "/packed.txt",
      get("/packed.txt", "Accept-Encoding: gzip"),
      get("/packed.txt", "Accept-Encoding: gzip;q=0"),
      get("/a.txt", "Accept-Encoding: gzip"),
      "/vary/packed.txt",
      get("/vary/packed.txt", "Accept-Encoding: gzip"),
      get("/vary/a.txt", "Accept-Encoding: gzip"),
      "/always/packed.txt",
      "/un/packed.txt",
      get("/un/packed.txt", "Accept-Encoding: gzip"),
      "/prox",
      get("/prox", "Accept-Encoding: gzip"),
      get("/packed.txt", "Accept-Encoding: gzip", "Range: bytes=0-3"),
      { path: "/un/packed.txt", method: "HEAD" },
      post("/packed.txt", "x", "Accept-Encoding: gzip"),
    ],
  },
  {
    name: "add_before_body, add_after_body, add_trailer",
    server: `root DIR/html; location /both/ { add_before_body /before; add_after_body /after; alias DIR/html/; } location /plain/ { addition_types text/plain; add_after_body /a.txt; alias DIR/html/; }
      location /before { return 200 "before $uri "; } location /after { proxy_pass http://127.0.0.1:A/untilclose; } location /missing/ { add_before_body /nowhere; alias DIR/html/; }
      location /trail/ { add_trailer X-Late "late $uri"; add_trailer X-Empty ""; alias DIR/html/; } location /always/ { add_trailer X-Always yes always; add_trailer X-Not no; alias DIR/html/; }`,
    asks: [
      "/both/index.html",
      "/both/a.txt",
      "/plain/a.txt",
      "/missing/index.html",
      "/both/none.html",
      get("/both/index.html", 'If-None-Match: "65920080-6"'),
      { path: "/both/index.html", version: "1.0" },
      "/trail/a.txt",
      "/trail/none",
      "/always/none",
      "/always/a.txt",
      { path: "/trail/a.txt", version: "1.0" },
      { path: "/trail/a.txt", method: "HEAD" },
      get("/trail/a.txt", "Range: bytes=0-1"),
    ],
  },
  {
    name: "random_index",
    server:
      "root DIR/list; location / { random_index on; } location /plain/ { random_index on; alias DIR/html/dir/; }",
    asks: ["/long/", "/plain/", "/none/", "/long"],
  },
];
