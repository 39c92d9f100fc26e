import { longestAnswer, parseAgentLine } from "./agent-line.js";
import { converse } from "./conversation.js";
import type { Probe, ProbeResult } from "./probe.js";

/**
 * Asks an agent for its line. "passed" means that it has said something: whether the server is well is in the report. An
 * answer needs no line end where the agent closes behind it, as HAProxy takes it.
 */
export const agentProbe = (): Probe => ({
  kind: "agent",
  name: "agent",
  probe: (target, timeout, signal) =>
    converse(target, timeout, signal, (socket, end) => {
      let answer = "";
      socket.setEncoding("latin1");
      socket.on("data", (text: string) => {
        answer += text;
        if (/[\r\n]/.test(answer) || answer.length >= longestAnswer) end(judge(answer));
      });
      socket.on("end", () => end(judge(answer)));
    }),
});

function judge(answer: string): ProbeResult {
  const { report, unknown } = parseAgentLine(answer.slice(0, longestAnswer));
  if (Object.keys(report).length > 0)
    return { outcome: "passed", detail: /^[^\r\n]*/.exec(answer)![0].slice(0, 80), report };
  const what = unknown.length > 0 ? `agent says ${JSON.stringify(unknown.join(" ").slice(0, 60))}` : "empty";
  return { outcome: "failed", detail: unknown.length > 0 ? what : "agent says nothing" };
}
