import { RondoError } from "../../errors.js";
import type { Lab } from "../lab.js";
import type { LabState } from "../state.js";

export async function powerOff(_lab: Lab, _host: string): Promise<Partial<LabState>> {
  throw new RondoError("later", "later");
}
export async function bootHost(_lab: Lab, _host: string): Promise<Partial<LabState>> {
  throw new RondoError("later", "later");
}
