import type { KeepalivedConfig, VrrpInstance } from "../model/index.js";
import type { Lint, Note } from "./lint.js";

interface Weight {
  readonly what: string;
  readonly name: string;
  readonly weight: number;
  readonly at: VrrpInstance["at"];
}

/** Weights that scripts, interfaces and processes add to an instance's priority, its sync group's included. */
export function weightsOf(config: KeepalivedConfig, instance: VrrpInstance): readonly Weight[] {
  const group = config.syncGroups.find((one) => one.name === instance.syncGroup && one.trackingWeight);
  const tracking = [instance.tracking, ...(group ? [group.tracking] : [])];
  const of = (
    what: string,
    list: "scripts" | "interfaces" | "processes" | "bfds",
    defaults: readonly { name: string; weight: number }[],
  ) =>
    tracking.flatMap((one) =>
      one[list].map((tracked) => ({
        what,
        name: tracked.name,
        weight: tracked.weight ?? defaults.find((other) => other.name === tracked.name)?.weight ?? 0,
        at: tracked.at,
      })),
    );
  return [
    ...of("track_script", "scripts", config.scripts),
    ...of("track_interface", "interfaces", []),
    ...of("track_process", "processes", config.trackProcesses),
    ...of("track_bfd", "bfds", config.bfdInstances),
  ].filter((one) => one.weight !== 0);
}

const clamp = (priority: number) => Math.max(1, Math.min(254, priority));

/** The priority of an instance while everything is well. */
export const bestPriority = (config: KeepalivedConfig, instance: VrrpInstance): number =>
  instance.priority === 255
    ? 255
    : clamp(
        instance.priority +
          weightsOf(config, instance).reduce((sum, { weight }) => sum + Math.max(0, weight), 0),
      );

/** One file alone: what a failing check does to the priority, and when it can do nothing. */
export const lintWeights: Lint = (config, note) => {
  for (const instance of config.instances) {
    const best = bestPriority(config, instance);
    for (const one of weightsOf(config, instance)) {
      const failing = clamp(instance.priority + Math.min(one.weight, 0));
      const well = clamp(instance.priority + Math.max(0, one.weight));
      if (failing === well)
        note(
          one.at,
          "weight-without-effect",
          `(${instance.name}) ${one.what} ${one.name}: weight ${one.weight} can't change the priority ${well}`,
          {
            remedy: "Priorities stay between 1 and 254.",
          },
        );
      else if (Math.abs(one.weight) < 50)
        note(
          one.at,
          "weight-gap",
          `(${instance.name}) ${one.what} ${one.name}: failing lowers the priority from ${best} to ${clamp(best - Math.abs(one.weight))}`,
          {
            severity: "note",
            remedy: `The VIP moves only to a router with a priority between: -t with the files of all routers says whether there is one.`,
          },
        );
    }
  }
};

/** Files of several routers: whether a failing check moves the VIP to another one. */
export function lintWeightsOfPeers(configs: readonly KeepalivedConfig[], note: Note): void {
  for (const config of configs)
    for (const instance of config.instances) {
      const peers = configs
        .filter((other) => other !== config)
        .flatMap((other) =>
          other.instances
            .filter(
              (peer) => peer.virtualRouterId === instance.virtualRouterId && peer.family === instance.family,
            )
            .map((peer) => ({ peer, best: bestPriority(other, peer) })),
        );
      const highest = Math.max(0, ...peers.map(({ best }) => best));
      const best = bestPriority(config, instance);
      if (peers.length === 0 || best < highest) continue;
      for (const one of weightsOf(config, instance)) {
        const failing = clamp(best - Math.abs(one.weight));
        if (failing > highest)
          note(
            one.at,
            "weight-too-small",
            `(${instance.name}) ${one.what} ${one.name}: failing leaves priority ${failing}, and the others have ${highest} at most: the VIP stays`,
            {
              remedy: `Write a weight of more than ${best - highest}: weight ${one.weight < 0 ? "-" : ""}${best - highest + 1} at least.`,
            },
          );
        else if (peers.every(({ peer }) => !peer.preempt))
          note(
            one.at,
            "weight-nopreempt",
            `(${instance.name}) ${one.what} ${one.name}: the other routers say nopreempt, so a lower priority moves nothing`,
            {
              remedy: "Leave the weight out: failing then means FAULT, and the VIP goes.",
            },
          );
      }
    }
}
