import { runScript } from "../../sys/index.js";
import type { CheckState } from "./check-state.js";
import { checkStatus } from "./check-status.js";
import type { Ending } from "./steps.js";

/** Where programs are looked for when `external-check path` says nothing. */
const PATH = "";
const unused = "NOT_USED";

/**
 * `external-check`: runs a program, whose exit status says what the server is like. Its arguments are the proxy's first address and port, and the
 * server's; its environment holds HAPROXY_… and PATH, and nothing of ours.
 */
export class ExternalAttempt {
  readonly #check: CheckState;
  readonly #done: (ending: Ending) => void;
  readonly #abort = new AbortController();
  #over = false;

  constructor(check: CheckState, done: (ending: Ending) => void) {
    this.#check = check;
    this.#done = done;
  }

  start(): void {
    const { server } = this.#check;
    const { timeouts, check } = server.proxy.section;
    const external = check.external;
    if (external === undefined) {
      this.#end({ status: checkStatus.SOCKERR, description: "no external-check command" });
      return;
    }
    const limit =
      timeouts.check !== undefined && timeouts.connect !== undefined
        ? Math.min(this.#check.interMs, timeouts.connect)
        : this.#check.interMs;
    const { words, environment } = externalCall(this.#check);
    const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    // env(1) gives it an environment of its own, in which it is also looked for.
    const argv = ["/usr/bin/env", "-i", ...assignments, external.command, ...words] as const;
    void runScript({ argv: [...argv] }, { timeout: limit, signal: this.#abort.signal }).then((result) => {
      if (result.timedOut) this.#end({ status: checkStatus.PROCTOUT, description: undefined, code: -1 });
      else if (result.missing !== undefined)
        this.#end({ status: checkStatus.SOCKERR, description: result.missing });
      else if (result.status === undefined)
        this.#end({ status: checkStatus.PROCERR, description: undefined, code: -1 });
      else
        this.#end({
          status: result.status === 0 ? checkStatus.PROCOK : checkStatus.PROCERR,
          description: undefined,
          code: result.status,
        });
    });
  }

  cancel(): void {
    this.#over = true;
    this.#abort.abort();
  }

  #end(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    this.#done(ending);
  }
}

/** What the program is given. */
export function externalCall(check: CheckState): {
  words: readonly string[];
  environment: Readonly<Record<string, string>>;
} {
  const { server } = check;
  const { proxy, section } = server;
  const bind = proxy.section.binds.find(({ address }) => address.kind === "inet" || address.kind === "unix");
  let proxyHost = unused;
  let proxyPort = unused;
  if (bind?.address.kind === "inet") {
    proxyHost = bind.address.host || (bind.address.family === 6 ? "::" : "0.0.0.0");
    proxyPort = String(bind.address.ports?.from ?? 0);
  } else if (bind?.address.kind === "unix") proxyHost = bind.address.path;
  const address = server.address;
  const host = address?.host ?? "";
  const port = address === undefined || address.family === 0 ? unused : String(address.port);
  const plain = (value: string) => (value === unused ? "" : value);
  return {
    words: [proxyHost, proxyPort, host, port],
    environment: {
      PATH: proxy.section.check.external?.path ?? PATH,
      HAPROXY_PROXY_NAME: proxy.name,
      HAPROXY_PROXY_ID: String(proxy.id),
      HAPROXY_PROXY_ADDR: plain(proxyHost),
      HAPROXY_PROXY_PORT: plain(proxyPort),
      HAPROXY_SERVER_NAME: server.name,
      HAPROXY_SERVER_ID: String(server.id),
      HAPROXY_SERVER_ADDR: host,
      HAPROXY_SERVER_PORT: plain(port),
      HAPROXY_SERVER_MAXCONN: String(server.maxconn),
      HAPROXY_SERVER_CURCONN: String(server.sessions.value),
      HAPROXY_SERVER_SSL: section.ssl === undefined ? "0" : "1",
      HAPROXY_SERVER_PROTO: proxy.section.mode === "http" ? (section.proto ?? "h1") : "tcp",
    },
  };
}
