import { RondoError } from "../errors.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import { endpointText, type ServerStatus } from "../ipvs/model.js";
import { type CommandIo, type Signals, usageError, withPlane } from "./command-io.js";
import { DrainTeller, type Standing, type Task } from "./drain-tell.js";
import { readDuration } from "./duration.js";
import { processIo } from "./process-io.js";
import {
  namedServer,
  type Place,
  placeKey,
  placesOf,
  serviceOptions,
  statusOf,
  withWeight,
} from "./targets.js";
import { readWords } from "./words.js";

const usage = `usage: rondo drain SERVER [-t|-u|--sctp-service ADDRESS:PORT | -f MARK [-6]] [OPTION…]

Takes a real server out of its services (or of the one named) without breaking its connections: it gets no new ones
(weight 0), and is deleted when it has none any more. A server of a UDP service, and one without connections, is
deleted at once.

  --deadline TIME    deletes it after so long in any case, and says how many connections that cut (60s, 2m, 1h30m)
  --keep-persistent  lets clients that persistence binds to it come again; else these bindings end at the beginning
  --undo             gives the weight back that a drain took which was killed
  --json             a JSON object on each line

Ctrl-C gives the weight back and ends; nothing was deleted then. A second one changes nothing.
`;

const options = {
  ...serviceOptions,
  deadline: { type: "string" },
  "keep-persistent": { type: "boolean" },
  undo: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Looks so often whether connections are gone. */
const interval = 500;

/** `rondo drain …`: see docs/manual/drain.md. */
export async function run(words: readonly string[], io: CommandIo = processIo): Promise<number> {
  const { values, positionals } = readWords("drain", words, options, 1);
  if (values["help"]) {
    io.stdout.write(usage);
    return 0;
  }
  const { server, service } = namedServer(values, positionals, usage);
  const deadline = values["deadline"];
  if (values["undo"] && deadline !== undefined) throw usageError("--undo takes no --deadline");
  const limit =
    deadline === undefined ? Number.POSITIVE_INFINITY : readDuration(String(deadline), "--deadline");
  return withPlane(io, (plane) => {
    const places = placesOf(plane, server, service);
    const tell = new DrainTeller(io, values["json"] === true);
    if (values["undo"]) return undo(plane, places, io, tell);
    return io.withSignals((signals) =>
      new Drain(plane, io, tell, limit, values["keep-persistent"] === true).run(places, signals),
    );
  });
}

class Drain {
  #waiting: Task[] = [];
  #toldThatTheyStay = false;
  readonly #start: number;

  constructor(
    readonly plane: DataPlane,
    readonly io: CommandIo,
    readonly tell: DrainTeller,
    readonly limit: number,
    readonly keepPersistent: boolean,
  ) {
    this.#start = io.now();
  }

  async run(places: readonly Place[], signals: Signals): Promise<number> {
    try {
      for (const place of places) this.#begin(place);
      while (this.#waiting.length > 0 && !signals.first.aborted) {
        const left = this.#waiting.flatMap((task) => this.#look(task) ?? []);
        this.#waiting = left.map(({ task }) => task);
        if (left.length === 0) break;
        this.tell.wait(left, this.limit - this.#elapsed);
        const rest = this.limit - this.#elapsed;
        await this.io.sleep(Math.max(1, Math.min(interval, rest)), signals.first);
      }
      if (this.#waiting.length === 0) return 0;
    } catch (error) {
      this.#giveBack();
      throw error;
    }
    this.#giveBack();
    return signals.exitStatus;
  }

  get #elapsed(): number {
    return this.io.now() - this.#start;
  }

  #begin({ service, server }: Place): void {
    const task = { service: service.id, server, key: placeKey(service.id, server) };
    const connectionless =
      service.onePacket || (service.id.kind === "address" && service.id.protocol === "udp");
    if (connectionless) {
      this.#end(task, "udp");
      return;
    }
    const bound = this.keepPersistent ? server.persistent : 0;
    if (connectionsOf(server) + bound === 0) {
      this.#end(task, "none");
      return;
    }
    // At weight 0 an older note tells more; a weight that it has was given by somebody since.
    if (server.weight > 0 || this.io.weights.get(task.key) === undefined)
      this.io.weights.set(task.key, server.weight);
    this.#waiting.push(task);
    this.plane.editServer(task.service, withWeight(server, 0));
    if (!this.keepPersistent) this.#flush(task, true);
    this.tell.begin(task, server);
  }

  /** How it stands now, if it has to be looked at again. */
  #look(task: Task): Standing | undefined {
    const now = statusOf(this.plane, task.service, task.server);
    if (now?.weight !== 0) {
      this.io.weights.delete(task.key);
      this.tell.end(task, now ? "taken-back" : "gone", 0, this.#elapsed);
      return undefined;
    }
    const left = connectionsOf(now) + (this.keepPersistent ? now.persistent : 0);
    if (left > 0 && this.#elapsed < this.limit) return { task, now };
    this.#end(task, left === 0 ? "idle" : "deadline");
    return undefined;
  }

  /** Deletes it. What is left of its connections ends: else their clients would wait for answers that never come. */
  #end(task: Task, why: "udp" | "none" | "idle" | "deadline"): void {
    this.plane.deleteServer(task.service, task.server);
    this.io.weights.delete(task.key);
    const cut = this.#flush(task, false);
    this.#flush(task, true);
    this.tell.end(task, why, cut, this.#elapsed);
  }

  /** Ends its connections or its bindings. Where the data plane can't, they stay, which is told once. */
  #flush(task: Task, templates: boolean): number {
    try {
      return this.plane.flushConnections({ ...filterOf(task), templates });
    } catch (error) {
      if (!(error instanceof RondoError) || error.code !== "not-on-ipvs") throw error;
      if (!this.#toldThatTheyStay)
        this.io.stderr.write(`rondo drain: ${error.message}: they stay\n${error.remedy}\n`);
      this.#toldThatTheyStay = true;
      return 0;
    }
  }

  #giveBack(): void {
    for (const task of this.#waiting) {
      const now = statusOf(this.plane, task.service, task.server);
      if (now) restoreWeight(this.plane, this.io, task, now, this.tell);
      else this.io.weights.delete(task.key);
    }
  }
}

function undo(plane: DataPlane, places: readonly Place[], io: CommandIo, tell: DrainTeller): number {
  const tasks = places.map(({ service, server }) => ({
    service: service.id,
    server,
    key: placeKey(service.id, server),
  }));
  const known = tasks.filter(({ key }) => io.weights.get(key) !== undefined);
  if (known.length === 0)
    throw new RondoError(
      "no-drain",
      `no drain has left ${endpointText(places[0]!.server)} without its weight`,
      {
        remedy: "Give it one by `ipvsadm -e … -w N`.",
      },
    );
  for (const task of known) restoreWeight(plane, io, task, task.server, tell);
  return 0;
}

function restoreWeight(
  plane: DataPlane,
  io: CommandIo,
  task: Task,
  now: ServerStatus,
  tell: DrainTeller,
): void {
  const weight = io.weights.get(task.key) ?? task.server.weight;
  // Somebody who gave it a weight meanwhile meant it.
  if (now.weight === 0) {
    plane.editServer(task.service, withWeight(now, weight));
    tell.restored(task, weight);
  }
  io.weights.delete(task.key);
}

const connectionsOf = ({ active, inactive }: ServerStatus): number => active + inactive;
const filterOf = ({ service, server: { address, port } }: Task) => ({ service, server: { address, port } });
