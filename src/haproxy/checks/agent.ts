import { setDrain, setMaintenance, setReady } from "../servers/transitions.js";
import { checkStatus } from "./check-status.js";
import { implicitConnect } from "./make-script.js";
import type { CheckView, Ending, Script, Verdict } from "./steps.js";

/** `agent-check`: connects, sends `agent-send`'s text, reads a line of words. */
export const agentScript: Script = {
  http: false,
  tellsSteps: false,
  presets: [],
  steps: [
    implicitConnect,
    {
      kind: "send",
      number: 1,
      comment: undefined,
      make: (view) => {
        const text = view.check.server.memory.text("agentSend");
        return text === "" ? undefined : Buffer.from(text, "latin1");
      },
    },
    {
      kind: "expect",
      number: 2,
      comment: undefined,
      what: "custom function",
      errorStatus: undefined,
      timeoutStatus: undefined,
      evaluate: readReply,
      succeeded: () => ({ status: checkStatus.CHECKED, description: undefined }),
    },
  ],
};

/** The words of an agent's line, by what they change; the last of each kind counts. */
export interface AgentWords {
  readonly health: string | undefined; // up, down, stopped, fail
  readonly admin: string | undefined; // ready, drain, maint
  readonly weight: string | undefined; // "50%"
  readonly maxconn: string | undefined; // "30"
  /** The first that isn't known. */
  readonly unknown: string | undefined;
  /** After "#". */
  readonly description: string;
}

export function parseAgentLine(line: string): AgentWords {
  const sharp = /(?:^|[ \t,])#/.exec(line);
  const words = (sharp === null ? line : line.slice(0, sharp.index))
    .split(/[ \t,]+/)
    .filter((word) => word !== "");
  const description = sharp === null ? "" : line.slice(sharp.index + sharp[0].length).replace(/^[\t ]+/, "");
  const found: { -readonly [key in keyof AgentWords]: AgentWords[key] } = {
    health: undefined,
    admin: undefined,
    weight: undefined,
    maxconn: undefined,
    unknown: undefined,
    description,
  };
  for (const word of words) {
    const lower = word.toLowerCase();
    if (["up", "down", "stopped", "fail"].includes(lower)) found.health = word;
    else if (["ready", "drain", "maint"].includes(lower)) found.admin = word;
    else if (/^\d/.test(word) && word.includes("%")) found.weight = word;
    else if (lower.startsWith("maxconn:")) found.maxconn = word.slice("maxconn:".length);
    else found.unknown ??= word;
  }
  return found;
}

function readReply(view: CheckView, last: boolean): Verdict {
  const { check } = view;
  // Switched off meanwhile: its whole answer is left alone.
  if (!check.enabled) return { status: checkStatus.CHECKED, description: undefined };
  const text = view.received.toString("latin1");
  const end = /[\r\n\0]/.exec(text);
  if (end === null || text[end.index] === "\0") {
    if (!last && end === null) return "wait";
    return { status: check.statusCode, description: "Ignoring incomplete line from agent" };
  }
  return check.server.all.lock.hold(() => obey(view, parseAgentLine(text.slice(0, end.index))));
}

/** Does what the words say (tcpcheck_agent_expect_reply), and gives how the check ends. */
function obey(view: CheckView, words: AgentWords): Ending {
  const { check } = view;
  const { server } = check;
  let status: number = checkStatus.CHECKED;
  if (words.health !== undefined) {
    const up = words.health.toLowerCase() === "up";
    check.health = up ? check.best : 0;
    status = up ? checkStatus.L7OK : checkStatus.L7STS;
  }
  const admin = words.admin?.toLowerCase();
  if (admin === "drain") setDrain(server);
  else if (admin === "maint") setMaintenance(server);
  else if (admin === "ready") setReady(server);
  let warning = words.weight === undefined ? undefined : server.setWeight(words.weight);
  if (words.maxconn !== undefined) warning ??= server.setMaxconn(words.maxconn);
  if (words.health !== undefined) {
    let message = words.description;
    if (message === "" || status === checkStatus.L7OK) message = words.unknown ?? warning ?? message;
    return { status, description: `via agent : ${words.health}${message === "" ? "" : ` (${message})`}` };
  }
  if (words.unknown !== undefined)
    return { status, description: `agent reports an error : ${words.unknown}` };
  if (warning !== undefined) return { status, description: `agent warns : ${warning}` };
  return { status, description: undefined };
}
