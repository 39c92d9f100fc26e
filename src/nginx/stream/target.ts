import { SharedMemory } from "../../proxy/index.js";
import { type Attempt, resolvedUpstream, Upstream } from "../upstream/index.js";
import type { Session } from "./session.js";
import type { ProxyTarget } from "./settings.js";

/** Where a session goes: what is asked for peers, and the name that certificates and SNI go by. */
export interface Target {
  readonly attempt: Attempt;
  readonly name: string;
}

const place = { file: "", line: 0, column: 0 };

/** Finds the upstream of a session. Rejects with the sentence for the error log where there is none; then it ends with status 500. */
export async function findTarget(target: ProxyTarget, session: Session): Promise<Target> {
  const { host: clientAddress } = session.client;
  if (target.kind === "upstream") {
    const { upstream, key } = target;
    return {
      attempt: upstream.begin({ clientAddress, key: key?.value(session) ?? "" }),
      name: upstream.name,
    };
  }
  const text = target.value.value(session);
  const known = target.upstreams.get(text.toLowerCase());
  if (known !== undefined) {
    const key = known.key?.value(session) ?? "";
    return { attempt: known.upstream.begin({ clientAddress, key }), name: known.upstream.name };
  }
  if (/^unix:/i.test(text)) return { attempt: unixAttempt(text), name: text };
  const { host, port } = hostAndPort(text);
  if (host === "") throw new Error(`no host in upstream "${text}"`);
  if (port === undefined) throw new Error(`no port in upstream "${text}"`);
  const addresses = isAddress(host) ? [host] : await resolved(target, host);
  return { attempt: attemptAt(host, addresses, port), name: host };
}

async function resolved(
  { lookup }: ProxyTarget & { kind: "variable" },
  host: string,
): Promise<readonly string[]> {
  if (lookup === undefined) throw new Error(`no resolver defined to resolve ${host}`);
  try {
    return (await lookup(host)).addresses.map(({ address }) => address);
  } catch (error) {
    throw new Error(`${host} could not be resolved (${(error as Error & { code?: string }).code ?? "3"})`);
  }
}

/** An upstream of one session alone: its peers' failures are forgotten with it. */
function attemptAt(name: string, addresses: readonly string[], port: number): Attempt {
  return begin(resolvedUpstream(name, addresses, port, place));
}

function unixAttempt(text: string): Attempt {
  const model = resolvedUpstream(text, ["0.0.0.0"], 0, place);
  const servers = model.servers.map((server) => ({ ...server, name: text, path: text.slice(5) }));
  return begin({ ...model, servers });
}

function begin(model: ReturnType<typeof resolvedUpstream>): Attempt {
  return new Upstream(model, { memory: new SharedMemory(), role: "stream", defaultPort: 0 }).begin();
}

function hostAndPort(text: string): { host: string; port: number | undefined } {
  const [, bracketed, plain = "", port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const number = port === undefined ? undefined : Number(port);
  return {
    host: bracketed ?? plain,
    port: number !== undefined && number > 0 && number < 65_536 ? number : undefined,
  };
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
