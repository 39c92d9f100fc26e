import type { ServerRun } from "../run/index.js";
import { field } from "../servers/layout.js";
import type { ServerState } from "../servers/server-state.js";
import { checkStatus } from "./check-status.js";
import { notifyFailure, setCheckStatus } from "./result.js";

type Event = Parameters<ServerRun["observe"]>[0];
type Verdict = "ignored" | "error" | "fine";

/** What each event says at layer 4 and at layer 7, and how it is called in messages (analyze_statuses of check.c). */
const meanings: Readonly<Record<Event, readonly [text: string, layer4: Verdict, layer7: Verdict]>> = {
  "connect-ok": ["L4 successful connection", "fine", "ignored"],
  "connect-failed": ["L4 unsuccessful connection", "error", "error"],
  "response-ok": ["Correct http response", "ignored", "fine"],
  "response-status": ["Wrong http response", "ignored", "error"],
  "response-bad": ["Invalid http response (headers)", "ignored", "error"],
  "response-read-error": ["Read error (http)", "ignored", "error"],
  "response-timeout": ["Read timeout (http)", "ignored", "error"],
  "response-closed": ["Close from server (http)", "ignored", "error"],
};

/** `observe`: errors of traffic count; so many after each other do what `on-error` says (health_adjust). */
export function observe(server: ServerState, event: Event, status: number | undefined): void {
  const { section } = server;
  if (section.observe === "none" || !server.healthCheck.configured) return;
  let meant = event;
  if (event === "response-status" && status !== undefined && !isFailure(status)) meant = "response-ok";
  const [text, layer4, layer7] = meanings[meant];
  const verdict = section.observe === "layer4" ? layer4 : layer7;
  if (verdict === "ignored") return;
  if (verdict === "fine") {
    if (server.consecutiveErrors !== 0) server.consecutiveErrors = 0;
    return;
  }
  const errors = server.memory.add(field.consecutiveErrors, 1);
  if (errors < section.errorLimit) return;
  const { healthCheck: check } = server;
  const line = `Detected ${errors} consecutive errors, last one was: ${text}`;
  server.all.lock.hold(() => {
    if (section.onError === "fastinter") return;
    if (section.onError === "sudden-death" && check.health > check.rise) check.health = check.rise + 1;
    if (section.onError === "mark-down") check.health = check.rise;
    setCheckStatus(check, checkStatus.HANA, line);
    notifyFailure(check);
  });
  server.consecutiveErrors = 0;
  server.counters.add("failedHealthAnalyses");
  if (section.fastInterMs !== undefined) server.all.hurry(server);
}

/** Statuses 501 and 505 are the client's doing. */
function isFailure(status: number): boolean {
  return status < 100 || (status >= 500 && status !== 501 && status !== 505);
}
