import { hostname } from "node:os";
import type { ServerState } from "./server-state.js";

/** A line about a server goes by mail where `email-alert` asks for its level. Mails are sent one after the other; see mail-queue.ts. */
export function emailAlert(server: ServerState, level: number, line: string): void {
  const { section } = server.proxy;
  const alert = section.emailAlert;
  if (alert === undefined || level > alert.level) return;
  const { all } = server;
  const mailers = all.surroundings.config.mailers.find((each) => each.name === alert.mailers);
  if (mailers === undefined) return;
  all.mail.send({
    mailers,
    from: alert.from,
    to: alert.to,
    hello: alert.myHostname ?? hostname(),
    subject: `[HAProxy Alert] ${line}`,
    body: line,
  });
}
