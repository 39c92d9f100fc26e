import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../src/wire/index.js";
import { choosers, type ScheduledServer } from "../support/scheduler-model.js";
import {
  backAddress,
  clientAddress,
  type Family,
  families,
  fromClient,
  owns,
  vips,
  type WidePlace,
  widePlace,
} from "./wide-place.js";

/** An address as schedulers know it: the words of an IPv6 address combined by exclusive or. */
function folded(text: string): number {
  const bytes = Buffer.from(IpAddress.of(text).bytes);
  let word = 0;
  for (let at = 0; at < bytes.length; at += 4) word ^= bytes.readUInt32BE(at);
  return word >>> 0;
}

const weights = [2, 1, 3, 1];

/** The servers as the kernel walks them: the last one that was added first. */
const list = (family: Family, port: number): ScheduledServer[] =>
  weights
    .map((weight, number) => ({
      number,
      weight,
      lastWeight: weight,
      overloaded: false,
      listed: true,
      active: 0,
      inactive: 0,
      address: folded(backAddress(family, number)),
      port,
    }))
    .reverse();

function give(place: WidePlace, family: Family, scheduler: string, mark?: number): void {
  place.reset();
  const id = place.service({ family, scheduler, ...(mark !== undefined && { mark }) });
  for (const [number, weight] of weights.entries()) place.put(id, number, { weight, method: "droute" });
}

for (const family of families)
  test(`IPv${family}: sh and mh map clients as the kernel does`, (t) => {
    const place = widePlace(t, 256);
    if (!place) return;
    for (const scheduler of ["sh", "mh"] as const) {
      give(place, family, scheduler);
      for (let client = 0; client < 50; client++) {
        const request = { client: folded(clientAddress(family, client)), destination: 0, port: 0 };
        const { server } = place.send("tc", fromClient({ family, client }));
        const expected = choosers[scheduler](list(family, 80), request, 0)?.number;
        assert.equal(server, expected, `${scheduler}, client ${client}`);
      }
    }
  });

for (const family of families)
  test(`IPv${family}: a service by mark has many destinations, which dh spreads and lblc and lblcr remember`, (t) => {
    const place = widePlace(t, 256);
    if (!place) return;
    const destinations = [vips[family], owns[family]];
    const rules = () =>
      place.configure((plane) =>
        plane.setMarkRules([{ mark: 7, protocol: "tcp", ports: { from: 80, to: 80 } }]),
      );
    const serversOf = (to: string, clients: number[]) =>
      clients.map((client) => place.send("tc", fromClient({ family, to, client })).server);

    give(place, family, "dh", 7);
    rules();
    for (const to of destinations) {
      const request = { client: 0, destination: folded(to), port: 0 };
      const expected = choosers.dh(list(family, 0), request, 0)?.number;
      assert.deepEqual(serversOf(to, [1, 2, 3]), [expected, expected, expected], to);
    }

    for (const scheduler of ["lblc", "lblcr"]) {
      give(place, family, scheduler, 7);
      rules();
      // Of idle servers the one that was added last.
      assert.deepEqual(serversOf(destinations[0]!, [1]), [3], scheduler);
      assert.deepEqual(serversOf(destinations[1]!, [3, 4]), [2, 2], scheduler);
      assert.deepEqual(serversOf(destinations[0]!, [5]), [3], scheduler);
      assert.equal([...place.state.maps["destinations"]!.keys()].length, 2);
    }
  });
