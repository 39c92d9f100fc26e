import { createMapsOf, loadWritten, mapsOf, openProgramById } from "../../bpf/index.js";
import { RondoError } from "../../errors.js";
import { type Filter, NetlinkError, type Network } from "../../netlink/index.js";
import { SystemError } from "../../sys/index.js";
import { Loss, lossMap, lossProgram, thresholdOf, type Way } from "./loss-program.js";

/** How many packets there were, and how many of them were dropped. */
export interface WayCount {
  readonly packets: number;
  readonly dropped: number;
}

export type LossCounts = Readonly<Record<Way, WayCount>>;

/** Our place at a port's clsact qdisc: before anything that a person may hang there. */
const place = { priority: 1, handle: 1 } as const;
const name = "rondo lab loss";
const hooks = { fromHost: "ingress", toHost: "egress" } as const;
const ways: readonly Way[] = ["fromHost", "toHost"];

/**
 * Has a port of the switch lose this share of the packets in either direction; its counts begin with `counts`. Where it
 * loses packets already the share changes and the counts begin anew. Nothing is pinned: the kernel holds it at the port,
 * and it goes with the port.
 *
 * @throws RondoError "no-tc-hook" where the kernel has no clsact.
 */
export function putLoss(atSwitch: Network, port: string, percent: number, counts?: LossCounts): void {
  const known = withLoss(atSwitch, port, (loss) => set(loss, percent, counts));
  if (known) return;
  const maps = createMapsOf(lossProgram("fromHost"));
  try {
    const memory = maps[lossMap.name]!.memory({ write: true });
    set(Loss.over(memory.bytes), percent, counts);
    memory.unmap();
    prepare(atSwitch, port);
    for (const way of ways) {
      const program = loadWritten(lossProgram(way), maps);
      try {
        atSwitch.trafficControl.replaceFilter(port, {
          ...place,
          hook: hooks[way],
          program: program.fd,
          name,
        });
      } finally {
        program.close();
      }
    }
  } finally {
    for (const map of Object.values(maps)) map.close();
  }
}

/** @throws RondoError "no-tc-hook" */
function prepare(atSwitch: Network, port: string): void {
  try {
    atSwitch.trafficControl.ensureClsact(port);
  } catch (error) {
    if (!NetlinkError.is(error, "ENOENT")) throw error;
    throw new RondoError("no-tc-hook", "this kernel has no clsact qdisc, at which packets are lost", {
      cause: error,
      remedy: "`modprobe sch_ingress` may bring it.",
    });
  }
}

/** Has a port lose nothing any more. */
export function removeLoss(atSwitch: Network, port: string): void {
  if (!atSwitch.trafficControl.hasClsact(port)) return;
  for (const way of ways)
    if (filterAt(atSwitch, port, way))
      atSwitch.trafficControl.removeFilter(port, { ...place, hook: hooks[way] });
  const left = (["ingress", "egress"] as const).flatMap((hook) =>
    atSwitch.trafficControl.filters(port, hook),
  );
  if (left.length === 0) atSwitch.trafficControl.removeClsact(port);
}

/** What a port has lost; undefined if it loses nothing, or isn't there. */
export function lossCounts(atSwitch: Network, port: string): LossCounts | undefined {
  return withLoss(atSwitch, port, (loss) => ({
    fromHost: { packets: Number(loss.fromHostSeen), dropped: Number(loss.fromHostDropped) },
    toHost: { packets: Number(loss.toHostSeen), dropped: Number(loss.toHostDropped) },
  }));
}

type LossMemory = ReturnType<typeof Loss.over>;

function set(loss: LossMemory, percent: number, counts: LossCounts | undefined): void {
  loss.fromHostSeen = BigInt(counts?.fromHost.packets ?? 0);
  loss.fromHostDropped = BigInt(counts?.fromHost.dropped ?? 0);
  loss.toHostSeen = BigInt(counts?.toHost.packets ?? 0);
  loss.toHostDropped = BigInt(counts?.toHost.dropped ?? 0);
  loss.threshold = thresholdOf(percent);
}

/** Finds what the programs at a port share, by the programs themselves; both have to be there. */
function withLoss<T>(atSwitch: Network, port: string, work: (loss: LossMemory) => T): T | undefined {
  const found = ways.map((way) => filterAt(atSwitch, port, way));
  const number = found[0]?.programId;
  if (number === undefined || !found[1]) return undefined;
  try {
    const program = openProgramById(number);
    const maps = mapsOf(program);
    program.close();
    const map = maps.find((each) => each.spec.name === lossMap.name);
    try {
      const memory = map?.memory({ write: true });
      if (!memory) return undefined;
      try {
        return work(Loss.over(memory.bytes));
      } finally {
        memory.unmap();
      }
    } finally {
      for (const each of maps) each.close();
    }
  } catch (error) {
    if (SystemError.is(error, "ENOENT")) return undefined; // It went at this moment.
    throw error;
  }
}

function filterAt(atSwitch: Network, port: string, way: Way): Filter | undefined {
  try {
    return atSwitch.trafficControl
      .filters(port, hooks[way])
      .find(({ priority, name: found }) => priority === place.priority && found?.startsWith(name));
  } catch (error) {
    // No such port, or no clsact at it.
    if (NetlinkError.is(error, "ENODEV") || NetlinkError.is(error, "EINVAL")) return undefined;
    throw error;
  }
}
