import { hostname } from "node:os";
import type { SmtpSettings } from "../../../config/keepalived/model/index.js";
import type { Log } from "../../../errors.js";
import type { Mail } from "./mail-of.js";

/** Mails that may wait for the server; newer ones are dropped then. */
const mostWaiting = 200;

/** Sends mails to the smtp_server, one after another, in order. What can't be sent is said in the log and forgotten, as the real one does. */
export class Mailer {
  readonly #log: Log;
  readonly #waiting: { readonly mail: Mail; readonly smtp: SmtpSettings }[] = [];
  #working: Promise<void> | undefined;
  readonly counts = { sent: 0, failed: 0, dropped: 0 };

  constructor(log: Log) {
    this.#log = log;
  }

  send(mail: Mail, smtp: SmtpSettings): void {
    if (this.#waiting.length >= mostWaiting) {
      if (this.counts.dropped++ === 0)
        this.#log.warn(`${mostWaiting} mails wait for ${smtp.server?.host}: further ones are dropped`);
      return;
    }
    this.#waiting.push({ mail, smtp });
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Waits until all are sent, but no longer than so many milliseconds. */
  async finish(patience: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await Promise.race([this.#working, late]);
    clearTimeout(timer);
    this.#waiting.length = 0;
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { host, port } = next.smtp.server!;
      try {
        await deliver(next.mail, next.smtp);
        this.counts.sent++;
        this.#log.debug("SMTP alert successfully sent.");
      } catch (error) {
        this.counts.failed++;
        this.#log.warn(`SMTP connection ERROR to [${host}]:${port}: ${(error as Error).message}`);
      }
    }
  }
}

async function deliver({ subject, body }: Mail, smtp: SmtpSettings): Promise<void> {
  const { createTransport } = await import("nodemailer");
  const { host, port } = smtp.server!;
  const transport = createTransport({
    host,
    port,
    name: smtp.heloName ?? hostname(),
    secure: false,
    // The real one never does, and a server's own certificate would be refused.
    ignoreTLS: true,
    connectionTimeout: smtp.connectTimeout,
    greetingTimeout: smtp.connectTimeout,
    socketTimeout: smtp.connectTimeout,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from: smtp.from ?? `keepalived@${hostname()}`,
      to: [...smtp.to],
      subject,
      text: `${body}\n`,
      xMailer: "Keepalived",
    });
  } finally {
    transport.close();
  }
}
