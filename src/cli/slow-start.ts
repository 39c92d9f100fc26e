import { RondoError } from "../errors.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import type { ServerStatus, ServiceId } from "../ipvs/model.js";
import { type CommandIo, type Signals, usageError, withPlane } from "./command-io.js";
import { durationText, readDuration } from "./duration.js";
import { processIo } from "./process-io.js";
import { Progress } from "./progress.js";
import { ranked, unweighted } from "./shares.js";
import {
  namedServer,
  type Place,
  placeEvent,
  placeKey,
  placeName,
  placesOf,
  serviceOptions,
  statusOf,
  withWeight,
} from "./targets.js";
import { readWords, wholeNumber } from "./words.js";

const usage = `usage: rondo slow-start SERVER --over TIME [-t|-u|--sctp-service ADDRESS:PORT | -f MARK [-6]] [OPTION…]

Gives a real server its weight in small steps, so that one that comes back is not flooded: from a tenth of it to all
of it in so long a time (60s, 2m).

  --weight N    the weight at the end; without it the one that it has now
  --finish      gives it all of its weight now: what a slow start that was killed has left to do
  --json        a JSON object on each line

It works as long as it runs. Ctrl-C gives the server all of its weight at once.
`;

const options = {
  ...serviceOptions,
  over: { type: "string" },
  weight: { type: "string" },
  finish: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** How often the weight may change. */
const interval = 500;
/** What a server begins with. */
const beginning = 0.1;

/** `rondo slow-start …`: see docs/manual/slow-start.md. */
export async function run(words: readonly string[], io: CommandIo = processIo): Promise<number> {
  const { values, positionals } = readWords("slow-start", words, options, 1);
  if (values["help"]) {
    io.stdout.write(usage);
    return 0;
  }
  const { server, service } = namedServer(values, positionals, usage);
  const { over, finish } = values;
  if ((over === undefined) === !finish) throw usageError("it takes --over TIME, or --finish");
  const duration = over === undefined ? 0 : readDuration(String(over), "--over");
  const weight = values["weight"] === undefined ? undefined : readWeight(String(values["weight"]));
  return withPlane(io, (plane) => {
    const json = values["json"] === true;
    const tasks = placesOf(plane, server, service).map((place) => taskOf(place, weight, io));
    if (finish) {
      const known = tasks.filter(({ key }) => io.weights.get(key) !== undefined || weight !== undefined);
      if (known.length === 0)
        throw new RondoError("no-slow-start", "no slow start has left anything to do here");
      for (const task of known) new Ramp(plane, io, task, json).finish();
      return 0;
    }
    for (const task of tasks) refuse(task);
    return io.withSignals((signals) => ramp(plane, io, tasks, duration, json, signals));
  });
}

interface Task {
  readonly service: ServiceId;
  readonly scheduler: string;
  readonly server: ServerStatus;
  readonly key: string;
  /** The weight at the end. */
  readonly target: number;
}

function taskOf({ service, server }: Place, weight: number | undefined, io: CommandIo): Task {
  const key = placeKey(service.id, server);
  // A note that is less than the weight is of before somebody gave it that.
  const target = weight ?? Math.max(io.weights.get(key) ?? 0, server.weight);
  return { service: service.id, scheduler: service.scheduler, server, key, target };
}

function refuse({ scheduler, server, service, target }: Task): void {
  const name = placeName(service, server);
  if (unweighted.includes(scheduler) || ranked.includes(scheduler))
    throw new RondoError("no-weights", `${name}: the scheduler ${scheduler} doesn't share by weights`, {
      remedy: "Use wrr, wlc or sed, or name another service.",
    });
  if (target === 0)
    throw usageError(`${name} has weight 0`, "Say by --weight N what it is to have at the end.");
  if (target === 1)
    throw new RondoError("weight-one", `${name}: a weight of 1 has no smaller steps`, {
      remedy: "Multiply the weights of all servers of the service by 10 or more: their shares stay the same.",
    });
}

async function ramp(
  plane: DataPlane,
  io: CommandIo,
  tasks: readonly Task[],
  duration: number,
  json: boolean,
  signals: Signals,
): Promise<number> {
  const start = io.now();
  let ramps = tasks.map((task) => new Ramp(plane, io, task, json));
  for (;;) {
    const done = signals.first.aborted ? 1 : Math.min(1, (io.now() - start) / Math.max(1, duration));
    ramps = ramps.filter((each) => each.step(done, duration - (io.now() - start)));
    if (ramps.length === 0) return signals.first.aborted ? signals.exitStatus : 0;
    await io.sleep(interval, signals.first);
  }
}

/** The way of one server's weight in one service. */
class Ramp {
  #last: number | undefined;
  readonly #progress: Progress;

  constructor(
    readonly plane: DataPlane,
    readonly io: CommandIo,
    readonly task: Task,
    readonly json: boolean,
  ) {
    this.#progress = new Progress(io);
  }

  /** Gives the weight that is due when `done` of the time is over; whether there is more to come. */
  step(done: number, left: number): boolean {
    const { service, server, target } = this.task;
    const now = statusOf(this.plane, service, server);
    if (!now || (this.#last !== undefined && now.weight !== this.#last)) {
      this.io.weights.delete(this.task.key);
      this.#say(
        now ? "somebody else changed its weight, so it stays" : "somebody else deleted it",
        "left",
        now?.weight,
      );
      return false;
    }
    if (done >= 1) {
      this.finish();
      return false;
    }
    const weight = Math.max(1, Math.ceil(target * Math.max(beginning, done)));
    if (weight !== now.weight) {
      if (this.#last === undefined) this.io.weights.set(this.task.key, target);
      this.plane.editServer(service, withWeight(now, weight));
    }
    if (this.json && weight !== this.#last) this.#say("", "weight", weight);
    this.#last = weight;
    const text = `${this.#name}: weight ${weight} of ${target}`;
    if (!this.json) this.#progress.update(`${text}, ${durationText(left)} left`, text);
    return true;
  }

  finish(): void {
    const { service, server, target, key } = this.task;
    const now = statusOf(this.plane, service, server);
    if (now) this.plane.editServer(service, withWeight(now, target));
    this.io.weights.delete(key);
    this.#say(`weight ${target}`, "finished", target);
  }

  get #name(): string {
    return placeName(this.task.service, this.task.server);
  }

  #say(text: string, event: string, weight: number | undefined): void {
    if (!this.json) {
      this.#progress.say(`${this.#name}: ${text}`);
      return;
    }
    const { service, server, target } = this.task;
    this.io.stdout.write(placeEvent(service, server, event, { weight, target }));
  }
}

function readWeight(text: string): number {
  const weight = wholeNumber(text, 1, 0x7fff_ffff);
  if (weight !== undefined) return weight;
  throw usageError(`--weight ${text}: it takes a number from 1 to 2147483647`);
}
