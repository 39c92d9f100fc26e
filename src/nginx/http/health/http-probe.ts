import {
  type BodySource,
  type ClientConnection,
  connect,
  openHttp,
  type RequestHead,
  type ResponseHead,
  type TlsClient,
} from "../../../proxy/index.js";
import type { CheckResult, Peer, Probe } from "../../upstream/index.js";
import { errorText } from "../content/proxy/failure.js";
import type { AnswerTest, CheckAnswer } from "./match.js";

export interface HttpProbeSettings {
  /** The request; made anew for each check. */
  readonly head: () => RequestHead;
  readonly tests: readonly AnswerTest[];
  /** What `require` asks for, given the answer. */
  readonly variable: (head: ResponseHead, name: string) => string;
  readonly port: number | undefined;
  readonly connectTimeoutMs: number;
  /** For the answer's head, and again for its body. */
  readonly readTimeoutMs: number;
  /** How long a connection is used for further checks; 0: for one. */
  readonly keepaliveTimeMs: number;
  readonly maxHeadBytes: number;
  readonly tls: TlsClient | undefined;
  readonly serverName: string | undefined;
}

/** So much of a body is looked at. */
const MOST_BODY = 256 * 1024;

interface Kept {
  readonly connection: ClientConnection;
  readonly until: number;
}

/** Checks servers of http by a request each. */
export function httpProbe(settings: HttpProbeSettings): Probe {
  const kept = new Map<string, Kept>();
  return (peer, done) => {
    const check = new Check(settings, kept, peer, done);
    check.start();
    return () => check.end();
  };
}

class Check {
  readonly #settings: HttpProbeSettings;
  readonly #kept: Map<string, Kept>;
  readonly #peer: Peer;
  readonly #done: (result: CheckResult) => void;
  #timer: NodeJS.Timeout | undefined;
  #drop: () => void = () => {};
  #over = false;

  constructor(
    settings: HttpProbeSettings,
    kept: Map<string, Kept>,
    peer: Peer,
    done: (result: CheckResult) => void,
  ) {
    this.#settings = settings;
    this.#kept = kept;
    this.#peer = peer;
    this.#done = done;
  }

  start(): void {
    const kept = this.#kept.get(this.#peer.name);
    this.#kept.delete(this.#peer.name);
    if (kept?.connection.available && performance.now() < kept.until) this.#ask(kept);
    else {
      kept?.connection.close();
      this.#connect();
    }
  }

  /** Gives it up, without a result. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  #connect(): void {
    const { port, connectTimeoutMs, keepaliveTimeMs, maxHeadBytes, tls, serverName } = this.#settings;
    const peer = this.#peer;
    const where =
      peer.path === undefined ? { host: peer.host!, port: port ?? peer.port! } : { path: peer.path };
    const doing = "connecting to upstream";
    const connecting = connect(
      {
        ...where,
        timeoutMs: connectTimeoutMs,
        ...(tls && { tls }),
        ...(serverName !== undefined && { serverName }),
      },
      {
        onConnected: (wire) => {
          const limits = { maxHeadBytes, maxFields: 1000, acceptInvalid: true, keepsFields: true };
          const connection = openHttp(wire, limits, "h1");
          this.#ask({ connection, until: performance.now() + keepaliveTimeMs });
        },
        onFailed: ({ step, code, message, timedOut }) => {
          const error =
            step === "tls"
              ? `SSL_do_handshake() failed (SSL: ${message})`
              : `connect() failed (${errorText(code, message)})`;
          this.#finish({ passed: false, doing, error: timedOut ? timedOutText : error });
        },
      },
    );
    this.#drop = () => connecting.cancel();
  }

  #ask(kept: Kept): void {
    const { connection } = kept;
    const { keepaliveTimeMs, head } = this.#settings;
    const doing = "reading response header from upstream";
    this.#drop = () => connection.close();
    this.#timeOut(doing);
    const request = connection.request(
      head(),
      0,
      {
        onInform: () => {},
        onResponse: (answer, body) => this.#answered(answer, body, kept),
        onFailed: (why, detail) => {
          const error =
            why === "malformed"
              ? `upstream sent invalid header: ${detail?.reason ?? why}`
              : "upstream prematurely closed connection";
          this.#finish({ passed: false, doing, error });
        },
      },
      { close: keepaliveTimeMs === 0 },
    );
    this.#drop = () => request.abort();
    request.sink.end();
  }

  #timeOut(doing: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#drop();
      this.#finish({ passed: false, doing, error: timedOutText });
    }, this.#settings.readTimeoutMs);
  }

  #answered(head: ResponseHead, body: BodySource, kept: Kept): void {
    const { tests, keepaliveTimeMs, variable } = this.#settings;
    const judge = (text: string) => {
      const answer: CheckAnswer = {
        status: head.status,
        headers: head.headers,
        body: text,
        variable: (name) => variable(head, name),
      };
      const failed = tests.find(({ fits }) => !fits(answer));
      const doing = (failed ?? tests.at(-1))?.doing ?? "checking status code";
      this.#finish({ passed: failed === undefined, doing });
    };
    // Without a body to look at, and no use for the connection, the rest isn't waited for.
    if (keepaliveTimeMs === 0 && !tests.some(({ needsBody }) => needsBody)) {
      this.#drop();
      judge("");
      return;
    }
    const doing = "reading upstream";
    this.#timeOut(doing);
    readBody(body, (text, end) => {
      if (end === "broken") {
        const error = "upstream prematurely closed connection";
        this.#finish({ passed: false, doing, error });
        return;
      }
      if (end === "long") this.#drop();
      else if (keepaliveTimeMs > 0) this.#kept.set(this.#peer.name, kept);
      judge(text);
    });
  }

  #finish(result: CheckResult): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#done(result);
  }
}

const timedOutText = "upstream timed out (110: Connection timed out)";

/** `end`: it came whole, was broken off, or is longer than what is looked at. */
function readBody(body: BodySource, read: (text: string, end: "whole" | "broken" | "long") => void): void {
  let text = "";
  let over = false;
  const end = (how: "whole" | "broken" | "long") => {
    if (over) return;
    over = true;
    read(text.slice(0, MOST_BODY), how);
  };
  body.handler = {
    onData(bytes) {
      text += bytes.toString("latin1");
      if (text.length >= MOST_BODY) end("long");
    },
    onEnd: () => end("whole"),
    onBroken: () => end("broken"),
  };
  if (body.ended) end("whole");
  else body.resume();
}
