import { createInterface } from "node:readline";
import { RondoError } from "../../errors.js";
import type { Host } from "../host.js";
import { programPath } from "../programs.js";
import type { Series } from "./series.js";

/** What a client is to ask, over and over; each request has a connection of its own. */
export interface TrafficPlan {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  /** Requests a second, begun at even distances whether or not earlier ones were answered. */
  readonly rate: number;
  /** Milliseconds for one request. */
  readonly timeout: number;
  /** Until the client is told to end, if none are given. */
  readonly seconds?: number;
}

/** What a request came to. */
export interface TrafficOutcome {
  /** In which second of the traffic it was begun, from 0. */
  readonly second: number;
  /** When it was begun, in milliseconds since 1970. */
  readonly at: number;
  readonly milliseconds: number;
  /** Who answered. */
  readonly server?: string;
  /** Why nobody did. */
  readonly error?: string;
}

/** What the client writes, a line each. */
export type Told =
  | { readonly kind: "start"; readonly at: number }
  | ({ readonly kind: "outcome" } & TrafficOutcome)
  | { readonly kind: "second"; readonly second: number; readonly asked: number };

/** A client that asks. */
export interface Traffic {
  /** Has it ask no more; {@link ended} comes when what was asked has been answered, or its time is over. */
  stop(): void;
  /** False if the client did not end by itself: its host lost its power, or the lab was taken down. */
  readonly ended: Promise<boolean>;
}

/**
 * Has a host ask. What it tells goes into `series`, `changed` is called after that.
 * @throws RondoError "client-failed" if the client does not start.
 */
export async function startTraffic(
  host: Host,
  plan: TrafficPlan,
  series: Series,
  changed: () => void = () => {},
): Promise<Traffic> {
  const args = [programPath("traffic"), JSON.stringify(plan), host.namespace];
  const child = host.spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin!.on("error", () => {}); // It has ended.
  let complaint = "";
  child.stderr!.on("data", (data: Buffer) => {
    complaint += data.toString();
  });
  const closed = new Promise<boolean>((resolve) => {
    child.once("close", (status) => resolve(status === 0));
    child.once("error", (error) => {
      complaint ||= error.message;
      resolve(false);
    });
  });
  const started = new Promise<boolean>((resolve) => {
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const told: Told = JSON.parse(line);
      if (told.kind === "start") {
        series.begin(told.at);
        resolve(true);
      } else if (told.kind === "second") series.close(told.second, told.asked);
      else series.add(told);
      changed();
    });
    void closed.then(() => resolve(false));
  });
  if (!(await started))
    throw new RondoError("client-failed", `the client on ${host.name} did not start: ${complaint.trim()}`);
  return { stop: () => child.stdin!.end(), ended: closed };
}
