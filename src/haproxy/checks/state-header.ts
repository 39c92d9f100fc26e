import { hostname } from "node:os";
import { totalWeight } from "../balance/index.js";
import { state } from "../servers/admin.js";
import { slowStartShare } from "../servers/dynamic-limit.js";
import type { ServerState } from "../servers/server-state.js";

/** What `http-check send-state` tells a server of itself, in X-Haproxy-Server-State (httpchk_build_status_header). */
export function stateHeader(server: ServerState): string {
  const { healthCheck: check, backend } = server;
  const up = server.operational !== state.stopped;
  const steps = up ? `${check.health - check.rise + 1}/${check.fall}` : `${check.health}/${check.rise}`;
  let is = "no check";
  if (check.enabled) {
    if (!up) is = check.health > 0 ? `DOWN ${steps}` : "DOWN";
    else {
      const word = server.operational === state.stopping ? "NOLB" : "UP";
      is = check.health === check.best ? word : `${word} ${steps}`;
    }
  }
  const address = server.address;
  const { scale, divisor } = backend.algorithm;
  const weight = (eweight: number) => Math.floor((eweight * divisor + scale - 1) / scale);
  const node = server.all.surroundings.config.global.node ?? hostname();
  const port = address === undefined || address.family === 0 ? "" : address.port;
  const throttle = slowStartShare(server);
  return (
    `${is}; address=${address?.host ?? ""}; port=${port}; name=${server.path}; node=${node}` +
    `; weight=${weight(server.eweight)}/${weight(totalWeight(backend))}` +
    `; scur=${server.sessions.value}/${backend.sessions.value - backend.queued}; qcur=${server.queued}` +
    (throttle === undefined ? "" : `; throttle=${Math.max(1, throttle)}%`)
  );
}
