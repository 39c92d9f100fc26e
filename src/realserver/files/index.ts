import { arptables } from "./arptables.js";
import { type FileMaker, moduleFiles, sysctlFile } from "./file.js";
import { ifcfg } from "./ifcfg.js";
import { netplan } from "./netplan.js";
import { networkd } from "./networkd.js";

export { filesText } from "./file.js";

/** What makes the files that people keep, by what `--print` calls them. */
export const fileMakers: Readonly<Record<string, FileMaker>> = {
  sysctl: (plan, state) => [...moduleFiles(plan, state), ...sysctlFile(plan, state)],
  ifcfg,
  networkd,
  netplan,
  arptables,
};
