import type { BalanceModel, UpstreamModel, UpstreamServer } from "../../../src/config/nginx/model/index.js";
import type { UpstreamCase } from "./upstream-cases.js";

const nowhere = { file: "case", line: 1, column: 1 } as unknown as UpstreamModel["place"];

/** What the words of a case mean; only those that the cases have. */
export function caseModel(each: UpstreamCase, ports: readonly number[]): UpstreamModel {
  return {
    name: "u",
    servers: each.servers.map((words, at) => caseServer(words, ports[at] as number)),
    balance: caseBalance(each.balance),
    keepalive: undefined,
    zone: undefined,
    place: nowhere,
  };
}

function caseServer(words: string, port: number): UpstreamServer {
  const number = (name: string, otherwise: number) =>
    Number(new RegExp(`\\b${name}=(\\d+)`).exec(words)?.[1] ?? otherwise);
  return {
    name: `127.0.0.1:${port}`,
    host: "127.0.0.1",
    port,
    path: undefined,
    weight: number("weight", 1),
    maxConns: number("max_conns", 0),
    maxFails: number("max_fails", 1),
    failTimeout: number("fail_timeout", 10),
    slowStartMs: 0,
    backup: /\bbackup\b/.test(words),
    down: /\bdown\b/.test(words),
    drain: false,
    resolve: false,
    service: undefined,
    route: undefined,
    place: nowhere,
  };
}

function caseBalance(text: string): BalanceModel {
  if (text.startsWith("hash"))
    return {
      kind: "hash",
      key: { text: "$http_x_key", place: nowhere },
      consistent: text.includes("consistent"),
    };
  if (text === "least_conn;") return { kind: "least_conn" };
  if (text === "ip_hash;") return { kind: "ip_hash" };
  return { kind: "round_robin" };
}
