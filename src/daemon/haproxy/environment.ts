import { isIPv6 } from "node:net";
import type { Bind, HaproxyConfig } from "../../config/haproxy/model/index.js";

/**
 * What a configuration leaves in this process's environment, for programs, `env()` and the files of the next reload: what setenv, presetenv,
 * unsetenv and resetenv made of it, HAPROXY_CFGFILES and HAPROXY_CLI.
 */
export function exportEnvironment({ global }: HaproxyConfig, files: readonly string[]): void {
  const { environment, statsSockets } = global;
  if (environment !== undefined) {
    for (const name of Object.keys(process.env))
      if (environment[name] === undefined) delete process.env[name];
    for (const [name, value] of Object.entries(environment))
      if (value !== undefined) process.env[name] = value;
  }
  process.env["HAPROXY_CFGFILES"] = files.join(";");
  if (statsSockets.length > 0) process.env["HAPROXY_CLI"] = listenersText(statsSockets);
  else delete process.env["HAPROXY_CLI"];
}

/** "unix@/run/a.sock;ipv4@127.0.0.1:99": listeners as the variables have them (cli.c, listeners_setenv). */
export function listenersText(binds: readonly Bind[]): string {
  return binds.flatMap(listenerTexts).join(";");
}

function listenerTexts({ address }: Bind): string[] {
  switch (address.kind) {
    case "unix":
      return [`unix@${address.path}`];
    case "abstract":
      return [`abns@${address.path}`];
    case "inet": {
      const { host, family, ports = { from: 0, to: 0 } } = address;
      const six = family === 6 || isIPv6(host);
      const where = six ? `ipv6@[${host || "::"}]` : `ipv4@${host || "0.0.0.0"}`;
      return Array.from({ length: ports.to - ports.from + 1 }, (_, at) => `${where}:${ports.from + at}`);
    }
    default:
      return "fd" in address ? [`${address.kind}@${address.fd}`] : [];
  }
}
