import type { Diagnostic } from "../diagnostic.js";
import type { ReadResult } from "../read-config.js";
import { diskWorld } from "../source/disk-world.js";
import type { World } from "../source/world.js";
import { lintInstances } from "./instances.js";
import { type Lint, noteInto } from "./lint.js";
import { lintPeers } from "./peers.js";
import { lintScripts } from "./scripts.js";
import { lintServers, lintServersTwice } from "./servers.js";
import { lintVipNetworks, lintVipTwice } from "./vips.js";
import { lintWeights, lintWeightsOfPeers } from "./weights.js";

const lints: readonly Lint[] = [
  lintScripts,
  lintVipNetworks,
  lintVipTwice,
  lintInstances,
  lintServers,
  lintServersTwice,
];

/**
 * What makes no sense in a configuration though its words are right. Several files of one cluster are checked against
 * each other too.
 */
export function lintConfigs(
  results: readonly ReadResult[],
  options: { readonly world?: Partial<World> } = {},
): Diagnostic[] {
  const world = { ...diskWorld, ...options.world };
  const list: Diagnostic[] = [];
  const note = noteInto(list);
  const configs = results.map((result) => result.config);
  for (const config of configs) {
    for (const lint of lints) lint(config, note, world);
    if (configs.length === 1) lintWeights(config, note, world);
  }
  if (configs.length > 1) {
    lintPeers(configs, note);
    lintWeightsOfPeers(configs, note);
  }
  return list;
}
