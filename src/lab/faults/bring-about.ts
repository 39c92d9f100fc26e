import type { Network } from "../../netlink/index.js";
import type { Lab } from "../lab.js";
import type { Cable } from "./cables.js";
import type { CableFault, DelayFault, FlapFault } from "./fault.js";
import { startFlapping } from "./flapping.js";
import { lossCounts, putLoss, removeLoss } from "./loss.js";
import { changeRelay, endFaultProcess, startRelay } from "./relay.js";
import { bridgeSide, delayByNetem, isSpliced, makeEnds, nearEnd, splice, unsplice } from "./splice.js";

/**
 * Makes a cable as its faults want it, whatever it was before; with none it is whole. Gives the faults with what was
 * started for them.
 */
export async function bringAbout(
  lab: Lab,
  atSwitch: Network,
  cable: Cable,
  before: readonly CableFault[],
  wanted: readonly CableFault[],
): Promise<CableFault[]> {
  const lossBefore = lossCounts(atSwitch, bridgeSide(atSwitch, cable));
  const done: CableFault[] = [];

  const flap = wanted.find((fault) => fault.kind === "flap");
  const flapBefore = before.find((fault) => fault.kind === "flap");
  if (flapBefore && flapBefore.process?.pid !== flap?.process?.pid) await endFaultProcess(flapBefore.process);
  const cut = wanted.find((fault) => fault.kind === "cut");

  const delay = wanted.find((fault) => fault.kind === "delay");
  const delayBefore = before.find((fault) => fault.kind === "delay");
  if (delay) done.push(await delayed(lab, atSwitch, cable, delayBefore, delay));
  else {
    // The cable first, which is dark without its relay.
    unsplice(atSwitch, cable);
    await endFaultProcess(delayBefore?.process);
  }

  const side = bridgeSide(atSwitch, cable);
  if (side !== cable.port) removeLoss(atSwitch, cable.port);
  const loss = wanted.find((fault) => fault.kind === "loss");
  if (loss) {
    const same = before.some((fault) => fault.kind === "loss" && fault.percent === loss.percent);
    if (!same || !lossCounts(atSwitch, side))
      putLoss(atSwitch, side, loss.percent, same ? lossBefore : undefined);
    done.push(loss);
  } else removeLoss(atSwitch, side);

  if (cut) {
    atSwitch.links.down(cable.port);
    done.push(cut);
  } else if (flap) done.push(await flapping(lab, flap));
  else atSwitch.links.up(cable.port);
  return wanted.map(({ kind }) => done.find((fault) => fault.kind === kind)!);
}

async function delayed(
  lab: Lab,
  atSwitch: Network,
  cable: Cable,
  before: DelayFault | undefined,
  wanted: DelayFault,
): Promise<DelayFault> {
  const { milliseconds: delay, jitter } = wanted;
  const relay = before?.process;
  if (relay && isSpliced(atSwitch, cable)) {
    if (changeRelay(lab.name, cable.port, relay, { delay, jitter }))
      return { ...wanted, by: "relay", process: relay };
  }
  // With jitter netem lets packets overtake one another, which a cable does not.
  if (before?.by === "netem" && jitter === 0 && delayByNetem(atSwitch, cable, delay))
    return { ...wanted, by: "netem" };
  // With its devices goes any relay that nobody knows of: one whose starter was killed.
  unsplice(atSwitch, cable);
  makeEnds(atSwitch, cable);
  if (jitter === 0 && delayByNetem(atSwitch, cable, delay)) return { ...wanted, by: "netem" };
  const ends = { port: cable.port, other: nearEnd(cable) };
  const started = await startRelay(lab.switch, lab.name, ends, { delay, jitter });
  splice(atSwitch, cable);
  changeRelay(lab.name, cable.port, started, { delay, jitter });
  return { ...wanted, by: "relay", process: started };
}

async function flapping(lab: Lab, wanted: FlapFault): Promise<FlapFault> {
  if (wanted.process) return wanted;
  return { ...wanted, process: await startFlapping(lab.switch, lab.name, wanted) };
}
