import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { Contestant, Team } from "../../bench/contestant.js";
import { directorTeam } from "../../bench/director-team.js";
import { floorTeam } from "../../bench/floor-team.js";
import { Meter } from "../../bench/meter.js";
import { segment } from "../../bench/traffic.js";
import { testRun, XdpVerdict } from "../../src/bpf/index.js";
import { isRoot } from "../../src/sys/index.js";

function withTeam(makeTeam: (meter: Meter) => Team, work: (team: Team, meter: Meter) => void): void {
  const meter = new Meter();
  try {
    const team = makeTeam(meter);
    try {
      work(team, meter);
    } finally {
      team.close();
    }
  } finally {
    meter.close();
  }
}

test("bench: the director and the floor's programs forward what they are measured with", (t) => {
  if (!isRoot()) return t.skip("needs root");
  for (const makeTeam of [directorTeam, (meter: Meter) => floorTeam(meter, { c: false })]) {
    withTeam(makeTeam, ({ contestants }, meter) => {
      for (const { connections, program, verdict, creates } of contestants) {
        connections.fill(500);
        connections.prepare();
        meter.run(program, segment("ACK"), { among: 500 }, 2000, verdict);
        connections.check();
        if (!creates) continue;
        connections.clear();
        connections.prepare();
        meter.run(program, segment("SYN"), { from: 0 }, 2000, verdict);
        connections.check();
      }
    });
  }
});

/** Frames by what is odd about them; the flow is number 0, which is known. */
function oddFrames(): Map<string, Uint8Array> {
  const known = (change: (frame: Uint8Array) => void = () => {}) => {
    const frame = segment("ACK");
    frame.set([10, 0, 0, 0], 26);
    frame.set([0x04, 0x00], 34);
    change(frame);
    return frame;
  };
  const put = (at: number, ...bytes: number[]) => known((frame) => frame.set(bytes, at));
  return new Map([
    ["nothing", known()],
    ["an unknown client", put(26, 10, 9, 9, 9)],
    ["an unknown port", put(36, 0, 81)],
    ["a FIN", put(47, 0x11)],
    ["too short", known().subarray(0, 53)],
    ["ARP", put(12, 0x08, 0x06)],
    ["UDP", put(23, 17)],
    ["options", put(14, 0x46)],
    ["a first fragment", put(20, 0x20, 0)],
    ["a later fragment", put(20, 0, 9)],
    ["don't fragment", put(20, 0x40, 0)],
    ["the last hop", put(22, 1)],
    ["a checksum that wraps", put(24, 0xfe, 0xff)],
    ["a checksum of all ones", put(24, 0xff, 0xff)],
    ["a checksum just below", put(24, 0xff, 0xfe)],
  ]);
}

test("bench: ours do what the C programs do", (t) => {
  if (!isRoot()) return t.skip("needs root");
  if (spawnSync("clang", ["--version"]).error) return t.skip("needs clang");
  withTeam(
    (meter) => floorTeam(meter, { c: true }),
    ({ contestants }) => {
      const named = (name: string): Contestant => contestants.find((one) => one.name === name)!;
      for (const name of ["dr_floor", "dr_set2", "dr_new_set2"]) {
        const both = ["C", "ours"].map((whose) => named(`${whose} ${name}`));
        for (const { connections } of both) connections.fill(1);
        for (const [what, packet] of oddFrames()) {
          const [c, ours] = both.map(({ program }) => testRun(program, { packet }));
          const where = `${name}, a packet with ${what}`;
          assert.equal(ours!.verdict, c!.verdict, where);
          assert.deepEqual(ours!.packet, c!.packet, where);
          if (what === "nothing") assert.equal(ours!.verdict, XdpVerdict.transmit, where);
        }
      }
    },
  );
});
