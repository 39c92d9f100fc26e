import type { Mailers } from "../../config/haproxy/model/index.js";
import { systemError } from "../checks/failure-text.js";
import { smtpDate } from "./smtp-date.js";
import type { Surroundings } from "./surroundings.js";

export interface Mail {
  readonly mailers: Mailers;
  readonly from: string;
  readonly to: string;
  /** The name that HELO says. */
  readonly hello: string;
  readonly subject: string;
  readonly body: string;
}

type Mailer = Mailers["mailers"][number];

/**
 * Sends mails to every mailer of a section, one after the other for each (mailers.c): HELO, MAIL FROM, RCPT TO, DATA, QUIT. One that can't
 * be sent is told on stderr and given up.
 */
export class MailQueue {
  readonly #surroundings: Surroundings;
  readonly #queues = new Map<Mailer, Mail[]>();
  #stopped = false;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  send(mail: Mail): void {
    for (const mailer of mail.mailers.mailers) {
      const queue = this.#queues.get(mailer);
      if (queue !== undefined) queue.push(mail);
      else {
        this.#queues.set(mailer, [mail]);
        this.#next(mailer);
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#queues.clear();
  }

  #next(mailer: Mailer): void {
    const mail = this.#queues.get(mailer)?.[0];
    if (mail === undefined || this.#stopped) {
      this.#queues.delete(mailer);
      return;
    }
    this.#deliver(mailer, mail, (problem) => {
      if (problem !== undefined && !this.#stopped)
        this.#surroundings.report("warning", `email alert to mailer '${mailer.name}': ${problem}.`);
      this.#queues.get(mailer)?.shift();
      this.#next(mailer);
    });
  }

  #deliver(mailer: Mailer, mail: Mail, done: (problem: string | undefined) => void): void {
    const { address } = mailer;
    if (address.kind !== "inet") {
      done("its address is none of IPv4 or IPv6");
      return;
    }
    let over = false;
    let destroy = () => {};
    const end = (problem: string | undefined) => {
      if (over) return;
      over = true;
      stopTimer();
      destroy();
      done(problem);
    };
    const stopTimer = this.#surroundings.after(mail.mailers.timeoutMs, () => end("no answer in time"));
    const turns = conversation(mail);
    const connecting = this.#surroundings.engine.connect(
      { host: address.host, port: address.ports?.from ?? 25, timeoutMs: mail.mailers.timeoutMs },
      {
        onFailed: (failure) => end(systemError(failure.code)),
        onConnected: (wire) => {
          destroy = () => wire.destroy();
          if (over) {
            wire.destroy();
            return;
          }
          let answer = "";
          let turn = 0;
          wire.handler = {
            onData: (bytes) => {
              answer += bytes.toString("latin1");
              // A reply's last line has a blank after its code (RFC 5321, section 4.2.1).
              const line = /(?:^|\n)(\d{3}) [^\n]*\r?\n/.exec(answer);
              if (line === null) return;
              const [expected, next] = turns[turn] as [string, string | undefined];
              if (line[1] !== expected) {
                end(`it said '${line[0].trim()}'`);
                return;
              }
              answer = "";
              turn++;
              if (next === undefined) end(undefined);
              else wire.write(next);
            },
            onEnd: () => end("it closed the connection"),
            onDrain: () => {},
            onClose: () => end("it closed the connection"),
          };
          wire.resume();
        },
      },
    );
    destroy = () => connecting.cancel();
  }
}

/** What is waited for, and what is said then. */
function conversation(mail: Mail): [expected: string, next: string | undefined][] {
  const content = [
    `From: ${mail.from}`,
    `To: ${mail.to}`,
    `Date: ${smtpDate(new Date())}`,
    `Subject: ${mail.subject}`,
    "",
    mail.body,
    "",
    ".",
    "",
  ].join("\r\n");
  return [
    ["220", `HELO ${mail.hello}\r\n`],
    ["250", `MAIL FROM:<${mail.from}>\r\n`],
    ["250", `RCPT TO:<${mail.to}>\r\n`],
    ["250", "DATA\r\n"],
    ["354", content],
    ["250", "QUIT\r\n"],
    ["221", undefined],
  ];
}
