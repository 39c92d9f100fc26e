import type { U32 } from "../../asm/index.js";
import { type TunableName, tunableIndex } from "../../ipvs/tunables.js";
import { settings } from "./maps.js";

/** The value of a setting, as packets find it. */
export const tunable = (name: TunableName): U32 => settings.here.tunables.at(tunableIndex(name));
