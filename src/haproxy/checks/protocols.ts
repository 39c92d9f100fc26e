import { type HealthCheck, plainCheckConnect } from "../../config/haproxy/model/index.js";
import type { Sample } from "../run/index.js";
import { checkStatus } from "./check-status.js";
import { ldapBindResponse } from "./ldap.js";
import { mysqlPacket, mysqlRequest } from "./mysql.js";
import { pattern } from "./pattern.js";
import { spopHello, spopRequest } from "./spop.js";
import { sslHello } from "./ssl-hello.js";
import type { CheckView, Ending, Step, Verdict } from "./steps.js";

interface Protocol {
  readonly steps: readonly Step[];
  readonly presets: readonly (readonly [string, Sample])[];
}

/** The scripts of `option smtpchk`, mysql-check, pgsql-check, redis-check, ldap-check, ssl-hello-chk and spop-check (tcpcheck.c). */
export function protocolSteps(check: HealthCheck): Protocol | undefined {
  switch (check.kind) {
    case "smtp":
      return { steps: smtp(check.words), presets: [] };
    case "pgsql":
      return { steps: postgres(check.words[0] ?? ""), presets: [] };
    case "redis":
      return { steps: redis, presets: [] };
    case "ldap":
      return { steps: ldap, presets: [] };
    case "ssl-hello":
      return { steps: [send(1, () => sslHello()), sslAnswer], presets: [] };
    case "spop":
      return {
        steps: [
          send(1, () => spopRequest),
          expect(2, (view, last) => (view.received.length < 4 && !last ? "wait" : spopHello(view, last))),
        ],
        presets: [],
      };
    case "mysql":
      return { steps: mysql(check.words), presets: [] };
    default:
      return undefined;
  }
}

const lingering: Step = {
  kind: "connect",
  number: 1,
  comment: undefined,
  implicit: false,
  settings: { ...plainCheckConnect, isDefault: true, linger: true },
};

function send(number: number, make: (view: CheckView) => Buffer): Step {
  return { kind: "send", number, comment: undefined, make };
}

function expect(
  number: number,
  evaluate: (view: CheckView, last: boolean) => Verdict,
  succeeded: (view: CheckView) => Ending = () => ({ status: checkStatus.L7OK, description: "" }),
): Step {
  return {
    kind: "expect",
    number,
    comment: undefined,
    what: "custom function",
    errorStatus: undefined,
    timeoutStatus: undefined,
    evaluate,
    succeeded,
  };
}

/** Waits until so many bytes are there, then they decide. */
function once(
  least: number,
  matches: (view: CheckView) => boolean,
  failed: (view: CheckView) => Ending,
): (view: CheckView, last: boolean) => Verdict {
  return (view, last) => {
    if (view.received.length < least && !last) return "wait";
    return matches(view) ? "continue" : failed(view);
  };
}

const text = (view: CheckView, from = 0) => view.received.toString("latin1", from);
/** Until the line's end (cut_crlf). */
const line = (view: CheckView, from = 0) => text(view, from).split(/[\r\n]/)[0] as string;

function smtp(words: readonly string[]): Step[] {
  const [verb, host] = words;
  const hello =
    (verb === "EHLO" || verb === "HELO") && host !== undefined ? `${verb} ${host}` : "HELO localhost";
  const greets = pattern("^[0-9]{3}[ \\r]");
  const fine = pattern("^2[0-9]{2}[ \\r]");
  const agrees = pattern("^2[0-9]{2}[- \\r]");
  const said = (view: CheckView) => line(view, 4).replace(/^ +/, "");
  const code = (view: CheckView) => {
    const value = Number.parseInt(text(view).slice(0, 3), 10);
    return Number.isNaN(value) ? {} : { code: value };
  };
  const refused = (view: CheckView): Ending => ({
    status: checkStatus.L7STS,
    description: said(view),
    ...code(view),
  });
  return [
    lingering,
    expect(
      2,
      once(
        4,
        (view) => greets(text(view)),
        (view) => ({ status: checkStatus.L7RSP, description: line(view) }),
      ),
    ),
    expect(
      3,
      once(4, (view) => fine(text(view)), refused),
    ),
    send(4, () => Buffer.from(`${hello}\r\n`, "latin1")),
    expect(
      5,
      once(4, (view) => agrees(text(view)), refused),
      (view) => ({
        status: checkStatus.L7OK,
        description: said(view),
        ...code(view),
      }),
    ),
  ];
}

/** A start packet of PostgreSQL's protocol 3.0: length, version, "user" and its name, a zero. */
function postgres(user: string): Step[] {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0\0`, "latin1");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + body.length);
  const asks = pattern("^52000000(08|0A|0C)000000(00|02|03|04|05|06)");
  return [
    lingering,
    send(2, () => Buffer.concat([length, body])),
    // ErrorResponse is "E", length (4), then fields: "S", severity, 0 …
    expect(
      3,
      once(
        5,
        (view) => !text(view).startsWith("E"),
        (view) => ({ status: checkStatus.L7RSP, description: text(view, 6).split("\0")[0] }),
      ),
    ),
    expect(
      4,
      once(
        9,
        (view) => asks(view.received.toString("hex").toUpperCase()),
        () => ({ status: checkStatus.L7STS, description: "PostgreSQL unknown error" }),
      ),
      () => ({ status: checkStatus.L7OK, description: "PostgreSQL server is ok" }),
    ),
  ];
}

const pong = Buffer.from("+PONG\r\n");
const redis: readonly Step[] = [
  send(1, () => Buffer.from("*1\r\n$4\r\nPING\r\n")),
  expect(
    2,
    (view, last) => {
      if (view.received.includes(pong)) return "continue";
      return last ? { status: checkStatus.L7STS, description: line(view) } : "wait";
    },
    () => ({ status: checkStatus.L7OK, description: "Redis server is ok" }),
  ),
];

/** An anonymous bind: LDAPMessage { 1, bindRequest { 3, "", simple "" } }. */
const ldap: readonly Step[] = [
  send(1, () => Buffer.from("300C020101600702010304008000", "hex")),
  expect(
    2,
    once(
      14,
      (view) => view.received[0] === 0x30,
      () => ({
        status: checkStatus.L7RSP,
        description: "Not LDAPv3 protocol",
      }),
    ),
  ),
  expect(3, ldapBindResponse),
];

const sslAnswer: Step = {
  kind: "expect",
  number: 2,
  comment: undefined,
  what: "binary regex",
  errorStatus: checkStatus.L6RSP,
  timeoutStatus: checkStatus.L6TOUT,
  evaluate: once(
    5,
    (view) => view.received[0] === 0x15 || view.received[0] === 0x16,
    () => ({ status: checkStatus.L6RSP, description: "" }),
  ),
  succeeded: () => ({ status: checkStatus.L6OK, description: "" }),
};

function mysql(words: readonly string[]): Step[] {
  const [user, version] = words;
  const steps: Step[] = [lingering];
  if (user === undefined) return [lingering, expect(2, (view, last) => mysqlPacket(view, 0, last, true))];
  steps.push(send(2, () => mysqlRequest(user, version === "pre-41")));
  steps.push(expect(3, (view, last) => mysqlPacket(view, 0, last, false)));
  steps.push(
    expect(4, (view, last) => {
      const { received } = view;
      if (received.length < 3) return last ? mysqlPacket(view, 0, last, true) : "wait";
      return mysqlPacket(view, 4 + received.readUIntLE(0, 3), last, true);
    }),
  );
  return steps;
}
