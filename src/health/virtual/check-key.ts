import type { Check } from "../../config/keepalived/model/index.js";
import { endpointText } from "../../ipvs/model.js";

/**
 * What makes a check the same one after a reload: whom it asks, how, and what for; not how often and how patiently. So somebody who
 * makes a delay_loop shorter doesn't have all servers begin anew.
 */
export function checkKey(check: Check): string {
  const { timing: _, alpha: __, logAllFailures: ___, at: ____, kind, connect, ...rest } = check;
  return `${kind} ${endpointText(connect)} ${JSON.stringify(rest, plain)}`;
}

/** Places say where in a file something stands: another line is no other check. */
function plain(key: string, value: unknown): unknown {
  if (key === "at") return undefined;
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}

/** The checks of a server as they are asked: each host of an SMTP_CHECK is one of its own, as the real one has it. */
export function expandChecks(checks: readonly Check[], server: Check["connect"]): Check[] {
  return checks.flatMap((check): Check[] => {
    if (check.kind !== "SMTP_CHECK" || check.hosts.length === 0) return [check];
    const { bind: _, ...base } = check;
    const hosts = check.hosts.map(
      ({ address, port, bind }): Check => ({
        ...base,
        connect: { address, port },
        ...(bind && { bind }),
        hosts: [],
      }),
    );
    const own = { ...check, hosts: [] };
    const isDefault = endpointText(check.connect) === endpointText(server) && !check.bind && !check.mark;
    const repeated = check.hosts.some((host) => endpointText(host) === endpointText(check.connect));
    return isDefault || repeated ? hosts : [own, ...hosts];
  });
}
