import type { ServerStatus, ServiceId } from "../ipvs/model.js";
import type { CommandIo } from "./command-io.js";
import { counted } from "./counted.js";
import { durationText } from "./duration.js";
import { Progress } from "./progress.js";
import { placeEvent, placeName } from "./targets.js";

/** A server that is being drained in one service. */
export interface Task {
  readonly service: ServiceId;
  /** As it was at the beginning. */
  readonly server: ServerStatus;
  readonly key: string;
}

/** A server that still has connections. */
export interface Standing {
  readonly task: Task;
  readonly now: ServerStatus;
}

/** How draining ended: it never had connections, has none any more, had to go, or somebody else did something with it. */
export type End = "udp" | "none" | "idle" | "deadline" | "gone" | "taken-back";

/** Says how draining goes: to a person, or as JSON. */
export class DrainTeller {
  readonly #io: CommandIo;
  readonly #json: boolean;
  readonly #progress: Progress;
  readonly #told = new Map<string, string>();

  constructor(io: CommandIo, json: boolean) {
    this.#io = io;
    this.#json = json;
    this.#progress = new Progress(io);
  }

  begin(task: Task, server: ServerStatus): void {
    if (this.#json) this.#write(task, "draining", { weight: server.weight, ...counts(server) });
    else this.#progress.say(`${nameOf(task)}: weight ${server.weight} → 0, ${countText(server)}`);
  }

  /** `left` is in milliseconds, or infinite. */
  wait(standing: readonly Standing[], left: number): void {
    if (this.#json) {
      const seconds = Number.isFinite(left) ? { secondsLeft: Math.ceil(left / 1000) } : {};
      for (const { task, now } of standing) {
        const text = JSON.stringify(counts(now));
        if (this.#told.get(task.key) === text) continue;
        this.#told.set(task.key, text);
        this.#write(task, "waiting", { ...counts(now), ...seconds });
      }
      return;
    }
    const sum = (field: "active" | "inactive" | "persistent") =>
      standing.reduce((total, { now }) => total + now[field], 0);
    const text = countText({
      active: sum("active"),
      inactive: sum("inactive"),
      persistent: sum("persistent"),
    });
    const { task } = standing[0]!;
    const name =
      standing.length === 1 ? nameOf(task) : `${task.server.address} of ${standing.length} services`;
    const rest = Number.isFinite(left) ? `, ${durationText(left)} left` : "";
    this.#progress.update(`${name}: ${text}${rest}`, `${name}: ${text}`);
  }

  end(task: Task, why: End, cut: number, elapsed: number): void {
    if (this.#json) {
      this.#write(task, why, { cut, seconds: Math.round(elapsed / 1000) });
      return;
    }
    const cutText = counted(cut, "connection");
    const text: Readonly<Record<End, string>> = {
      udp: `deleted at once (UDP), ${cutText} ended`,
      none: "deleted at once, it had no connections",
      idle: `idle after ${durationText(elapsed, Math.round)}, deleted`,
      deadline: `deadline after ${durationText(elapsed, Math.round)}, deleted, ${cutText} cut`,
      gone: "somebody else deleted it",
      "taken-back": "somebody else gave it a weight again, so it stays",
    };
    this.#progress.say(`${nameOf(task)}: ${text[why]}`);
  }

  restored(task: Task, weight: number): void {
    if (this.#json) this.#write(task, "restored", { weight });
    else this.#progress.say(`${nameOf(task)}: weight 0 → ${weight} again`);
  }

  #write(task: Task, event: string, more: object): void {
    this.#io.stdout.write(placeEvent(task.service, task.server, event, more));
  }
}

type Counts = Pick<ServerStatus, "active" | "inactive" | "persistent">;

const counts = ({ active, inactive, persistent }: Counts) => ({ active, inactive, persistent });

const nameOf = ({ service, server }: Task) => placeName(service, server);

function countText({ active, inactive, persistent }: Counts): string {
  const bound = persistent > 0 ? `, ${counted(persistent, "bound client")}` : "";
  return `${active} active, ${inactive} inactive${bound}`;
}
