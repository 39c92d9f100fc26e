import { endpointText } from "../../ipvs/model.js";
import { type Answer, failed, passed, type Trouble, unknown } from "./answer.js";
import { converse } from "./conversation.js";
import type { AskWorld, CheckOf, Question } from "./question.js";
import { SmtpReplies } from "./smtp-reply.js";

const defaultHelo = "smtpchecker.keepalived.org";

/** SMTP_CHECK: well is who greets with 220, answers HELO with 250, and answers QUIT at all. */
export function askSmtp(
  { check }: Question<CheckOf<"SMTP_CHECK">>,
  world: AskWorld,
  signal: AbortSignal,
): Promise<Answer> {
  const { address, port } = check.connect;
  const server = address.family === 6 ? endpointText(check.connect) : `[${address}]:${port}`;
  const replies = new SmtpReplies();
  let said: "nothing" | "HELO" | "QUIT" = "nothing";
  return converse(
    { connection: check, step: check.timing.connectTimeout },
    {
      begin() {},
      heard(bytes, line) {
        for (const code of replies.take(bytes)) {
          if (said === "QUIT") return line.end(passed("QUIT answered"));
          if (said === "nothing" && code !== 220)
            return line.end(failed(`Bad greeting banner from server ${server}`));
          if (said === "HELO" && code !== 250)
            return line.end(failed(`Bad HELO response from server ${server}`));
          line.send(said === "nothing" ? `HELO ${check.heloName ?? defaultHelo}\r\n` : "QUIT\r\n");
          said = said === "nothing" ? "HELO" : "QUIT";
          line.progress();
        }
      },
      closed: (line) => line.end(failed(`Read failure from server ${server}`)),
      trouble: (trouble) => words(trouble, server),
    },
    world,
    signal,
  );
}

function words({ at, kind, code }: Trouble, server: string): Answer {
  if (kind === "own") return unknown(code);
  if (kind === "stopped") return unknown("stopped");
  if (at === "connect")
    return failed(
      kind === "timeout" ? `Connection timeout to server ${server}` : `Could not connect to server ${server}`,
    );
  return failed(
    kind === "timeout" ? `Read timeout from server ${server}` : `Read failure from server ${server}`,
  );
}
