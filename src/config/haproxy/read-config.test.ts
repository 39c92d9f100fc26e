import assert from "node:assert/strict";
import { test } from "node:test";
import { readHaproxyConfig } from "./read-config.js";
import type { World } from "./world.js";

const world: World = {
  environment: { PORT: "8080" },
  readFile: () => ({ reason: "No such file or directory" }),
  list: () => undefined,
  hostName: () => "host",
  user: () => undefined,
  group: () => undefined,
};

const read = (text: string) => readHaproxyConfig([{ name: "test.cfg", text }], world);

test("reads a front end, a back end and what its defaults give", () => {
  const { config, diagnostics } = read(
    [
      "defaults",
      "  mode http",
      "  timeout client 10s",
      "  timeout connect 1s",
      "  timeout server 10s",
      "  default-server check inter 2s rise 2 fall 3",
      "frontend web",
      `  bind "127.0.0.1:\${PORT}"`,
      "  acl api path_beg /api",
      "  http-request set-header X-Client %[src] if api",
      "  use_backend servers if api { method GET }",
      "  default_backend servers",
      "backend servers",
      "  balance leastconn",
      "  server a 10.0.0.1:80 weight 2",
      "  server b 10.0.0.2:80",
      "",
    ].join("\n"),
  );
  assert.deepEqual(diagnostics, []);
  const [web, servers] = config!.proxies;
  assert.deepEqual(web?.binds[0]?.address, {
    kind: "inet",
    host: "127.0.0.1",
    family: 4,
    ports: { from: 8080, to: 8080 },
    type: "stream",
  });
  assert.equal(web?.httpRequest[0]?.action, "set-header");
  assert.equal(web?.useBackends[0]?.condition?.alternatives[0]?.length, 2);
  assert.equal(servers?.balance.algorithm, "leastconn");
  assert.deepEqual(
    servers?.servers.map((server) => [server.name, server.weight, server.check, server.id]),
    [
      ["a", 2, true, 1],
      ["b", 1, true, 2],
    ],
  );
  assert.equal(web?.timeouts.client, 10_000);
});

test("takes the old form of listen with a warning, and names what is wrong where it stands", () => {
  const old = read("listen web 127.0.0.1:8080\n  timeout client 1s\n");
  assert.equal(old.config?.proxies[0]?.binds.length, 1);
  assert.equal(old.diagnostics[0]?.code, "old-listen");
  const wrong = read("frontend web\n  mode htttp\n  bnd :80\n");
  assert.equal(wrong.config, undefined);
  assert.deepEqual(
    wrong.diagnostics.slice(0, 2).map(({ place, printed }) => [place.line, place.column, printed]),
    [
      [2, 8, "parsing [test.cfg:2] : unknown proxy mode 'htttp'."],
      [
        3,
        3,
        "parsing [test.cfg:3] : unknown keyword 'bnd' in 'frontend' section; did you mean 'bind' maybe ?",
      ],
    ],
  );
});
