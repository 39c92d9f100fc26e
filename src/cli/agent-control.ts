import { type AgentStatus, agentSocket, askDaemon } from "../daemon/index.js";
import { RondoError } from "../errors.js";
import { administrativeStates } from "../health/index.js";
import { type CommandIo, usageError } from "./command-io.js";

/** Tells the running agent on a port what to say, or asks what it says: `rondo agent drain`, `rondo agent status`. */
export async function tellAgent(
  command: string,
  reason: readonly string[],
  port: number,
  json: boolean,
  io: CommandIo,
): Promise<number> {
  const takesReason =
    command !== "status" && command !== "up" && !administrativeStates.some((state) => state === command);
  if (reason.length > 0 && !takesReason) throw usageError(`${command} takes no reason`);
  const status = (await askDaemon(agentSocket(port), {
    command,
    ...(reason.length > 0 && { reason: reason.join(" ") }),
  })) as AgentStatus | undefined;
  if (!status)
    throw new RondoError("no-agent", `no agent of root's is running on port ${port} here`, {
      remedy: "Start it by `rondo agent`, or say which by --port N.",
    });
  if (json) io.stdout.write(`${JSON.stringify(status)}\n`);
  else io.stdout.write(command === "status" ? statusText(status) : `${status.answer}\n`);
  return 0;
}

function statusText({ answer, shares, answered, refused }: AgentStatus): string {
  const parts = Object.entries(shares).map(([name, share]) => `${name} ${Math.round(share)}%`);
  return [
    `answers: ${answer}`,
    `leaves:  ${parts.length === 0 ? "nothing is known" : parts.join(", ")}`,
    `asked:   ${answered} times answered, ${refused} turned away`,
    "",
  ].join("\n");
}
