import { RondoError } from "../errors.js";
import { errnoName, errnoText } from "../sys/index.js";

/** What helps, for those refusals whose cause is nearly always the same. */
const remedies: Readonly<Record<string, string>> = {
  EPERM: "Run it as root.",
  EACCES: "Run it as root.",
};

/**
 * A refusal by the kernel. The message reads "add link veth0: EEXIST: File exists", with the kernel's own sentence
 * in brackets behind it where it gave one. `code` is "netlink-" and the errno's name in lower case.
 */
export class NetlinkError extends RondoError {
  readonly operation: string;
  readonly errno: number;
  readonly errnoName: string;
  readonly kernelMessage: string | undefined;

  constructor(operation: string, errno: number, kernelMessage?: string) {
    const name = errnoName(errno);
    const remedy = remedies[name];
    super(
      `netlink-${name.toLowerCase().replace(" ", "-")}`,
      `${operation}: ${name}: ${errnoText(errno)}${kernelMessage ? ` (${kernelMessage})` : ""}`,
      remedy === undefined ? {} : { remedy },
    );
    this.name = "NetlinkError";
    this.operation = operation;
    this.errno = errno;
    this.errnoName = name;
    this.kernelMessage = kernelMessage;
  }

  /** Whether `error` is a refusal, and one of these errno names if any are given. */
  static is(error: unknown, ...names: string[]): error is NetlinkError {
    return error instanceof NetlinkError && (names.length === 0 || names.includes(error.errnoName));
  }
}
