import type { RingRun } from "../../run/index.js";
import {
  type Command,
  type CommandCall,
  failure,
  notice,
  permissionDenied,
  type Reply,
  warning,
} from "../command.js";

/** Rings that log lines are kept in (sink.c). */
export const ringCommands: readonly Command[] = [
  {
    words: ["show", "events"],
    usage: "show events [<sink>] [-w] [-n]          : show event sink state",
    run: showEvents,
  },
];

const streams: readonly (readonly [string, string])[] = [
  ["stdout", "type=fd, 0 dropped, standard output (fd#1)"],
  ["stderr", "type=fd, 0 dropped, standard output (fd#2)"],
];

function showEvents(call: CommandCall): Reply {
  const rings = call.host.rings?.() ?? [];
  const name = call.word(2);
  if (name === "") return warning(listRings(rings));
  if (!call.has("operator")) return permissionDenied;
  const ring = rings.find((each) => each.name === name);
  if (ring === undefined)
    return streams.some(([stream]) => stream === name)
      ? notice("Nothing to report for this sink")
      : failure("No such event sink");
  const options = call.words.slice(3).join("");
  if (!/^(-[wn]{1,2})*$/.test(options)) return failure("unknown option");
  return showRing(ring, options.includes("w"), options.includes("n"));
}

function listRings(rings: readonly RingRun[]): string {
  const all = [...streams, ...rings.map((ring) => [ring.name, ring.description] as const)];
  const lines = all.map(([name, description]) => `    ${name.padEnd(10)} : ${description}\n`);
  return `Supported events sinks are listed below. Add -w(wait), -n(new). Any key to stop\n${lines.join("")}`;
}

function showRing(ring: RingRun, wait: boolean, onlyNew: boolean): Reply {
  const line = (text: string) => (text.endsWith("\n") ? text : `${text}\n`);
  const kept = onlyNew ? [] : [...ring.lines()].map(line);
  if (!wait) return { pieces: kept };
  return {
    follow: (write) => {
      for (const each of kept) write(each);
      return ring.follow((text) => write(line(text)));
    },
  };
}
