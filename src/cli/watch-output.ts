import type { PlaceStatus, WatchEvent, WatchOptions } from "../daemon/index.js";
import { columns } from "./columns.js";
import type { CommandIo } from "./command-io.js";
import { counted } from "./counted.js";

/** What a running watch answers when it is asked. */
export interface WatchStatus {
  readonly pid: number;
  readonly places: readonly PlaceStatus[];
}

/** How many of the last events stand below the table. */
const shownEvents = 8;
/** The table on a terminal is drawn anew so often, in milliseconds. */
const drawPeriod = 1000;

/** Tells how a watch goes: on a terminal by a table that changes, elsewhere by a line for each event. */
export class WatchTeller {
  readonly #io: CommandIo;
  readonly #json: boolean;
  readonly #live: boolean;
  readonly #options: WatchOptions;
  readonly #last: string[] = [];
  #draw = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor(io: CommandIo, json: boolean, options: WatchOptions) {
    this.#io = io;
    this.#json = json;
    this.#live = io.stdout.isTTY === true && !json;
    this.#options = options;
  }

  begin(status: () => WatchStatus): void {
    const { probes, interval } = this.#options;
    const asked = probes.map(({ name }) => name).join(", ");
    const title = `watching by ${asked}, every ${interval / 1000} s`;
    if (!this.#live) {
      if (this.#json) this.#write({ event: "watching", by: probes.map(({ name }) => name), interval });
      else this.#io.stdout.write(`${title}\n`);
      return;
    }
    this.#draw = () =>
      this.#io.stdout.write(
        `\x1b[H\x1b[J${title}; Ctrl-C ends it\n\n${statusTable(status().places)}\n${this.#last.join("")}`,
      );
    this.#timer = setInterval(this.#draw, drawPeriod);
    this.#draw();
  }

  tell(event: WatchEvent): void {
    if (this.#json) {
      this.#write(event);
      return;
    }
    const line = `${eventText(event)}\n`;
    if (!this.#timer) {
      (event.event === "trouble" ? this.#io.stderr : this.#io.stdout).write(line);
      return;
    }
    this.#last.push(`${new Date().toTimeString().slice(0, 8)} ${line}`);
    if (this.#last.length > shownEvents) this.#last.shift();
    this.#draw();
  }

  #write(event: object): void {
    this.#io.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** An event as a line, without its end. */
export function eventText(event: WatchEvent): string {
  switch (event.event) {
    case "failed":
    case "well":
      return `${event.server}: ${event.check} ${event.event}, ${event.detail}`;
    case "agent":
      return `${event.server}: its agent says ${event.says}${event.detail === undefined ? "" : ` (${event.detail})`}`;
    case "weight":
    case "restored": {
      const of = event.to === event.configured || event.to === 0 ? "" : ` of ${event.configured}`;
      return `${placeText(event)}: weight ${event.from} → ${event.to}${of}`;
    }
    case "configured":
      return `${placeText(event)}: somebody has configured weight ${event.weight}`;
    case "added":
    case "deleted":
      return `${placeText(event)}: ${event.event}`;
    case "unchecked":
      return `${placeText(event)}: not checked, ${event.why}; --port N says where to ask`;
    case "last-resort":
      return event.lastResort === "keep"
        ? `${event.service}: no server is well, so all keep their weights`
        : `${event.service}: no server is well, so clients are refused`;
    case "served":
      return `${event.service}: a server is well again`;
    case "trouble":
      return event.detail;
  }
}

const placeText = ({ server, service }: { server: string; service: string }) => `${server} of ${service}`;

const titles = ["SERVICE", "SERVER", "STATE", "WEIGHT", "OF", "AGENT", "LAST"];

/** How it stands, a line for each server in a service. */
export function statusTable(places: readonly PlaceStatus[]): string {
  if (places.length === 0) return "There are no real servers.\n";
  const rows = places.map((place, i) => [
    places[i - 1]?.service === place.service ? "" : place.service,
    place.server,
    place.state,
    `${place.weight}`,
    `${place.configured}`,
    place.agent === undefined ? "-" : (place.agent.out ?? `${place.agent.percent}%`),
    place.checks.map(lastText).join("; "),
  ]);
  return columns([titles, ...rows])
    .map((line) => `${line}\n`)
    .join("");
}

function lastText({ check, well, against, detail }: PlaceStatus["checks"][number]): string {
  const times = against === 0 ? "" : `, ${counted(against, "time")} ${well ? "failed" : "passed"}`;
  return `${check}: ${detail}${times}`;
}
