// Asks as a client of the lab. Started by client.ts in the client's network; writes one answer a line, as JSON.
import type { Answer } from "../answer.js";
import type { RequestPlan } from "../client.js";
import { requestOnce } from "./one-request.js";

const plan: RequestPlan = JSON.parse(process.argv[2] ?? "");
process.title = `rondo lab: client in ${process.argv[3]}`;
// Nobody listens any more: whoever wanted the answers is gone.
process.stdout.on("error", () => process.exit(1));

let next = plan.first;
async function worker(): Promise<void> {
  while (next < plan.first + plan.requests) {
    const number = next++;
    const answer: Answer = { number, ...(await requestOnce(plan)) };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

await Promise.all(Array.from({ length: Math.max(1, plan.concurrency) }, worker));
