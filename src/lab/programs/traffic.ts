// Asks as a client of the lab, so many times a second, whether or not answers come. Started by traffic.ts in the client's
// network; writes a line of JSON for each answer, and one for each second that is begun completely. Its input's end ends it.
import type { Told, TrafficPlan } from "../traffic/traffic.js";
import { requestOnce } from "./one-request.js";

const plan: TrafficPlan = JSON.parse(process.argv[2] ?? "");
process.title = `rondo lab: traffic in ${process.argv[3]}`;
// Ctrl-C reaches all that is on the terminal: what has been asked is still to be told.
process.on("SIGINT", () => {});
process.stdout.on("error", () => process.exit(1));

const tell = (what: Told) => process.stdout.write(`${JSON.stringify(what)}\n`);
const clock = () => performance.timeOrigin + performance.now();

/** Requests further behind than this are not made up for: it would be a burst that nobody wanted. */
const furthestBehind = 1000; // milliseconds
const start = clock();
tell({ kind: "start", at: start });

let ended = false;
let asked = 0;
let second = 0;
let askedThisSecond = 0;
let inFlight = 0;
let timer: NodeJS.Timeout | undefined;

function ask(at: number): void {
  inFlight++;
  askedThisSecond++;
  const mine = second;
  void requestOnce(plan).then((outcome) => {
    inFlight--;
    const rest = "error" in outcome ? { error: outcome.error } : answered(outcome);
    tell({ kind: "outcome", second: mine, at, milliseconds: outcome.milliseconds, ...rest });
    if (ended && inFlight === 0) process.exit(0);
  });
}

const answered = ({ status, server }: { status: number; server: string }) =>
  status === 200 ? { server } : { error: `status ${status} of ${server || "nobody"}` };

function closeSecond(): void {
  tell({ kind: "second", second, asked: askedThisSecond });
  second++;
  askedThisSecond = 0;
}

function end(): void {
  if (ended) return;
  ended = true;
  clearTimeout(timer);
  if (askedThisSecond > 0) closeSecond();
  if (inFlight === 0) process.exit(0);
}

function step(): void {
  const interval = 1000 / plan.rate;
  for (;;) {
    const now = clock();
    while (now - start >= (second + 1) * 1000) closeSecond();
    if (plan.seconds !== undefined && second >= plan.seconds) {
      end();
      return;
    }
    const due = start + asked * interval;
    if (now < due) {
      timer = setTimeout(step, Math.min(due - now, start + (second + 1) * 1000 - now));
      return;
    }
    asked++;
    if (now - due <= furthestBehind) ask(now);
  }
}

process.stdin.on("end", end);
process.stdin.on("error", end);
process.stdin.resume();
step();
