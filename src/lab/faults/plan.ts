import { RondoError } from "../../errors.js";
import type { Cable } from "./cables.js";
import { type CableFault, type Fault, type FaultWish, faultText, placeOf } from "./fault.js";

/** What a wish makes of a lab's faults. */
export interface Plan {
  readonly faults: readonly Fault[];
  /** What is new, or has another value now. */
  readonly set: readonly Fault[];
  /** What stands no more: another value of the same, or what went with the power. */
  readonly ended: readonly Fault[];
}

type CableWish = Exclude<FaultWish, { kind: "fail" }>;

/** Turns a host off. Bad cables are of no interest then: its faults end with its power. */
export function planFail(faults: readonly Fault[], host: string, now: number): Plan {
  const off = faults.find((fault) => fault.host === host && fault.kind === "fail");
  if (off) return { faults, set: [], ended: [] };
  const set: Fault = { kind: "fail", host, since: new Date(now).toISOString() };
  return {
    faults: [...faults.filter((fault) => fault.host !== host), set],
    set: [set],
    ended: faults.filter((fault) => fault.host === host),
  };
}

/**
 * Puts a fault on cables of a host. The same kind of fault is replaced; a loss or delay of nothing ends it.
 * @throws RondoError "host-off", "cable-cut" or "cable-flaps" for what can't be at the same time.
 */
export function planCables(
  faults: readonly Fault[],
  cables: readonly Cable[],
  wish: CableWish,
  now: number,
): Plan {
  let plan: Plan = { faults, set: [], ended: [] };
  for (const cable of cables) {
    refuseContradiction(plan.faults, cable, wish);
    // Whoever is killed while changing one leaves both.
    const same = plan.faults.filter((fault) => isOn(fault, cable) && fault.kind === wish.kind);
    const others = plan.faults.filter((fault) => !same.includes(fault));
    const wanted = faultOf(cable, wish, now);
    if (same.length > 0 && wish.kind === "cut") continue;
    plan = {
      faults: wanted ? [...others, wanted] : others,
      set: wanted ? [...plan.set, wanted] : plan.set,
      ended: [...plan.ended, ...same],
    };
  }
  return plan;
}

/** Whether a fault is on this cable. */
export function isOn(fault: Fault, { host, port }: Cable): fault is CableFault {
  return fault.host === host && "port" in fault && fault.port === port;
}

/** undefined: what was wished is that there be none. */
function faultOf(cable: Cable, wish: CableWish, now: number): CableFault | undefined {
  const since = new Date(now).toISOString();
  const { host, port } = cable;
  const on = { host, interface: cable.interface, port, since };
  switch (wish.kind) {
    case "cut":
      return { kind: "cut", ...on };
    case "loss":
      return wish.percent === 0 ? undefined : { kind: "loss", ...on, percent: wish.percent };
    case "delay": {
      const { milliseconds, jitter } = wish;
      return milliseconds === 0 ? undefined : { kind: "delay", ...on, milliseconds, jitter };
    }
    case "flap":
      return {
        kind: "flap",
        ...on,
        every: wish.every,
        until: new Date(now + wish.for).toISOString(),
      };
  }
}

function refuseContradiction(faults: readonly Fault[], cable: Cable, wish: CableWish): void {
  const off = faults.find((fault) => fault.host === cable.host && fault.kind === "fail");
  if (off)
    throw new RondoError(
      "host-off",
      `${cable.host} is off since ${off.since}: it has no cable that carries anything`,
      {
        remedy: `Have it boot first: rondo lab heal ${cable.host}`,
      },
    );
  const here = faults.filter((fault) => isOn(fault, cable));
  const cut = here.find(({ kind }) => kind === "cut");
  const flap = here.find(({ kind }) => kind === "flap");
  if (cut && wish.kind !== "cut")
    throw new RondoError(
      "cable-cut",
      `the cable of ${placeOf(cut)} is cut since ${cut.since}: ${nothingTo[wish.kind]}`,
      { remedy: `Plug it in first: rondo lab heal ${cable.host}` },
    );
  if (flap && wish.kind === "cut")
    throw new RondoError(
      "cable-flaps",
      `the cable of ${placeOf(flap)} flaps since ${flap.since} (${faultText(flap)}): cut would be undone at once`,
      { remedy: `End that first: rondo lab heal ${cable.host}` },
    );
}

const nothingTo = {
  cut: "",
  loss: "nothing passes that could be lost",
  delay: "nothing passes that could come later",
  flap: "it has no contact to lose",
} as const;
