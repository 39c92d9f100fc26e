import { spawnSync } from "node:child_process";
import { suggestion } from "../../nearest.js";
import type { Standing } from "./out.js";

/** What can be done with a service, each giving the exit status. */
interface Service {
  start(standing: Standing): Promise<number> | number;
  stop(standing: Standing): Promise<number> | number;
  /** Without it: stop, then start. */
  restart?(standing: Standing): Promise<number> | number;
  /** Without it: as restart. */
  reload?(standing: Standing): Promise<number> | number;
  isActive(): Promise<boolean> | boolean;
}

const none = (what: string): Service => ({
  start: ({ complain }) => {
    complain(`a lab's host has no ${what}`);
    return 5;
  },
  stop: ({ say }) => {
    say(`a lab's host has no ${what}: nothing to stop`);
    return 0;
  },
  isActive: () => false,
});

const network: Service = {
  start: restartNetwork,
  stop: ({ complain }) => {
    complain(
      "the network of a lab's host is stopped by `ifconfig DEV down`; the service can only be restarted",
    );
    return 1;
  },
  restart: restartNetwork,
  isActive: () => true,
};

async function restartNetwork({ complain }: Standing): Promise<number> {
  const { applyScripts, readScripts } = await import("./ifcfg.js");
  const faults = applyScripts(readScripts());
  for (const fault of faults) complain(fault);
  return faults.length === 0 ? 0 : 1;
}

/** A program of the lab's own. */
const daemon = (name: "httpd" | "store" | "keepalived" | "haproxy" | "nginx"): Service => {
  const found = async () => (await import("./daemons.js"))[name];
  return {
    start: async (standing) => (await found()).start(standing),
    stop: async () => (await found()).stop(),
    isActive: async () => (await found()).isActive(),
  };
};

/** One that reads its files again when it is told to. */
const reloading = (name: "keepalived" | "haproxy" | "nginx"): Service => ({
  ...daemon(name),
  reload: async (standing) => (await import("./daemons.js"))[name].reload(standing),
});

/** The service that loads the firewall's rules: without it there are none. */
const iptables: Service = {
  start: none("file of firewall rules").start,
  stop: ({ complain }) => {
    for (const words of [
      ["-F"],
      ["-X"],
      ["-P", "INPUT", "ACCEPT"],
      ["-P", "FORWARD", "ACCEPT"],
      ["-P", "OUTPUT", "ACCEPT"],
    ]) {
      const { status, error, stderr } = spawnSync("iptables", words, { encoding: "utf8" });
      if (status === 0) continue;
      complain(
        error ? "iptables is missing: `rondo lab setup --install`, on the machine, gets it" : stderr.trim(),
      );
      return 1;
    }
    return 0;
  },
  isActive: () => false,
};

const services: Readonly<Record<string, Service>> = {
  network,
  NetworkManager: network,
  httpd: daemon("httpd"),
  apache2: daemon("httpd"),
  store: daemon("store"),
  keepalived: reloading("keepalived"),
  haproxy: reloading("haproxy"),
  nginx: reloading("nginx"),
  iptables,
  firewalld: none("firewalld"),
};

const verbs = ["start", "stop", "restart", "reload", "status", "is-active"] as const;

/** `systemctl VERB SERVICE…` for what there is on a lab's host: there is no systemd. */
export async function systemctl(words: readonly string[], standing: Standing): Promise<number> {
  const [verb = "", ...names] = words.filter((word) => !word.startsWith("-"));
  if (!verbs.some((known) => known === verb) || names.length === 0) {
    const hint = suggestion(verb, verbs);
    standing.complain(
      `on a lab's host, systemctl knows ${verbs.join(", ")} of a service${hint ? `. ${hint}` : ""}`,
    );
    return 1;
  }
  let status = 0;
  for (const name of names) status = (await of(verb, name.replace(/\.service$/, ""), standing)) || status;
  return status;
}

/** `service SERVICE VERB`. */
export async function service(words: readonly string[], standing: Standing): Promise<number> {
  const [name, verb, ...rest] = words;
  if (name === undefined || verb === undefined) {
    standing.complain("usage: service SERVICE start|stop|restart|reload|status");
    return 1;
  }
  return await systemctl([verb, name, ...rest], standing);
}

async function of(verb: string, name: string, standing: Standing): Promise<number> {
  const found = Object.hasOwn(services, name) ? services[name] : undefined;
  if (!found) {
    const hint = suggestion(name, Object.keys(services));
    standing.complain(
      `Unit ${name}.service not found.${hint ? ` ${hint}` : ` On a lab's host are: ${Object.keys(services).join(", ")}.`}`,
    );
    return 5;
  }
  if (verb === "status" || verb === "is-active") {
    const isActive = await found.isActive();
    standing.say(isActive ? "active" : "inactive");
    return isActive ? 0 : 3;
  }
  if (verb === "start") return await found.start(standing);
  if (verb === "stop") return await found.stop(standing);
  if (verb === "reload" && found.reload) return await found.reload(standing);
  if (found.restart) return await found.restart(standing);
  return (await found.stop(standing)) || (await found.start(standing));
}
