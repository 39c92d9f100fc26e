import type {
  BalanceModel,
  KeepaliveModel,
  UpstreamModel,
  UpstreamServer,
} from "../../../config/nginx/model/index.js";

const place = { file: "test", line: 1, column: 1 } as unknown as UpstreamModel["place"];

export function testServer(host: string, said: Partial<UpstreamServer> = {}): UpstreamServer {
  return {
    name: `${host}:80`,
    host,
    port: 80,
    path: undefined,
    weight: 1,
    maxConns: 0,
    maxFails: 1,
    failTimeout: 10,
    slowStartMs: 0,
    backup: false,
    down: false,
    drain: false,
    resolve: false,
    service: undefined,
    route: undefined,
    place,
    ...said,
  };
}

export function testUpstream(
  servers: readonly UpstreamServer[],
  balance: BalanceModel = { kind: "round_robin" },
  keepalive?: KeepaliveModel,
): UpstreamModel {
  return { name: "u", servers, balance, keepalive, zone: undefined, place };
}

export const hashBalance = (consistent: boolean): BalanceModel => ({
  kind: "hash",
  key: { text: "$request_uri", place },
  consistent,
});
