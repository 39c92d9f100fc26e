import { constants } from "node:os";
import type { Check } from "../../config/keepalived/model/index.js";
import type { Answer } from "./answer.js";

/** How it stands with a check. Plain values: a process that takes over is given them. */
export interface CheckState {
  up: boolean;
  /** Whether it has come to a verdict, or to its first result. */
  hasRun: boolean;
  /** Failures in a row that have not counted yet. */
  tries: number;
  /** What it adds to the server's weight. */
  weight: number;
  /** misc_dynamic: the status that `weight` comes from. */
  exit: number;
  /** HTTP: which url is next, and which one has failed. */
  url: number;
  failedUrl: number | undefined;
}

/** What a check's results lead to, in order. */
export interface CourseWorld {
  log(line: string): void;
  /** The check has a verdict: it changes `up` and `hasRun`. `always`: mail is sent though nothing has changed. */
  verdict(up: boolean, mail: string, always?: boolean): void;
  /** The check's part of the server's weight is another one now. Quietly: nobody is told yet. */
  weight(part: number, quietly: boolean): void;
}

/** What a result means for a check, and when to ask again. */
export interface CourseOf {
  readonly check: Check;
  readonly state: CheckState;
  /** "[192.168.4.100]:tcp:80" */
  readonly server: string;
  /** "[192.168.4.15]:tcp:80" */
  readonly virtual: string;
  /** The server's weight in the file. */
  readonly weight: number;
  readonly logsAll: boolean;
}

/** When to ask again: so many milliseconds after it was due, or after it ended. */
export interface Next {
  readonly delay: number;
  readonly from: "due" | "end";
}

export function freshState(check: Check): CheckState {
  // One failure is enough at the start, but for SMTP, which counts anew each time.
  const tries = check.kind === "SMTP_CHECK" ? 0 : check.timing.retry;
  return { up: true, hasRun: false, tries, weight: 0, exit: 0, url: 0, failedUrl: undefined };
}

/**
 * What a result leads to, by the rules of its kind: they differ in when failures count, in when it is asked again, and in their
 * words (keepalived/check/check_*.c of 2.2.7).
 */
export function advance(course: CourseOf, answer: Answer, world: CourseWorld): Next {
  const { timing, kind } = course.check;
  if (answer.outcome === "unknown") return { delay: timing.delayLoop, from: "end" };
  switch (kind) {
    case "TCP_CHECK":
      return tcp(course, answer, world);
    case "HTTP_GET":
    case "SSL_GET":
      return http(course, answer, world);
    case "SMTP_CHECK":
      return smtp(course, answer, world);
    case "DNS_CHECK":
      return dns(course, answer, world);
    case "UDP_CHECK":
    case "PING_CHECK":
      return datagram(course, answer, world);
    case "MISC_CHECK":
      return misc(course, answer, world);
    case "FILE_CHECK":
    case "BFD_CHECK":
      return { delay: Number.POSITIVE_INFINITY, from: "end" };
  }
}

const afterSuccess = (delay: number): Next => ({ delay, from: "due" });
const afterFailure = (delay: number): Next => ({ delay, from: "end" });

function tcp({ check, state, server, logsAll }: CourseOf, answer: Answer, world: CourseWorld): Next {
  const { retry, delayLoop, delayBeforeRetry } = check.timing;
  const good = answer.outcome === "passed";
  if (!good && state.up && logsAll) world.log(`TCP connection to ${server} ${answer.detail}.`);
  let delay = delayLoop;
  if (good || state.tries >= retry) {
    state.tries = 0;
    if (good && (!state.up || !state.hasRun)) {
      world.log(`TCP connection to ${server} success.`);
      world.verdict(true, "=> TCP CHECK succeed on service <=");
    } else if (!good && (state.up || !state.hasRun)) {
      world.log(`TCP_CHECK on service ${server} failed${after(state.hasRun, retry)}.`);
      world.verdict(false, "=> TCP CHECK failed on service <=");
    }
  } else {
    delay = delayBeforeRetry;
    state.tries++;
  }
  state.hasRun = true;
  return good ? afterSuccess(delay) : afterFailure(delay);
}

function http(course: CourseOf, answer: Answer, world: CourseWorld): Next {
  const { check, state, server, logsAll } = course;
  if (check.kind !== "HTTP_GET" && check.kind !== "SSL_GET") return afterFailure(check.timing.delayLoop);
  const { retry, delayLoop, delayBeforeRetry } = check.timing;
  const good = answer.outcome === "passed";
  let delay: number;
  if (good) {
    const path = check.urls[state.url]?.path;
    if (!state.up && path !== undefined) world.log(`${answer.detail} success to ${server} url(${path})`);
    const last = state.url + 1 >= check.urls.length;
    state.tries = 0;
    if (state.failedUrl !== undefined) {
      // The one that has failed is well: all are asked once more.
      state.failedUrl = undefined;
      state.url = 0;
    } else if (last) {
      state.url = 0;
      if (!state.up || !state.hasRun) {
        world.log(`Remote Web server ${server} succeed on service.`);
        world.verdict(true, "=> CHECK succeed on service <=");
        state.hasRun = true;
      }
    } else state.url++;
    delay = delayLoop;
    if (!state.hasRun) state.tries = retry;
  } else {
    if (state.up || !state.hasRun) {
      if (logsAll) world.log(`${answer.detail} server ${server}.`);
      state.hasRun = true;
      if (++state.tries > retry) {
        if (state.up) {
          world.log(`HTTP_CHECK on service ${server} failed${after(true, retry)}.`);
          world.verdict(false, "=> CHECK failed on service : HTTP request failed <=");
        }
        state.failedUrl = state.url;
      }
    } else state.failedUrl ??= state.url;
    delay = state.failedUrl === undefined ? delayBeforeRetry : Math.max(delayBeforeRetry, delayLoop);
  }
  if (check.fastRecovery && (!state.hasRun || (!state.up && state.failedUrl === undefined))) delay = 0;
  return good && delay > 0 ? afterSuccess(delay) : afterFailure(delay);
}

function smtp({ check, state, server, logsAll }: CourseOf, answer: Answer, world: CourseWorld): Next {
  const { retry, delayLoop, delayBeforeRetry } = check.timing;
  const doubtful = state.up || !state.hasRun;
  if (answer.outcome === "passed") {
    state.tries = 0;
    if (!state.up || !state.hasRun) {
      world.log(`Remote SMTP server ${server} succeed on service.`);
      world.verdict(true, "=> CHECK succeed on service <=");
    }
    state.hasRun = true;
    return afterSuccess(delayLoop);
  }
  if (doubtful && (logsAll || state.tries >= retry)) world.log(`SMTP_CHECK ${answer.detail}`);
  if (++state.tries <= retry) return afterFailure(delayBeforeRetry);
  if (doubtful) world.verdict(false, `=> CHECK failed on service : ${answer.detail} <=`);
  state.tries = 0;
  return afterFailure(delayLoop);
}

function dns({ check, state, server, logsAll }: CourseOf, answer: Answer, world: CourseWorld): Next {
  const { retry, delayLoop, delayBeforeRetry } = check.timing;
  if (answer.outcome === "passed") {
    if (!state.up || !state.hasRun) world.verdict(true, "=> DNS_CHECK: succeed on service <=");
    state.tries = 0;
    return afterSuccess(delayLoop);
  }
  if (state.up || !state.hasRun) {
    const final = state.tries >= retry;
    const retries = state.hasRun && final ? ` after ${retry} retries` : "";
    if (logsAll || final) world.log(`DNS_CHECK (${server}) ${answer.detail}${retries}`);
    if (!final) {
      state.tries++;
      state.hasRun = true;
      return afterFailure(delayBeforeRetry);
    }
    world.verdict(false, "=> DNS_CHECK: failed on service <=");
  }
  state.tries = 0;
  return afterFailure(delayLoop);
}

function datagram(course: CourseOf, answer: Answer, world: CourseWorld): Next {
  const { check, state, server, virtual, logsAll } = course;
  const { retry, delayLoop, delayBeforeRetry } = check.timing;
  const good = answer.outcome === "passed";
  const ping = check.kind === "PING_CHECK";
  const name = ping ? "ICMP" : "UDP";
  if (!good && state.up && logsAll) world.log(failureOfDatagram(course, answer.detail));
  let delay = delayLoop;
  if (good || ((state.up || !state.hasRun) && state.tries >= retry)) {
    state.tries = 0;
    if (good && (!state.up || !state.hasRun)) {
      world.log(`${name} connection to ${server} success.`);
      world.verdict(true, `=> ${name} CHECK succeed on service <=`);
    } else if (!good && (state.up || !state.hasRun)) {
      const retries = after(state.hasRun, retry);
      world.log(
        ping
          ? `ICMP CHECK on service ${server}${retries === "" ? "" : ` of ${virtual}`} failed${retries}.`
          : `UDP_CHECK on service ${server} failed${retries}.`,
      );
      world.verdict(false, `=> ${name} CHECK failed on service <=`);
    }
  } else if (state.up) {
    delay = delayBeforeRetry;
    state.tries++;
  }
  state.hasRun = true;
  return good ? afterSuccess(delay) : afterFailure(delay);
}

function failureOfDatagram({ check, server, virtual }: CourseOf, detail: string): string {
  if (check.kind === "UDP_CHECK")
    return detail === "mismatch"
      ? `UDP check to ${server} reply data mismatch.`
      : `UDP connection to ${server} failed.`;
  return detail === "timeout"
    ? `ICMP connection to address ${server} timeout.`
    : `ICMP connection to ${server} of ${virtual} failed.`;
}

function misc(course: CourseOf, answer: Answer, world: CourseWorld): Next {
  const { check, state, logsAll } = course;
  if (check.kind !== "MISC_CHECK") return afterFailure(check.timing.delayLoop);
  const { retry, delayLoop, delayBeforeRetry } = check.timing;
  const { exit } = answer;
  const doubtful = state.up || !state.hasRun;
  if (answer.outcome === "passed") {
    const status = exit?.kind === "status" ? exit.status : 0;
    if (status !== state.exit) {
      state.exit = status;
      world.weight(status ? status - 2 - course.weight : 0, false);
    }
    state.tries = 0;
    if (!state.up || !state.hasRun) {
      world.log(`${miscWords(course)} succeeded.`);
      world.verdict(true, "=> MISC CHECK succeeded on service <=", true);
    }
  } else if (doubtful) {
    const final = state.tries >= retry;
    state.tries = final ? 0 : state.tries + 1;
    const type = exit?.kind === "timeout" ? "timed out" : "failed";
    if (final) {
      state.exit = exit?.kind === "status" ? exit.status : state.exit;
      world.weight(0, true);
    }
    if (final || logsAll)
      world.log(`${miscWords(course)} ${type}${miscRetries(state.tries, retry)}${reason(exit)}.`);
    if (final) world.verdict(false, `=> MISC CHECK ${type} on service <=`, true);
  }
  state.hasRun = true;
  // Its pace counts from when it was due, also while it fails.
  return { delay: state.tries > 0 ? delayBeforeRetry : delayLoop, from: "due" };
}

const miscWords = ({ check, server, virtual }: CourseOf): string =>
  `Misc check for [${server} VS ${virtual}] by [${check.kind === "MISC_CHECK" ? check.command.argv[0] : ""}]`;

function miscRetries(tries: number, retry: number): string {
  const word = retry === 1 ? "retry" : "retries";
  if (retry === 0) return " with retry disabled";
  if (tries === 1) return `, will do ${retry} ${word}`;
  return tries > 1 ? ` on retry ${tries - 1}/${retry}` : ` after ${retry} ${word}`;
}

function reason(exit: Answer["exit"]): string {
  if (exit?.kind === "status") return ` (exited with status ${exit.status})`;
  if (exit?.kind === "signal")
    return ` (due to signal ${constants.signals[exit.signal as NodeJS.Signals] ?? exit.signal})`;
  return exit?.kind === "missing" ? ` (${exit.why})` : "";
}

const after = (hasRun: boolean, retry: number): string =>
  hasRun && retry > 0 ? ` after ${retry} retries` : "";
