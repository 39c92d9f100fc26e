import {
  type Command,
  HostWanted,
  helpText,
  type NameTable,
  parse,
  type RestoreLine,
  restoreLines,
  UsageError,
  versionText,
} from "../config/ipvsadm/index.js";
import { RondoError } from "../errors.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import { IpvsError } from "../ipvs/errors.js";
import { type HostNames, knownNames, systemNames, withTypedNames } from "./host-names.js";
import type { IpvsadmIo } from "./ipvsadm-io.js";
import { type Listing, writeListing } from "./ipvsadm-listing.js";

/**
 * Runs the command line of `ipvsadm` (without the program's name) and gives its exit status: 0, 2 for a mistake in
 * the command line or a data plane that cannot be opened, 255 for a mistake in the options' form or a refusal of the
 * data plane, 1 for a listing of what is not there. Every expected failure is told on stderr; nothing is thrown for it.
 */
export async function run(argv: readonly string[], io: IpvsadmIo): Promise<number> {
  const session = new Session(io);
  try {
    return (await session.execute(argv)).status;
  } finally {
    session.close();
  }
}

/** What a command line came to, and whether a file of commands goes on after it. */
interface Outcome {
  readonly status: number;
  readonly goesOn: boolean;
}

/** Command lines that share one data plane, which is opened by the first that needs it. */
export class Session {
  readonly #io: IpvsadmIo;
  readonly #names: HostNames;
  readonly #program: string;
  #plane: DataPlane | undefined;

  constructor(io: IpvsadmIo) {
    this.#io = io;
    this.#names = io.names ?? systemNames();
    this.#program = io.program ?? "ipvsadm";
  }

  /** Understands and does one command line. `nested` where it comes from a file of commands, which may not name another. */
  async execute(words: readonly string[], nested = false): Promise<Outcome> {
    try {
      const command = await withTypedNames(this.#names, (names) => this.#parse(words, names));
      if (command.kind === "restore" && nested) return this.#tellTryHelp();
      return await this.#do(command);
    } catch (error) {
      return this.#tell(error);
    }
  }

  close(): void {
    this.#plane?.close();
    this.#plane = undefined;
  }

  async #do(command: Command): Promise<Outcome> {
    const { stdout } = this.#io;
    switch (command.kind) {
      case "help":
        stdout.write(helpText(this.#program));
        return { status: 0, goesOn: false };
      case "version":
        stdout.write(versionText);
        return { status: 0, goesOn: false };
      case "restore":
        return { status: await this.restore(this.#io.stdin, command.lines), goesOn: true };
      case "list-services":
      case "list-connections":
      case "list-timeouts":
      case "list-daemons":
      case "save":
        return await this.#list(command);
      default:
        change(this.#open(), command);
        return { status: 0, goesOn: true };
    }
  }

  /**
   * Does what a file of commands says, line by line as it comes in. It goes on after a refusal and stops at a mistake;
   * the status is that of the last line done. Lines that come in together are done together: under one lock.
   */
  async restore(input: IpvsadmIo["stdin"], lines = false): Promise<number> {
    // The real one does not say which line it means, and its output is compared: only a person is told without asking.
    const tellLine = lines || this.#io.stderr.isTTY === true;
    let last: Outcome = { status: 0, goesOn: true };
    const note = (line: RestoreLine, outcome: Outcome) => {
      last = outcome;
      if (tellLine && last.status !== 0) this.#io.stderr.write(`line ${line.number}: ${line.text}\n`);
    };
    for await (const lines of restoreLines(input)) {
      for (let next = 0; next < lines.length && last.goesOn; ) {
        const failure = this.#together(() => {
          for (; next < lines.length && last.goesOn; next++) {
            const outcome = this.#changeAtOnce(lines[next]!.words);
            if (!outcome) return;
            note(lines[next]!, outcome);
          }
        });
        if (failure) last = failure;
        const line = lines[next];
        if (!line || !last.goesOn) continue;
        next++;
        note(line, await this.execute(line.words, true));
      }
      if (!last.goesOn) break;
    }
    return last.status;
  }

  /** Has changes done together, if there is a data plane yet. Gives what has gone wrong after them, beside them. */
  #together(work: () => void): Outcome | undefined {
    try {
      this.#plane?.together(work);
      return undefined;
    } catch (error) {
      return this.#tell(error);
    }
  }

  /** Does a command line if that is a change for which nothing has to be waited for; else it has done nothing. */
  #changeAtOnce(words: readonly string[]): Outcome | undefined {
    try {
      const command = this.#parse(words, knownNames(this.#names));
      if (!isChange(command)) return undefined;
      change(this.#open(), command);
      return { status: 0, goesOn: true };
    } catch (error) {
      return error instanceof HostWanted ? undefined : this.#tell(error);
    }
  }

  #parse(words: readonly string[], names: NameTable): Command {
    return parse(words, { names, program: this.#program });
  }

  async #list(command: Listing): Promise<Outcome> {
    try {
      await writeListing(this.#open(), command, this.#names, this.#io.stdout);
      return { status: 0, goesOn: true };
    } catch (error) {
      if (!(error instanceof IpvsError)) throw error;
      this.#io.stderr.write(`${error.message}\n`);
      return { status: 1, goesOn: false };
    }
  }

  #open(): DataPlane {
    if (this.#plane) return this.#plane;
    try {
      return (this.#plane = this.#io.plane());
    } catch (error) {
      if (!(error instanceof RondoError)) throw error;
      throw new RondoError(error.code, `Can't initialize ipvs: ${error.message}`, {
        exitStatus: 2,
        ...(error.remedy !== undefined && { remedy: error.remedy }),
        cause: error,
      });
    }
  }

  #tell(error: unknown): Outcome {
    if (!(error instanceof RondoError)) throw error;
    this.#io.stderr.write(`${error.message}\n`);
    // The real one's own words stand alone; it is compared with them.
    if (error instanceof UsageError) return { status: error.exitStatus, goesOn: !error.stops };
    if (error.remedy !== undefined && error.code !== "no-device") this.#io.stderr.write(`${error.remedy}\n`);
    return { status: error.exitStatus, goesOn: this.#plane !== undefined };
  }

  #tellTryHelp(): Outcome {
    this.#io.stderr.write(`Try \`${this.#program} -h' or '${this.#program} --help' for more information.\n`);
    return { status: 255, goesOn: false };
  }
}

type Change = Exclude<Command, Listing | { kind: "help" | "version" | "restore" }>;

const others: ReadonlySet<string> = new Set<Exclude<Command, Change>["kind"]>([
  "help",
  "version",
  "restore",
  "list-services",
  "list-connections",
  "list-timeouts",
  "list-daemons",
  "save",
]);
const isChange = (command: Command): command is Change => !others.has(command.kind);

function change(plane: DataPlane, command: Change): void {
  switch (command.kind) {
    case "add-service":
      plane.addService(command.service);
      break;
    case "edit-service":
      plane.editService(command.service);
      break;
    case "delete-service":
      plane.deleteService(command.service);
      break;
    case "clear":
      plane.flush();
      break;
    case "zero":
      plane.zero(command.service);
      break;
    case "add-server":
      plane.addServer(command.service, command.server);
      break;
    case "edit-server":
      plane.editServer(command.service, command.server);
      break;
    case "delete-server":
      plane.deleteServer(command.service, command.server);
      break;
    case "set-timeouts":
      plane.setTimeouts(command.timeouts);
      break;
    case "start-daemon":
      plane.startSyncDaemon(command.daemon);
      break;
    case "stop-daemon":
      plane.stopSyncDaemon(command.role);
      break;
  }
}
