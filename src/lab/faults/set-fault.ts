import { RondoError } from "../../errors.js";
import { type DirectorControl, rondoDirector } from "../director.js";
import { Lab } from "../lab.js";
import { type LabState, lockLab, readState, removeState, writeState } from "../state.js";
import { bringAbout } from "./bring-about.js";
import { type Cable, cablesOf, cablesOfHost } from "./cables.js";
import type { CableFault, Fault, FaultWish } from "./fault.js";
import { makeAsBefore, makePlain } from "./plain-frames.js";
import { isOn, type Plan, planCables, planFail } from "./plan.js";
import { bootHost, powerOff } from "./power.js";

/** What a command about faults did. */
export interface FaultChange {
  /** What is new, or has another value now. */
  readonly set: readonly Fault[];
  /** What was there and is no more, or not with this value. */
  readonly ended: readonly Fault[];
}

interface Place {
  readonly host: string;
  /** All of the host's cables if none is given. */
  readonly interface?: string;
}

/**
 * Breaks something of a lab. It is recorded before it is done, so that whoever is killed on the way leaves nothing that
 * nobody knows of; what fails is undone.
 *
 * @throws RondoError for what can't be ({@link planCables}), or didn't work.
 */
export async function setFault(
  name: string,
  place: Place,
  wish: FaultWish,
  director: DirectorControl = rondoDirector,
): Promise<FaultChange> {
  return await changing(name, async (lab) => {
    const now = Date.now();
    const faults = lab.state.faults ?? [];
    if (wish.kind === "fail") {
      cablesOfHost(lab.topology, place.host);
      return await change(lab, planFail(faults, place.host, now), director);
    }
    const cables = cablesOfHost(lab.topology, place.host, place.interface);
    return await change(lab, planCables(faults, cables, wish, now), director);
  });
}

/**
 * Undoes faults: of all hosts, of one, or of one of its interfaces. A host that is off boots again.
 * @throws RondoError "host-off" for an interface of a host that is off.
 */
export async function heal(
  name: string,
  place?: Place,
  director: DirectorControl = rondoDirector,
): Promise<FaultChange> {
  return await changing(name, async (lab) => {
    const faults = lab.state.faults ?? [];
    const ended = faults.filter(healedBy(lab, place));
    const left = faults.filter((fault) => !ended.includes(fault));
    return await change(lab, { faults: left, set: [], ended }, director);
  });
}

function healedBy(lab: Lab, place: Place | undefined): (fault: Fault) => boolean {
  if (!place) return () => true;
  const cables = cablesOfHost(lab.topology, place.host, place.interface);
  if (place.interface === undefined) return ({ host }) => host === place.host;
  const off = lab.state.faults?.find(({ host, kind }) => host === place.host && kind === "fail");
  if (off)
    throw new RondoError("host-off", `${place.host} is off since ${off.since}, with all its interfaces`, {
      remedy: `Have it boot: rondo lab heal ${place.host}`,
    });
  return (fault) => cables.some((cable) => isOn(fault, cable));
}

/** Does work on a lab that nobody else changes meanwhile. @throws RondoError "lab-not-up" */
async function changing<T>(name: string, work: (lab: Lab) => Promise<T>): Promise<T> {
  const gone = () =>
    new RondoError("lab-not-up", `no lab ${name} is up`, { remedy: "See `rondo lab status`." });
  if (!readState(name)) throw gone(); // Or its lock would be made, and left.
  const lock = lockLab(name, 20_000);
  try {
    const state = readState(name);
    if (!state) removeState(name); // It was taken down at this moment: the lock's folder is nobody's.
    if (state?.phase !== "up") throw gone();
    return await work(new Lab(state));
  } finally {
    lock.release();
  }
}

async function change(lab: Lab, plan: Plan, director: DirectorControl): Promise<FaultChange> {
  if (plan.set.length === 0 && plan.ended.length === 0) return plan;
  const before = lab.state;
  // Both what was and what is to be, until it is.
  const all = [...plan.faults, ...plan.ended.filter((ended) => !plan.faults.includes(ended))];
  const during: LabState = { ...before, faults: all };
  writeState(during);
  try {
    const state = await carryOut(new Lab(during), plan, director);
    writeState(state);
    return { set: plan.set, ended: plan.ended };
  } catch (error) {
    await undo(new Lab(readState(lab.name) ?? during), before, plan, director);
    throw error;
  }
}

/** What was begun is taken back as far as that is possible; what is left stands in the record. */
async function undo(lab: Lab, before: LabState, plan: Plan, director: DirectorControl): Promise<void> {
  const back: Plan = { faults: before.faults ?? [], set: plan.ended, ended: plan.set };
  try {
    writeState(await carryOut(lab, back, director));
  } catch {
    // The record has both, so that `heal` and `down` undo them.
  }
}

async function carryOut(lab: Lab, plan: Plan, director: DirectorControl): Promise<LabState> {
  let state = lab.state;
  const record = (more: Partial<LabState>) => {
    state = { ...state, ...more };
    writeState(state);
  };
  const isFail = (host: string) => (fault: Fault) => fault.host === host && fault.kind === "fail";
  const hosts = [...new Set([...plan.set, ...plan.ended].map(({ host }) => host))];

  for (const host of hosts.filter((each) => plan.ended.some(isFail(each))))
    record(await bootHost(new Lab(state), host, director));
  if (plan.faults.some(isBadCable)) {
    // A host that has booted has its offloads again.
    const booted = hosts.filter((each) => plan.ended.some(isFail(each)));
    if (!state.plain) record({ plain: makePlain(lab) });
    else if (booted.length > 0) record({ plain: [...state.plain, ...makePlain(lab, booted)] });
  }
  const faults = await onCables(lab, plan, hosts);
  for (const host of hosts.filter((each) => plan.set.some(isFail(each))))
    record(await powerOff(new Lab(state), host, director));
  if (!plan.faults.some(isBadCable) && state.plain) {
    makeAsBefore(lab, state.plain);
    const { plain: _, ...rest } = state;
    state = rest;
  }
  return { ...state, faults };
}

/** Faults that are about single packets. */
const isBadCable = ({ kind }: Fault) => kind === "loss" || kind === "delay";

async function onCables(lab: Lab, plan: Plan, hosts: readonly string[]): Promise<Fault[]> {
  let faults = [...plan.faults];
  const atSwitch = lab.switch.network();
  try {
    for (const cable of cablesOf(lab.topology).filter(({ host }) => hosts.includes(host))) {
      if (!atSwitch.links.find(cable.port)) continue; // Its host is off.
      const wanted = faults.filter((fault) => isOn(fault, cable));
      if (!concerns(plan, cable)) continue;
      const before = [...(lab.state.faults ?? [])].filter(
        (fault): fault is CableFault => isOn(fault, cable) && !plan.set.includes(fault),
      );
      const done = await bringAbout(lab, atSwitch, cable, before, wanted);
      faults = faults.map((fault) => (isOn(fault, cable) ? done[wanted.indexOf(fault)]! : fault));
    }
  } finally {
    atSwitch.close();
  }
  return faults;
}

function concerns(plan: Plan, cable: Cable): boolean {
  return [...plan.set, ...plan.ended].some(
    (fault) => isOn(fault, cable) || (fault.kind === "fail" && fault.host === cable.host),
  );
}
