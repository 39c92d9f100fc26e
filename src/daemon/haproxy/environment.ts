import type { Bind, HaproxyConfig } from "../../config/haproxy/model/index.js";
import { addressTexts } from "../../config/haproxy/values/address-text.js";

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
  return binds.flatMap(({ address }) => addressTexts(address)).join(";");
}
