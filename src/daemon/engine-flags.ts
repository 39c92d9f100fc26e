import { setFlagsFromString } from "node:v8";

/**
 * Has V8 make every new object in the young generation. It would else make those of some places old at once, because once they lived long
 * there (under a first rush of connections); what they refer to then outlives each collection of the young generation, which takes ten times as long.
 */
export function keepObjectsYoung(): void {
  setFlagsFromString("--no-allocation-site-pretenuring");
}
