import { type Program, packetProgram, random, SharedStruct, struct, u64, when } from "../../asm/index.js";

/** Which way packets go, as the host sees it. */
export type Way = "fromHost" | "toHost";

/**
 * What the two programs of a bad cable and whoever looks at it share. `threshold` is what a random number of 32 bits has
 * to reach for its packet to pass: 2^32 drops all.
 */
export const Loss = struct("LabLoss", {
  threshold: u64,
  fromHostSeen: u64,
  fromHostDropped: u64,
  toHostSeen: u64,
  toHostDropped: u64,
});

export const lossMap = new SharedStruct("lab_loss", Loss);

/** Drops packets by chance, whatever they are: ARP as well as TCP. One for what comes in, one for what leaves. */
export function lossProgram(way: Way): Program {
  return packetProgram(
    "lab_loss",
    "tc",
    (packet) => {
      const loss = lossMap.here;
      loss.atomic(`${way}Seen`).add(1);
      when(random().extended.below(loss.threshold), () => {
        loss.atomic(`${way}Dropped`).add(1);
        packet.drop();
      });
      packet.pass();
    },
    { linear: 0 },
  );
}

/** The threshold that loses such a share. */
export const thresholdOf = (percent: number): bigint => BigInt(Math.round((percent / 100) * 2 ** 32));
