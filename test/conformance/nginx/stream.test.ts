import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { freePorts } from "../../support/free-ports.js";
import { nginxStreamIsThere } from "../../support/real-nginx.js";
import { closed, streamCases } from "./stream-cases.js";
import { ours, really } from "./stream-compare.js";
import { clientHello, originAt, talk } from "./stream-place.js";

describe("stream as the real nginx does it", { skip: !nginxStreamIsThere() }, async () => {
  const cases = streamCases(await clientHello("TLSv1.3"), await clientHello("TLSv1.2"));
  for (const each of cases)
    test(each.name, { timeout: 60_000 }, async () => {
      const { origins = [], tls = false } = each;
      const client = (port: number) => talk(port, each.client, tls);
      const ports = await freePorts(origins.length);
      const ends = await Promise.all(origins.map((kind, at) => originAt(ports[at]!, kind)));
      try {
        const expected = await really(each, ports, client);
        const found = await ours(each, ports, client);
        assert.deepEqual(found, expected);
      } finally {
        for (const end of ends) end();
      }
    });

  test("so many sessions at once", { timeout: 60_000 }, async () => {
    const [origin] = (await freePorts(1)) as [number];
    const end = await originAt(origin, "echo");
    const limited = {
      around: "limit_conn_zone $remote_addr zone=z:64k;",
      server: "limit_conn z 1; proxy_pass ORIGIN0;",
      logged: 2,
    };
    /** Comes again while the first one is there. */
    const twice = async (port: number) => {
      const first = connect({ port, host: "127.0.0.1" });
      first.write("x");
      await once(first, "data");
      const came = await talk(port, [closed], false);
      first.destroy();
      return came;
    };
    try {
      const expected = await really(limited, [origin], twice);
      assert.match(expected.lines[0] ?? "", / 503 /);
      assert.deepEqual(await ours({ ...limited, times: 2 }, [origin], twice), {
        came: [...expected.came, ...expected.came],
        lines: [...expected.lines, ...expected.lines],
      });
    } finally {
      end();
    }
  });
});
