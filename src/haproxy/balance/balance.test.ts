import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ServersFixture } from "../servers/testing/fixture.js";

function sequence(fixture: ServersFixture, count: number): string {
  return Array.from({ length: count }, () => fixture.once()).join(" ");
}

describe("balance roundrobin", () => {
  test("2 to 1 is what HAProxy's log shows", () => {
    const fixture = new ServersFixture([
      {
        servers: [
          ["s1", { weight: 2 }],
          ["s2", { weight: 1 }],
        ],
      },
    ]);
    assert.equal(sequence(fixture, 9), "s1 s1 s2 s1 s1 s2 s1 s1 s2");
  });

  test("shares differ by at most one from the weights, over any number of rounds", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }), (weights) => {
        const fixture = new ServersFixture([
          { servers: weights.map((weight, at) => [`s${at}`, { weight }] as const) },
        ]);
        const counts = weights.map(() => 0);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (let request = 0; request < 3 * total; request++) {
          const at = Number(fixture.once().slice(1));
          counts[at] = (counts[at] as number) + 1;
        }
        counts.forEach((count, at) => {
          assert.ok(Math.abs(count - 3 * (weights[at] as number)) <= 1, `${weights} gave ${counts}`);
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe("balance leastconn", () => {
  test("takes the server with the fewest connections for its weight, idle ones in turn", () => {
    const fixture = new ServersFixture([
      { balance: { algorithm: "leastconn" }, servers: [["s1", { weight: 2 }], ["s2"]] },
    ]);
    assert.equal(sequence(fixture, 4), "s1 s2 s1 s2");
    const names = Array.from({ length: 6 }, () => {
      const found = fixture.seek();
      return found.result?.kind === "server" ? found.result.slot.server.name : "";
    });
    assert.equal(names.filter((name) => name === "s1").length, 4);
  });
});
