import { RondoError } from "../errors.js";
import { suggestion } from "../nearest.js";
import type { Host } from "./host.js";
import { Lab } from "./lab.js";
import { type LabState, readState, recordedLabs } from "./state.js";

const howToBringUp = "Bring one up with `rondo lab up NAME`; `rondo lab list` tells the names.";

/** All labs there are: those that are up, then those of running `rondo lab run`s. */
export function allLabs(): LabState[] {
  const states = recordedLabs()
    .map(readState)
    .filter((state) => state !== undefined);
  return [...states.filter(({ kind }) => kind === "up"), ...states.filter(({ kind }) => kind === "run")];
}

/** @throws RondoError "lab-not-up" */
export function labNamed(name: string): Lab {
  const state = readState(name);
  if (state) return new Lab(state);
  const names = recordedLabs();
  throw new RondoError("lab-not-up", `no lab ${name} is up`, {
    remedy: suggestion(name, names) ?? (names.length > 0 ? `These are: ${names.join(", ")}.` : howToBringUp),
  });
}

/**
 * The one lab that is up; one that a `rondo lab run` has for itself doesn't count.
 * @throws RondoError "no-lab-up" or "several-labs-up"
 */
export function onlyLab(): Lab {
  const up = allLabs().filter(({ kind }) => kind === "up");
  if (up.length === 1) return new Lab(up[0]!);
  if (up.length === 0)
    throw new RondoError("no-lab-up", "no lab is up", {
      remedy: howToBringUp,
    });
  throw new RondoError("several-labs-up", `several labs are up: ${up.map(({ name }) => name).join(", ")}`, {
    remedy: "Say which one is meant: --lab NAME, or LAB/HOST.",
  });
}

/**
 * Finds a host by what a person typed: "web1" in the one lab that is up or in the lab `labName`, or "dr/web1".
 * @throws RondoError "unknown-host", and what finding the lab throws.
 */
export function findHost(typed: string, labName?: string): { lab: Lab; host: Host } {
  const [first = "", second] = typed.split("/", 2);
  const lab = second !== undefined ? labNamed(first) : labName !== undefined ? labNamed(labName) : onlyLab();
  const name = second ?? first;
  const host = lab.find(name);
  if (host) return { lab, host };
  const names = lab.state.hosts.map((each) => each.name);
  throw new RondoError("unknown-host", `lab ${lab.name} has no host "${name}"`, {
    remedy: suggestion(name, names) ?? `Its hosts are ${names.join(", ")}.`,
  });
}
