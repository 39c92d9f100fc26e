import assert from "node:assert/strict";
import { test } from "node:test";
import { autoindex } from "./directives/autoindex.js";
import { addHeader } from "./directives/headers.js";
import {
  errorPage,
  limitRate,
  listen,
  locationBlock,
  root,
  sendfile,
  serverName,
  typesBlock,
} from "./directives/http.js";
import { geo, mapBlock, splitClients } from "./directives/maps.js";
import { proxyConnectTimeout, proxyNextUpstream, proxyPass, proxySetHeader } from "./directives/proxy.js";
import { upstreamServer, zone } from "./directives/upstream.js";
import { readConfig } from "./index.js";
import { balanceOf } from "./readers/upstream-block.js";
import { worldOf } from "./test-world.js";

const read = (text: string, files: Readonly<Record<string, string>> = {}) =>
  readConfig("/c/nginx.conf", {
    prefix: "/p",
    root: true,
    world: worldOf({ "/c/nginx.conf": text, ...files }),
  });

const http = (text: string, files: Readonly<Record<string, string>> = {}) => {
  const result = read(`events {}\nhttp {\n${text}\n}\n`, files);
  assert.deepEqual(
    result.diagnostics.filter(({ severity }) => severity === "emerg").map(({ printed }) => printed),
    [],
  );
  return result.main.all("http")[0]!;
};

test("what is said on a level holds within, unless said there", () => {
  const block = http(`sendfile on; proxy_connect_timeout "1m 30s";
    server { listen 8080 default_server; server_name A.example *.b.example ~^c\\d; root html/;
      location / { proxy_pass http://app/x; proxy_set_header Host $host; sendfile off; }
      location ~* \\.gif$ { autoindex on; if ($arg_a) { limit_rate 10k; } } }
    server { }`);
  const [server, other] = block.all("http-server");
  const [slash, gif] = server!.all("location");
  assert.equal(slash!.value(sendfile), false);
  assert.equal(gif!.value(sendfile), true);
  assert.equal(slash!.value(proxyConnectTimeout), 90000);
  assert.deepEqual(slash!.value(proxyNextUpstream), ["error", "timeout"]);
  assert.equal(slash!.value(proxyPass)?.authority, "app");
  assert.equal(slash!.value(proxyPass)?.uri, "/x");
  assert.equal(slash!.value(proxySetHeader)![0]!.value.text, "$host");
  assert.deepEqual(gif!.own(locationBlock), {
    kind: "regex",
    name: "\\.gif$",
    noRegex: false,
    ignoreCase: true,
  });
  assert.equal(gif!.value(autoindex), true);
  assert.equal(gif!.rewrites[0]!.kind, "if");
  assert.equal(gif!.all("location-if")[0]!.value(limitRate), 10240);
  assert.equal(slash!.value(root)?.path.text, "/p/html");
  assert.deepEqual(
    server!.value(serverName).map(({ kind, name }) => [kind, name]),
    [
      ["exact", "a.example"],
      ["wildcard", "*.b.example"],
      ["regex", "^c\\d"],
    ],
  );
  assert.deepEqual(
    server!.value(listen).map(({ text, defaultServer }) => [text, defaultServer]),
    [["0.0.0.0:8080", true]],
  );
  assert.deepEqual(
    other!.value(listen).map(({ text }) => text),
    ["0.0.0.0:80"],
  );
});

test("upstreams, maps, geo, split_clients", () => {
  const block = http(`
    upstream app { zone z 64k; least_conn; server a.example:81 weight=3 max_fails=0; server [::1] backup; server unix:/s down; }
    map $host $Backend { hostnames; default d; *.x.example x; ~*^y(.*) $1; }
    geo $g { default 0; 10.0.0.0/8 a; 10.1.0.0/16 b; delete 10.1.0.0/16; proxy 1.1.1.1; }
    split_clients $remote_addr $s { 0.5% a; 20% b; * c; }`);
  const upstream = block.all("http-upstream")[0]!;
  assert.deepEqual(
    upstream
      .value(upstreamServer)
      .map((server) => [server.host, server.port, server.weight, server.maxFails, server.path]),
    [
      ["a.example", 81, 3, 0, undefined],
      ["::1", undefined, 1, 1, undefined],
      ["", undefined, 1, 1, "/s"],
    ],
  );
  assert.deepEqual(balanceOf(upstream), { kind: "least_conn" });
  assert.deepEqual(upstream.value(zone), { name: "z", size: 65536 });
  const [map] = block.value(mapBlock);
  assert.equal(map!.variable, "backend");
  assert.deepEqual(
    map!.entries.map(({ kind, key, value }) => [kind, key, value.text]),
    [
      ["wildcard", "*.x.example", "x"],
      ["regex", "^y(.*)", "$1"],
    ],
  );
  assert.deepEqual(
    block.value(geo)[0]!.entries.map(({ network }) => network),
    ["10.0.0.0/8"],
  );
  assert.deepEqual(
    block.value(splitClients)[0]!.parts.map(({ share }) => share),
    [50, 2000, undefined],
  );
});

test("of ways to choose, the last that is said counts, and nginx warns of it", () => {
  const text = (ways: string) => `events {} http { upstream a { server 127.0.0.1; ${ways} } }`;
  const { main, diagnostics } = read(text("least_conn; hash $uri consistent; random two; ip_hash;"));
  assert.deepEqual(balanceOf(main.all("http")[0]!.all("http-upstream")[0]!), { kind: "ip_hash" });
  assert.deepEqual(
    diagnostics.map(({ printed }) => printed),
    Array(3).fill("load balancing method redefined in /c/nginx.conf:1"),
  );
  const random = read(text("ip_hash; random two;")).main.all("http")[0]!.all("http-upstream")[0]!;
  assert.deepEqual(balanceOf(random), { kind: "random", two: true });
});

test("files are included from the configuration's folder, in words' blocks too", () => {
  const block = http("include conf.d/*.conf; types { include types; }", {
    "/c/conf.d/b.conf": "server { listen 82; }",
    "/c/conf.d/a.conf": "server { listen 81; }",
    "/c/conf.d/.hidden.conf": "nonsense",
    "/c/types": "text/html html HTM;",
  });
  assert.deepEqual(
    block.all("http-server").map((server) => server.value(listen)[0]!.port),
    [81, 82],
  );
  assert.equal(block.value(typesBlock)?.get("htm"), "text/html");
});

test("words keep what is quoted and escaped", () => {
  const block = http(`add_header X "a \\"b\\" \\n;{} # no" always; add_header Y 'x'; add_header Z a\\;b\${c}d;
    error_page 404 =200 /x?y; error_page 500 502 @z; # comment`);
  assert.deepEqual(
    block.value(addHeader)!.map(({ value }) => value.text),
    ['a "b" \n;{} # no', "x", "a\\;b${c}d"],
  );
  assert.deepEqual(
    block.value(errorPage)!.map(({ statuses, answer }) => [statuses, answer]),
    [
      [[404], 200],
      [[500, 502], undefined],
    ],
  );
});

test("the first mistake ends it, with nginx's words, its line and our column", () => {
  const { ok, diagnostics, files } = read("events {}\nhttp {\n  sendfil\n    on;\n  }}\n");
  assert.equal(ok, false);
  assert.deepEqual(diagnostics, [
    {
      severity: "emerg",
      code: "unknown-directive",
      message: 'unknown directive "sendfil"',
      printed: 'unknown directive "sendfil" in /c/nginx.conf:4',
      place: { file: "/c/nginx.conf", line: 3, column: 3 },
      remedy: "Did you mean sendfile?",
    },
  ]);
  assert.deepEqual(
    files.map(({ name }) => name),
    ["/c/nginx.conf"],
  );
});

test("files that include themselves come to an end", () => {
  const { diagnostics } = read("include nginx.conf;");
  assert.match(diagnostics[0]!.message, /Too many open files/);
});

test("-g comes first and has no line", () => {
  const globals = (text: string) =>
    readConfig("/c/nginx.conf", {
      globals: text,
      world: worldOf({ "/c/nginx.conf": "daemon off; events {}" }),
    }).diagnostics.map(({ printed }) => printed);
  assert.deepEqual(globals("master_process off;"), []);
  assert.deepEqual(globals("daemon on;"), ['"daemon" directive is duplicate in /c/nginx.conf:1']);
  assert.deepEqual(globals("x y;"), ['unknown directive "x" in command line']);
  assert.deepEqual(globals("daemon on"), ['unexpected end of parameter, expecting ";" in command line']);
});
