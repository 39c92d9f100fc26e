import { RondoError } from "../../errors.js";
import { IpvsError, type IpvsRefusal } from "../../ipvs/errors.js";
import { NetlinkError } from "../../netlink/index.js";
import { errnoText } from "../../sys/index.js";

/** What is asked of the kernel; the same errno means another thing for each. */
export type Operation =
  | "add-service"
  | "edit-service"
  | "delete-service"
  | "zero"
  | "ask"
  | "add-server"
  | "edit-server"
  | "delete-server"
  | "start-daemon"
  | "stop-daemon";

const meanings: Readonly<Record<Operation, Readonly<Record<string, IpvsRefusal>>>> = {
  "add-service": { EEXIST: "service-exists", ENOENT: "no-scheduler" },
  "edit-service": { ESRCH: "no-service", ENOENT: "no-scheduler" },
  "delete-service": { ESRCH: "no-service" },
  zero: { ESRCH: "no-service" },
  ask: { ESRCH: "no-service" },
  "add-server": { ESRCH: "service-not-defined", EEXIST: "server-exists" },
  "edit-server": { ESRCH: "service-not-defined", ENOENT: "no-server" },
  "delete-server": { ESRCH: "service-not-defined", ENOENT: "no-server" },
  "start-daemon": { EEXIST: "daemon-running" },
  "stop-daemon": { ESRCH: "no-daemon" },
};

/** Whatever was asked. */
const general: Readonly<Record<string, IpvsRefusal>> = {
  EPERM: "not-permitted",
  EINVAL: "invalid",
  ENOMEM: "memory",
  ERANGE: "range",
  EOPNOTSUPP: "family-unsupported",
  EAFNOSUPPORT: "family-unsupported",
};

/** What a refusal of the kernel means (ipvsadm's libipvs.c, ipvs_strerror); where it has no words of its own, the errno's. */
export function meaningOf(operation: Operation, error: NetlinkError): RondoError {
  const refusal = meanings[operation][error.errnoName] ?? general[error.errnoName];
  if (refusal) return new IpvsError(refusal);
  const code = error.errnoName === "ENODEV" ? "no-device" : error.code;
  return new RondoError(code, errnoText(error.errno), { exitStatus: 255, cause: error });
}

/** Does what asks the kernel, with its refusals as IPVS's. */
export function refusing<T>(operation: Operation, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof NetlinkError ? meaningOf(operation, error) : error;
  }
}
