import { RondoError } from "../errors.js";

/** The kernel's refusals by meaning, and the words ipvsadm has for them (libipvs.c, ipvs_strerror). */
const words = {
  "service-exists": "Service already exists",
  "no-service": "No such service",
  "service-not-defined": "Service not defined",
  "no-scheduler": "Scheduler or persistence engine not found",
  "server-exists": "Destination already exists",
  "no-server": "No such destination",
  "daemon-running": "Daemon has already run",
  "no-daemon": "No daemon is running",
  "not-permitted": "Permission denied (you must be root)",
  invalid: "Invalid operation.  Possibly wrong module version, address not unicast, ...",
  memory: "Memory allocation problem",
  range: "Numerical result out of range",
  "family-unsupported": "Operation not supported with specified address family",
} as const;

export type IpvsRefusal = keyof typeof words;

/** A refusal of the data plane. `exitStatus` is 255, as ipvsadm's. */
export class IpvsError extends RondoError {
  readonly refusal: IpvsRefusal;

  constructor(refusal: IpvsRefusal) {
    super(refusal, words[refusal], { exitStatus: 255 });
    this.refusal = refusal;
  }
}
