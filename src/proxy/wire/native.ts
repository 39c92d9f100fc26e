import * as sys from "../../sys/index.js";

/**
 * What the engine takes from the C library by sys/, where that can be loaded: descriptors duplicated, socket options that Node doesn't set.
 * Elsewhere (another system, no prebuilt koffi) the engine does without.
 */
export const native: typeof sys | undefined = sys.callsLinux() ? sys : undefined;
