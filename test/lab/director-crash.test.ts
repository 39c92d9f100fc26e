import assert from "node:assert/strict";
import { test } from "node:test";
import { BpfMap } from "../../src/bpf/index.js";
import { XdpPlane } from "../../src/dataplane/xdp/index.js";
import { Ready, Use } from "../../src/dataplane/xdp/layout.js";
import { serviceNumbers } from "../../src/dataplane/xdp/mend.js";
import { readList } from "../../src/dataplane/xdp/server-list.js";
import { IpAddress } from "../../src/wire/index.js";
import { sampled } from "../support/sampled.js";
import { type DirectorPlace, directorPlace, segment, serverAddress, service } from "./director-place.js";
import { killedAt, type Watch } from "./killed.js";

/** Memory that is shared with packets; smaller is what goes to system calls. */
const sharedSize = 100_000;

/** Changes of the state that others see. */
function watchChanges(watch: Watch): void {
  const shared = (view: ArrayBufferView) => view.buffer.byteLength >= sharedSize;
  for (const name of ["setUint8", "setUint16", "setUint32", "setBigUint64"])
    watch(DataView.prototype, name, shared);
  for (const name of ["set", "fill"]) watch(Object.getPrototypeOf(Uint8Array.prototype), name, shared);
  watch(Atomics, "compareExchange", (_, array: ArrayBufferView) => shared(array));
  for (const name of ["update", "delete"]) watch(BpfMap.prototype, name, () => true);
}

/** What ipvsadm would list. */
function listing(place: DirectorPlace): string[] {
  const plane = place.inside(() => new XdpPlane());
  const found = plane.services().map(({ id, scheduler, servers }) => {
    const list = servers.map(
      ({ address, weight, upperThreshold }) => `${address} ${weight} ${upperThreshold}`,
    );
    return `${id.kind === "address" && id.port} ${scheduler}: ${list.join(", ")}`;
  });
  plane.close();
  return found.sort();
}

function begin(place: DirectorPlace): void {
  place.reset();
  place.addService(80, "wrr");
  place.addServer(3, { weight: 2 });
  place.run("xdp", segment({ syn: true, source: 3 }));
  place.deleteServer(3);
  place.addServer(0, { weight: 2 });
  place.addServer(1, { weight: 4 });
  place.addService(81, "rr");
  place.addServer(2, { port: 81 });
  for (let source = 10; source < 16; source++) place.run("xdp", segment({ syn: true, source }));
}

const other = service(82);
const plain = { schedulerFlags: [], onePacket: false };
const operations: Record<string, (plane: XdpPlane) => void> = {
  "a service is added": (plane) => plane.addService({ id: other, scheduler: "wlc", ...plain }),
  "a service is edited": (plane) => plane.editService({ id: service(), scheduler: "lc", ...plain }),
  "a service is deleted": (plane) => plane.deleteService(service()),
  "all are deleted": (plane) => plane.flush(),
  "a server is added": (plane) => plane.addServer(service(), spec(5, 3)),
  "a server comes back": (plane) => plane.addServer(service(), spec(3, 1)),
  "a server is edited": (plane) => plane.editServer(service(), spec(0, 6)),
  "a server is deleted": (plane) =>
    plane.deleteServer(service(), { address: IpAddress.of(serverAddress(1)), port: 80 }),
};
const spec = (number: number, weight: number) => ({
  address: IpAddress.of(serverAddress(number)),
  port: 80,
  method: "droute" as const,
  weight,
  upperThreshold: 0,
  lowerThreshold: 0,
});

/** What holds whenever nobody is changing anything. */
function whole(place: DirectorPlace): void {
  const { state } = place;
  const living = serviceNumbers(state);
  const listed = [...living].flatMap((index) => readList(state, index));
  assert.equal(new Set(listed).size, listed.length, "a server stands in one list");
  for (let index = 0; index < 20; index++)
    assert.equal(state.services.at(index).use === Use.live, living.has(index), `service ${index}`);
  for (let slot = 0; slot < 20; slot++) {
    const { use, ready } = state.servers.at(slot);
    assert.equal(use === Use.live, listed.includes(slot), `server in slot ${slot}`);
    if (use === Use.removed)
      assert.equal(ready, living.size === 0 ? Ready.released : Ready.removed, `removed in slot ${slot}`);
    if (use === Use.live) assert.ok(ready !== Ready.removed && ready !== Ready.released);
  }
  assert.equal(state.settings.changing, 0);
  for (const [slot, counted] of [0, 1, 2, 3].map((slot) => [slot, state.servers.at(slot)] as const)) {
    const mine = place.entries().filter(({ server }) => server === slot);
    assert.equal(counted.active + counted.inactive, mine.length, `connections of slot ${slot}`);
  }
}

for (const [name, operation] of Object.entries(operations))
  test(`killed at any moment while ${name}: before or after, and whole again by the next change`, (t) => {
    const place = directorPlace(t, 64);
    if (!place) return;
    const asAnotherProcess = (work: (plane: XdpPlane) => void) =>
      place.inside(() => {
        const plane = new XdpPlane();
        try {
          work(plane);
        } finally {
          plane.close();
        }
      });
    begin(place);
    const before = listing(place);
    const changes = killedAt(Number.POSITIVE_INFINITY, () => asAnotherProcess(operation), watchChanges);
    assert.ok(changes > 3, `${changes} changes`);
    const after = listing(place);
    assert.notDeepEqual(before, after);
    whole(place);
    for (const last of sampled(changes)) {
      begin(place);
      assert.equal(
        killedAt(last, () => asAnotherProcess(operation), watchChanges),
        last,
      );
      const seen = listing(place);
      const steps = [before, after].map((one) => one.join("\n"));
      // All are deleted one after the other.
      if (name !== "all are deleted")
        assert.ok(steps.includes(seen.join("\n")), `change ${last} of ${changes}: ${seen.join("\n")}`);
      asAnotherProcess((plane) => plane.setTimeouts({ tcp: 900, tcpFin: 120, udp: 300 }));
      assert.deepEqual(listing(place), seen, "mending decides nothing");
      whole(place);
      const count: number = place.plane.service(service())?.servers.length ?? 0;
      const { verdict } = place.run("xdp", segment({ syn: true, source: 99 }));
      assert.equal(verdict, count > 0 ? "redirect" : "pass");
      whole(place);
    }
    t.diagnostic(`${changes} changes`);
  });
