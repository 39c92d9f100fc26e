import type { DataPlane } from "../ipvs/data-plane.js";
import type { HostNames } from "./host-names.js";

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
}

/** What the commands of the ipvsadm family need of their surroundings. */
export interface IpvsadmIo {
  /** Opens the data plane. Called once at most, and only when a command has been understood that needs it. */
  readonly plane: () => DataPlane;
  /** Read only by `-R` and ipvsadm-restore. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: Output;
  readonly stderr: Output & { readonly isTTY?: boolean };
  /** What the program was called by, for its messages; default: its usual name. */
  readonly program?: string;
  /** Default: this host's. */
  readonly names?: HostNames;
}
