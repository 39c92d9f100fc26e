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
];
