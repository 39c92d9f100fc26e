import { crc32 } from "node:zlib";
import type { Group } from "./group.js";

const POINTS_PER_WEIGHT = 160;

/** Points of a group's servers on the circle of 32-bit numbers, in order, and whose they are. */
export interface Ring {
  readonly points: Uint32Array;
  /** The servers' texts, as they are written. */
  readonly servers: readonly string[];
}

/** Ketama as Cache::Memcached::Fast has it: crc32(HOST \0 PORT PREVIOUS), 160 points for each 1 of weight. */
export function makeRing(group: Group): Ring {
  const found: { point: number; server: string }[] = [];
  for (const { server } of group.peers) {
    const base = crc32(hostAndPort(server.name));
    const previous = Buffer.alloc(4);
    for (let count = server.weight * POINTS_PER_WEIGHT; count > 0; count--) {
      const point = crc32(previous, base);
      previous.writeUInt32LE(point);
      found.push({ point, server: server.name });
    }
  }
  found.sort((one, other) => one.point - other.point);
  const unique = found.filter((each, at) => at === 0 || each.point !== found[at - 1]?.point);
  return {
    points: Uint32Array.from(unique, (each) => each.point),
    servers: unique.map((each) => each.server),
  };
}

/** "host\0port"; of a name without a port, and of a Unix socket's path, "host\0". */
function hostAndPort(server: string): Buffer {
  if (/^unix:/i.test(server)) return Buffer.from(`${server.slice(5)}\0`);
  const [, host, port] = /^(.*):(\d*)$/s.exec(server) ?? [];
  return Buffer.from(host === undefined ? `${server}\0` : `${host}\0${port}`);
}

/** The first point that isn't below; one past the last where all are. */
export function findPoint({ points }: Ring, value: number): number {
  let from = 0;
  let to = points.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((points[middle] as number) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
