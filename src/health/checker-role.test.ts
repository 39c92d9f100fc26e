import assert from "node:assert/strict";
import { test } from "node:test";
import { check, config, endpoint, server, virtual } from "../../test/support/keepalived-config.js";
import { SimulatedClock } from "../../test/support/simulated-clock.js";
import { silent } from "../errors.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import { MemoryPlane } from "../ipvs/memory-plane.js";
import { endpointText, serviceIdText } from "../ipvs/model.js";
import type { Answer, CheckerEvent, CheckerSnapshot } from "./index.js";
import { type CheckerDeps, CheckerRole } from "./index.js";

/** A role in simulated time, whose servers are well but for those in `down`. */
class Place {
  readonly clock = new SimulatedClock();
  readonly memory = new MemoryPlane();
  readonly lines: string[] = [];
  readonly events: CheckerEvent[] = [];
  readonly asked: string[] = [];
  readonly down = new Set<string>();
  role!: CheckerRole;
  plane: () => DataPlane = () => this.memory;

  begin(file: ReturnType<typeof config>, more: Partial<CheckerDeps> = {}, handover?: CheckerSnapshot): this {
    this.role = new CheckerRole(file, {
      log: { ...silent, info: (line) => this.lines.push(line), warn: (line) => this.lines.push(line) },
      plane: () => this.plane(),
      runScript: async () => ({ status: 0, timedOut: false }),
      onEvent: (event) => this.events.push(event),
      clock: this.clock,
      random: () => 0,
      ask: async ({ check: { connect } }): Promise<Answer> => {
        const name = endpointText(connect);
        this.asked.push(`${this.clock.now()} ${name}`);
        return this.down.has(name)
          ? { outcome: "failed", detail: "failed" }
          : { outcome: "passed", detail: "connected" };
      },
      ...more,
    });
    this.role.start(handover);
    return this;
  }

  /** "tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1", sorted. */
  table(): string[] {
    return this.memory
      .services()
      .map(
        ({ id, scheduler, servers }) =>
          `${serviceIdText(id)} ${scheduler} | ${servers
            .map((one) => `${endpointText(one)} ${one.weight}`)
            .sort()
            .join(", ")}`,
      )
      .sort();
  }

  /** The lines since the last call. */
  said(): string[] {
    return this.lines.splice(0).filter((line) => !line.includes("ctivating healthchecker"));
  }

  told(): string[] {
    return this.events
      .splice(0)
      .map((event) =>
        event.kind === "mail"
          ? `mail ${event.server ?? event.virtualServer} ${event.state} ${event.message}`
          : `${event.kind === "real-server" ? `RS ${event.server}` : "VS"} ${event.virtualServer} ${event.up ? "UP" : "DOWN"}${event.stopping ? " stopping" : ""}`,
      );
  }
}

const tcp = (where: string, more: Parameters<typeof server>[2] = {}, checkMore = {}) =>
  server(where, [check("TCP_CHECK", { connect: endpoint(where), ...checkMore })], more);

const two = (more: Parameters<typeof virtual>[2] = {}) =>
  config([virtual("10.0.0.9:80", [tcp("10.0.0.1:80"), tcp("10.0.0.2:80")], more)]);

test("a server that fails leaves after its retries and returns with its first success, in the real one's words and times", async () => {
  const place = new Place().begin(two());
  assert.deepEqual(place.said(), ["Gained quorum 1+0=1 <= 2 for VS [10.0.0.9]:tcp:80"]);
  assert.deepEqual(place.told(), ["VS [10.0.0.9]:tcp:80 UP"]);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1"]);
  await place.clock.runTo(1500);
  assert.deepEqual(place.said(), [
    "TCP connection to [10.0.0.1]:tcp:80 success.",
    "TCP connection to [10.0.0.2]:tcp:80 success.",
  ]);
  place.down.add("10.0.0.1:80");
  await place.clock.runTo(2299); // due at 2000, again 300 later
  assert.deepEqual(place.said(), []);
  await place.clock.runTo(2300);
  assert.deepEqual(place.said(), [
    "TCP_CHECK on service [10.0.0.1]:tcp:80 failed after 1 retries.",
    "Removing service [10.0.0.1]:tcp:80 from VS [10.0.0.9]:tcp:80",
  ]);
  assert.deepEqual(place.told(), [
    "RS [10.0.0.1]:tcp:80 [10.0.0.9]:tcp:80 DOWN",
    "mail [10.0.0.1]:tcp:80 DOWN => TCP CHECK failed on service <=",
  ]);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.2:80 1"]);
  place.down.clear();
  await place.clock.runTo(3300);
  assert.deepEqual(place.said(), [
    "TCP connection to [10.0.0.1]:tcp:80 success.",
    "Adding service [10.0.0.1]:tcp:80 to VS [10.0.0.9]:tcp:80",
  ]);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1"]);
  await place.role.stop();
  assert.deepEqual(place.said(), [
    "Shutting down service [10.0.0.1]:tcp:80 from VS [10.0.0.9]:tcp:80",
    "Shutting down service [10.0.0.2]:tcp:80 from VS [10.0.0.9]:tcp:80",
  ]);
  assert.deepEqual(place.table(), []);
});

test("the sorry server stands in while there is no quorum, with hysteresis; omega tells of the end", async () => {
  const sorryServer = { ...endpoint("10.0.0.7:80"), method: "droute" as const, inhibit: false };
  const servers = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"].map((where) => tcp(where));
  const place = new Place().begin(
    config([virtual("10.0.0.9:80", servers, { sorryServer, quorum: 2, hysteresis: 1, omega: true })]),
  );
  assert.deepEqual(place.said(), ["Gained quorum 2+1=3 <= 3 for VS [10.0.0.9]:tcp:80"]);
  place.down.add("10.0.0.1:80").add("10.0.0.2:80");
  await place.clock.runTo(2500);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.3:80 1"], "1 is not less than 2-1");
  place.said();
  place.down.add("10.0.0.3:80");
  await place.clock.runTo(4000);
  assert.deepEqual(place.said(), [
    "TCP_CHECK on service [10.0.0.3]:tcp:80 failed after 1 retries.",
    "Removing service [10.0.0.3]:tcp:80 from VS [10.0.0.9]:tcp:80",
    "Lost quorum 2-1=1 > 0 for VS [10.0.0.9]:tcp:80",
    "Adding sorry server [10.0.0.7]:tcp:80 to VS [10.0.0.9]:tcp:80",
    "Removing alive servers from the pool for VS [10.0.0.9]:tcp:80",
  ]);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.7:80 1"]);
  place.down.delete("10.0.0.3:80");
  place.down.delete("10.0.0.2:80");
  await place.clock.runTo(7000);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.7:80 1"], "2 is less than 2+1");
  place.down.clear();
  await place.clock.runTo(9000);
  assert.deepEqual(place.table(), ["tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1, 10.0.0.3:80 1"]);
  place.told();
  await place.role.stop();
  assert.deepEqual(
    place.told().filter((line) => !line.startsWith("mail")),
    [
      "RS [10.0.0.1]:tcp:80 [10.0.0.9]:tcp:80 DOWN stopping",
      "RS [10.0.0.2]:tcp:80 [10.0.0.9]:tcp:80 DOWN stopping",
      "RS [10.0.0.3]:tcp:80 [10.0.0.9]:tcp:80 DOWN stopping",
      "VS [10.0.0.9]:tcp:80 DOWN stopping",
    ],
  );
});
