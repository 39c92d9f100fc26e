import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { upstreamServer } from "../../config/nginx/directives/upstream.js";
import { readConfig } from "../../config/nginx/index.js";
import { worldOf } from "../../config/nginx/test-world.js";
import { serverLine } from "./state-file.js";
import { testServer } from "./testing/model.js";

const said = fc.record(
  {
    weight: fc.integer({ min: 1, max: 1000 }),
    maxConns: fc.nat(1000),
    maxFails: fc.nat(1000),
    failTimeout: fc.nat(1000),
    slowStartMs: fc.nat(100_000),
    route: fc.option(fc.stringMatching(/^[\x21-\x7e]{1,32}$/), { nil: undefined }),
    backup: fc.boolean(),
    down: fc.boolean(),
    drain: fc.boolean(),
  },
  { noNullPrototype: true },
);

test("what is written of a server is read as the same", () => {
  fc.assert(
    fc.property(fc.array(said), (all) => {
      const servers = all.map((each, at) => testServer(`10.0.0.${at}`, each));
      const files = {
        "/f": "events {} http { upstream a { zone a 64k; state /s; } }",
        "/s": servers.map(serverLine).join(""),
      };
      const { main, diagnostics } = readConfig("/f", { world: worldOf(files), prefix: "/", root: true });
      assert.deepEqual(diagnostics, []);
      const [upstream] = main.all("http")[0]!.all("http-upstream");
      const read = upstream!.own(upstreamServer) ?? [];
      assert.deepEqual(
        read.map(({ place, ...rest }) => rest),
        servers.map(({ place, ...rest }) => rest),
      );
    }),
  );
});
