import {
  askDaemon,
  keptFile,
  openControlSocket,
  openWatchHome,
  restoreKept,
  Watch,
  type WatchEvent,
  watchSocket,
} from "../daemon/index.js";
import { RondoError } from "../errors.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import { didYouMean } from "../nearest.js";
import { needRoot } from "../sys/index.js";
import { type CommandIo, usageError, withPlane } from "./command-io.js";
import { counted } from "./counted.js";
import { processIo } from "./process-io.js";
import { serviceUnit } from "./service-unit.js";
import { readWatchOptions, watchOptions } from "./watch-options.js";
import { eventText, statusTable, type WatchStatus, WatchTeller } from "./watch-output.js";
import { allWeightNotes } from "./weight-notes.js";
import { readWords } from "./words.js";

const usage = `usage: rondo watch [OPTION…]
       rondo watch status [--json]
       rondo watch restore

On the director: checks the real servers of all services again and again. One that fails gets weight 0, and its own
weight when it is well again. Runs until Ctrl-C, which gives all weights back.

What is checked, without any of them --tcp; with several, all have to pass:
  --tcp               whether it accepts a connection
  --http PATH         whether it answers a GET with a good status
  --status LIST       which are good (200-399)
  --host NAME         the Host header; without it the server's address
  --agent PORT        what its agent says (rondo agent, or any of HAProxy's agent checks)
  --port N            asks tcp and http there, instead of at the server's own port

  --interval TIME     how often (2s)
  --timeout TIME      how long a check may take (1s)
  --rise N            how often it has to pass until the server is well again (2)
  --fall N            how often it has to fail until the server is out (3)
  --slow-start TIME   how long one that comes back takes to its whole weight
  --step PERCENT      by how much an agent's answer may change the weight (10)
  --last-resort WHAT  when all servers of a service have failed: refuse (none gets anything), or keep (all do)
  --keep              leaves the weights as they are at the end
  --json              a JSON object on each line
  --unit              prints a systemd unit that runs it with these options

\`status\` tells how it stands, \`restore\` gives back the weights that a watch took which was killed.
\`rondo director watch\` is something else: it attaches the director to new interfaces.
`;

/** `rondo watch …`: see docs/manual/watch.md. */
export async function run(words: readonly string[], io: CommandIo = processIo): Promise<number> {
  const { values, positionals } = readWords("watch", words, watchOptions, 1);
  if (values["help"]) {
    io.stdout.write(usage);
    return 0;
  }
  const [command] = positionals;
  const json = values["json"] === true;
  if (command !== undefined) {
    const other = Object.keys(values).find((name) => name !== "json");
    if (other !== undefined) throw usageError(`--${other} doesn't belong to ${command}`);
    if (command === "status") return tellStatus(io, json);
    if (command === "restore") return restore(io, json);
    throw usageError(
      `there is no command ${command}${didYouMean(command, ["status", "restore"])}`,
      "Try `rondo watch --help`.",
    );
  }
  const options = readWatchOptions(values);
  if (values["unit"]) {
    const own = words.filter((word) => word !== "--unit");
    const description = "Checks the real servers of the Rondo director";
    io.stdout.write(serviceUnit({ description, words: ["watch", ...own], after: ["rondo-ipvsadm.service"] }));
    return 0;
  }
  needRoot("the director needs root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)");
  const home = openWatchHome();
  const plane = new HeldPlane(io.plane);
  try {
    return await io.withSignals(async ({ first }) => {
      const teller = new WatchTeller(io, json, options);
      const watch = new Watch(options, {
        plane: () => plane.current(),
        kept: keptFile(home.weights),
        notes,
        now: io.now,
        sleep: io.sleep,
        tell: (event) => teller.tell(event),
      });
      const status = (): WatchStatus => ({ pid: process.pid, places: watch.status() });
      const socket = await openControlSocket(home.socket, status);
      try {
        teller.begin(status);
        await watch.run(first);
        return 0;
      } finally {
        teller.end();
        socket.close();
      }
    });
  } finally {
    plane.close();
    home.close();
  }
}

/** A data plane that is kept open, which takes a while, and opened anew when the director was reset or made. */
class HeldPlane {
  readonly #open: () => DataPlane;
  #plane: (DataPlane & { isCurrent?(): boolean }) | undefined;

  constructor(open: () => DataPlane) {
    this.#open = open;
  }

  current(): DataPlane {
    if (this.#plane?.isCurrent?.() !== true) this.close();
    this.#plane ??= this.#open();
    return this.#plane;
  }

  close(): void {
    this.#plane?.close();
    this.#plane = undefined;
  }
}

const notes = () => {
  const all = allWeightNotes();
  return (key: string) => all[key];
};

async function tellStatus(io: CommandIo, json: boolean): Promise<number> {
  needRoot("what a watch knows is root's");
  const status = (await askDaemon(watchSocket(), { command: "status" })) as WatchStatus | undefined;
  if (!status)
    throw new RondoError("no-watch", "no watch is running in this network namespace", {
      remedy:
        "Start it by `rondo watch`. What one that was killed has left is undone by `rondo watch restore`.",
    });
  io.stdout.write(json ? `${JSON.stringify(status)}\n` : statusTable(status.places));
  return 0;
}

/** Only while no other is at work: what it took away is its own affair. */
function restore(io: CommandIo, json: boolean): Promise<number> {
  needRoot("the director needs root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)");
  const home = openWatchHome();
  const tell = (event: WatchEvent) =>
    io.stdout.write(json ? `${JSON.stringify(event)}\n` : `${eventText(event)}\n`);
  return withPlane(io, (plane) => {
    const count = restoreKept({ plane: () => plane, kept: keptFile(home.weights), notes, tell });
    if (!json)
      io.stdout.write(count === 0 ? "nothing to restore\n" : `${counted(count, "weight")} restored\n`);
    return 0;
  }).finally(() => home.close());
}
