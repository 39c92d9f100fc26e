import type { Program } from "../src/asm/index.js";
import {
  type BpfMap,
  type BpfProgram,
  createMap,
  loadProgram,
  loadWritten,
  mapSpecOf,
  XdpVerdict,
} from "../src/bpf/index.js";
import { compile } from "./clang.js";
import { type Connections, HashConnections, TableConnections } from "./connections.js";
import type { Contestant, Team } from "./contestant.js";
import * as floor from "./floor.js";
import type { Meter } from "./meter.js";
import { segment, serverMacs, virtual } from "./traffic.js";

interface Programs {
  readonly dr_floor: BpfProgram;
  readonly dr_set2: BpfProgram;
  readonly dr_new_set2: BpfProgram;
}

/** The programs of floor.bpf.c (unless there is no `c`) and of floor.ts. They share servers, counters and the hash map. */
export function floorTeam(meter: Meter, { c }: { c: boolean }): Team {
  const { flows, services, servers, counts, table } = floor;
  const maps: Record<string, BpfMap> = {};
  for (const map of [flows, services, servers, counts, table]) maps[map.name] = createMap(mapSpecOf(map));
  serverMacs.forEach((mac, number) => {
    maps[servers.name]!.update(key(number), floor.Server.encode({ mac, number }));
  });
  maps[services.name]!.update(floor.Service.encode({ ...virtual, protocol: 6 }), key(1));

  const hash = new HashConnections(maps[flows.name]!);
  const written = (program: Program) => loadWritten(program, maps);
  const ours: Programs = {
    dr_floor: written(floor.floor),
    dr_set2: written(floor.established),
    dr_new_set2: written(floor.allNew),
  };
  const contestants = contestantsOf("ours", ours, hash, maps[table.name]!, meter);
  if (c) contestants.unshift(...contestantsOf("C", compiled(maps), hash, maps["c_table"]!, meter));
  return {
    contestants,
    close() {
      for (const { program } of contestants) program.close();
      for (const map of Object.values(maps)) map.close();
    },
  };
}

/** What clang makes of floor.bpf.c. Adds the maps that only it has. */
function compiled(maps: Record<string, BpfMap>): Programs {
  const source = new URL("../../bench/floor.bpf.c", import.meta.url);
  const object = compile(source, { BUCKETS: floor.buckets });
  for (const spec of object.maps) maps[spec.name] ??= createMap(spec);
  const load = (name: string) => loadProgram(object.programs.get(name)!, maps);
  return { dr_floor: load("dr_floor"), dr_set2: load("dr_set2"), dr_new_set2: load("dr_new_set2") };
}

function contestantsOf(
  whose: string,
  programs: Programs,
  hash: Connections,
  table: BpfMap,
  meter: Meter,
): Contestant[] {
  const verdict = XdpVerdict.transmit;
  const maker = programs.dr_new_set2;
  const send = (count: number) => meter.run(maker, segment("SYN"), { from: 0 }, count, verdict);
  const set = new TableConnections(table, send);
  return Object.entries(programs).map(([name, program]: [string, BpfProgram]) => ({
    name: `${whose} ${name}`,
    program,
    verdict,
    creates: program === maker,
    connections: name === "dr_floor" ? hash : set,
  }));
}

function key(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}
