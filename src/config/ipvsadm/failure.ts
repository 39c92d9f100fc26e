import { RondoError } from "../../errors.js";

/**
 * A command line that cannot be understood. The message is what the real ipvsadm prints, the status what it ends with:
 * 2 where it finds the mistake itself, 255 where its option library does.
 */
export class UsageError extends RondoError {
  /**
   * Whether a file of commands stops here. The real one goes on with the next line after its option library's errors
   * and stops at every other mistake.
   */
  readonly stops: boolean;

  constructor(message: string, options: { exitStatus?: number; stops?: boolean } = {}) {
    super("usage", message, { exitStatus: options.exitStatus ?? 2 });
    this.stops = options.stops ?? true;
  }
}

/** A mistake that ipvsadm finds itself. */
export function fail(message: string): never {
  throw new UsageError(message);
}

/** What it says where it cannot even tell which command is wanted. */
export function tryHelp(program: string): never {
  throw new UsageError(`Try \`${program} -h' or '${program} --help' for more information.`, {
    exitStatus: 255,
  });
}
