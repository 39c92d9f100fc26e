import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { listBase, listHead, Service, Use } from "./layout.js";
import { ListArea } from "./list-area.js";
import { capacity } from "./maps.js";
import { readList, writeList } from "./server-list.js";
import { SharedRecords } from "./shared-records.js";
import type { DirectorState } from "./state.js";

const services = 8;
const words = 400;

/** Memory as packets see it, and processes that have it mapped. */
class Machine {
  readonly #services = new Uint8Array(capacity.services * Service.size);
  readonly lists = new Uint8Array(4 * words);
  readonly settings = { listCursor: 0, servicesUsed: services };

  constructor() {
    const { services: records } = this.process();
    for (let i = 0; i < services; i++) records.at(i).use = Use.live;
  }

  /** A process that has just begun. */
  process(): DirectorState {
    const lists = new DataView(this.lists.buffer);
    const records = new SharedRecords(Service, this.#services, capacity.services);
    const state = { lists, settings: this.settings, services: records } as unknown as DirectorState;
    return state;
  }

  /** Where the lists of all services stand. */
  blocks(): { service: number; from: number; to: number }[] {
    const state = this.process();
    return Array.from({ length: services }, (_, service) => {
      const from = state.services.at(service).list;
      return { service, from, to: from + ListArea.of(state).words[from + listHead.size]! };
    })
      .filter(({ from }) => from > 0)
      .sort((a, b) => a.from - b.from);
  }
}

test("whoever writes lists, and whoever is killed: no two of them overlap, and all say what they should", () => {
  const write = fc.record({
    kind: fc.constantFrom("write", "write", "write", "die"),
    process: fc.nat(1),
    service: fc.nat(services - 1),
    // Short enough that there is always room, however the lists stand.
    length: fc.nat(18),
  });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 80, size: "max" }), (steps) => {
      const machine = new Machine();
      const processes = [machine.process(), machine.process()];
      const expected = new Map<number, number[]>();
      for (const [i, { kind, process, service, length }] of steps.entries()) {
        if (kind === "die") {
          // It had found a place and written there, and nobody ever hears of it.
          const area = ListArea.of(processes[process]!);
          const at = area.find(length + listHead.length);
          area.words.fill(0xffff_ffff, at, at + length + listHead.length);
          processes[process] = machine.process();
          continue;
        }
        const list = Array.from({ length }, (_, k) => 1000 * i + k);
        writeList(processes[process]!, service, list, { kind: "edited" });
        expected.set(service, list);
        const reader = machine.process();
        for (const [service, list] of expected) assert.deepEqual(readList(reader, service), list);
        const blocks = machine.blocks();
        for (const [k, block] of blocks.entries())
          assert.ok(block.from >= (blocks[k - 1]?.to ?? listBase.length), "they overlap");
        assert.ok((blocks.at(-1)?.to ?? 0) <= words);
      }
    }),
    { numRuns: 60 },
  );
});

test("the place of an old list is used again only after all behind it", () => {
  const machine = new Machine();
  const state = machine.process();
  const places: number[] = [];
  const around = Math.floor((words - listBase.length) / (listHead.length + 3));
  while (places.length < 2 * around) {
    writeList(state, 0, [1, 2, 3], { kind: "edited" });
    places.push(state.services.at(0).list);
  }
  assert.equal(new Set(places.slice(0, around)).size, around);
  assert.deepEqual(
    places.slice(around, 2 * around - 1),
    places.slice(0, around - 1),
    "and then all over again",
  );
});

test("without room nothing changes", () => {
  const machine = new Machine();
  const state = machine.process();
  const long = Array.from({ length: 200 }, (_, i) => i);
  writeList(state, 0, long, { kind: "edited" });
  const before = state.services.at(0).list;
  assert.throws(() => writeList(state, 0, long, { kind: "edited" }), { refusal: "memory" });
  assert.throws(() => writeList(machine.process(), 1, long, { kind: "scheduler", scheduler: 1 }), {
    refusal: "memory",
  });
  assert.equal(state.services.at(0).list, before);
  assert.deepEqual(readList(state, 0), long);
  assert.deepEqual([state.services.at(1).list, state.services.at(1).scheduler], [0, 0]);
  writeList(state, 1, [1], { kind: "edited" });
  assert.deepEqual(readList(state, 1), [1]);
});
