import { createInterface } from "node:readline";
import { RondoError } from "../errors.js";
import type { Answer } from "./answer.js";
import type { Host } from "./host.js";
import { programPath } from "./programs.js";

/** What a client is to ask. Each request has a connection of its own. */
export interface RequestPlan {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly requests: number;
  /** The number of the first request. */
  readonly first: number;
  /** How many at once; 1: one after the other. */
  readonly concurrency: number;
  /** Milliseconds for one request. */
  readonly timeout: number;
}

/**
 * Has a host ask. A request without answer is an {@link Answer} too, so this gives as many as were asked, by number.
 * @throws RondoError "client-failed" if the client itself did not work; what aborted the signal.
 */
export async function ask(host: Host, plan: RequestPlan, signal?: AbortSignal): Promise<Answer[]> {
  signal?.throwIfAborted();
  const child = host.spawn(process.execPath, [programPath("client"), JSON.stringify(plan), host.namespace], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", stop);
  const answers: Answer[] = [];
  let complaint = "";
  child.stderr!.on("data", (data: Buffer) => {
    complaint += data.toString();
  });
  createInterface({ input: child.stdout! }).on("line", (line) => answers.push(JSON.parse(line)));
  await new Promise((resolve) => {
    child.once("close", resolve);
    child.once("error", resolve);
  });
  signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  if (answers.length !== plan.requests)
    throw new RondoError(
      "client-failed",
      `the client on ${host.name} made ${answers.length} of ${plan.requests} requests` +
        (complaint ? `: ${complaint.trim()}` : ""),
    );
  return answers.sort((a, b) => a.number - b.number);
}
