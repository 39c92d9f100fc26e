import type { ProxyRun } from "../run/index.js";
import type { Assembled } from "./assemble.js";
import type { OpenListener } from "./open-listener.js";

/** How often it is looked whether the last connection is gone, in milliseconds, beside the moments when one ends. */
const look = 100;
const resistance = 1000;

/** How front ends are paused, and how a process leaves: what listens is closed, what is connected may finish. */
export class Departure {
  readonly #assembled: Assembled;
  readonly #ended: Promise<void>;
  #end!: () => void;
  #hardStop: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Peers hand over what stick tables hold. */
  #teaching = false;

  constructor(assembled: Assembled) {
    this.#assembled = assembled;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Settled when, after `softStop`, nothing is connected any more. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** SIGUSR1: after `grace` nothing is accepted any more; with hard-stop-after what is left then is cut off. */
  softStop(): void {
    const { process, options } = this.#assembled;
    if (process.leaving) return;
    process.leaving = true;
    const { graceMs } = process.config.global;
    if (graceMs === undefined || graceMs === 0) {
      this.#stopNow();
      return;
    }
    const tell = (text: string) => {
      if (options.link.thread !== 0) return;
      options.report("notice", text);
      this.#log(text);
    };
    tell(`Scheduling a soft-stop in ${graceMs} ms.`);
    setTimeout(() => {
      tell("Grace period expired, proceeding with soft-stop now.");
      this.#stopNow();
    }, graceMs);
  }

  /** SIGTTOU, and SIGTTIN. */
  pauseAll(): void {
    for (const proxy of this.#assembled.process.proxies) if (proxy.front) this.setFrontend(proxy, "paused");
  }

  resumeAll(): void {
    for (const proxy of this.#assembled.process.proxies)
      if (proxy.front && proxy.state === "paused") this.setFrontend(proxy, "running");
  }

  /** `disable frontend`, `enable frontend`, `shutdown frontend`; gives an error's text, or undefined. */
  setFrontend(proxy: ProxyRun, state: ProxyRun["state"]): string | undefined {
    if (proxy.state === "stopped") return "Frontend was previously shut down, cannot " + verbs[state] + ".";
    if (proxy.state === state)
      return state === "running" ? "Frontend is already enabled." : "Frontend is already disabled.";
    const { report } = this.#assembled.options;
    const { link } = this.#assembled.options;
    const tell = (text: string) => {
      if (link.thread !== 0) return;
      report("warning", text);
      this.#assembled.process.log.send(proxy.section.logs, 4, this.#tag(proxy), text);
    };
    const kind = proxy.section.backend ? "proxy" : "frontend";
    if (state === "stopped") {
      const listeners = this.#listenersOf(proxy);
      this.#stop(proxy);
      for (const { parts } of listeners) this.#assembled.options.forget?.(parts.plan.index);
      return undefined;
    }
    const { suspend, resume } = this.#assembled.options;
    for (const listener of this.#listenersOf(proxy)) {
      const { index } = listener.parts.plan;
      if (state === "paused") {
        listener.hold();
        suspend?.(index);
      } else {
        try {
          resume?.(index);
        } catch (error) {
          report("alert", `Resuming listener: ${(error as Error).message}`);
          return (error as Error).message;
        }
        listener.release();
      }
    }
    proxy.state = state;
    tell(`${state === "paused" ? "Paused" : "Resumed"} ${kind} ${proxy.name}.`);
    return undefined;
  }

  #stopNow(): void {
    const { process, acceptor } = this.#assembled;
    const { hardStopAfterMs } = process.config.global;
    if (hardStopAfterMs !== undefined) this.#hardStop = setTimeout(() => this.#cut(), hardStopAfterMs);
    for (const proxy of process.proxies) if (proxy.front && proxy.state !== "stopped") this.#stop(proxy);
    acceptor.closeAll();
    for (const proxy of process.proxies)
      if (!proxy.front && !proxy.section.disabled) this.#tellStopped(proxy);
    process.stop();
    this.#teaching = true;
    void this.#assembled.peers.handOver().finally(() => {
      this.#teaching = false;
    });
    const check = () => {
      if (this.jobs > 0) this.#timer = setTimeout(check, look);
      else {
        clearTimeout(this.#hardStop);
        this.#end();
      }
    };
    this.#timer = setTimeout(check, 0);
  }

  /** Connections of clients, and to the runtime socket, over all threads. */
  get jobs(): number {
    const { limits, gauges } = this.#assembled;
    return limits.connections.value + gauges.socketConnectionsNow + (this.#teaching ? 1 : 0);
  }

  #stop(proxy: ProxyRun): void {
    const listeners = this.#listenersOf(proxy);
    proxy.state = "stopped";
    for (const listener of listeners) this.#assembled.acceptor.close(listener);
    this.#tellStopped(proxy);
  }

  #tellStopped(proxy: ProxyRun): void {
    const { process, options } = this.#assembled;
    if (options.link.thread !== 0) return;
    const text = `Proxy ${proxy.name} stopped (cumulated conns: FE: ${proxy.front?.counters.total("connections") ?? 0}, BE: ${proxy.back?.counters.total("sessions") ?? 0}).`;
    options.report("warning", text);
    process.log.send(proxy.section.logs, 4, this.#tag(proxy), text);
  }

  /** hard-stop-after: streams are cut off; what resists is left behind a second later. */
  #cut(): void {
    const { process, options } = this.#assembled;
    const first = options.link.thread === 0;
    const tell = (text: string, proxy?: ProxyRun) => {
      if (!first) return;
      options.report("warning", text);
      if (proxy) process.log.send(proxy.section.logs, 4, this.#tag(proxy), text);
      else this.#log(text);
    };
    tell("soft-stop running for too long, performing a hard-stop.");
    for (const proxy of process.proxies) {
      const left = proxy.front?.sessions.value ?? 0;
      if (left > 0) tell(`Proxy ${proxy.name} hard-stopped (${left} remaining conns will be closed).`, proxy);
    }
    for (const stream of [...process.streams]) stream.shutdown("killed");
    this.#hardStop = setTimeout(() => {
      tell("Some tasks resisted to hard-stop, exiting now.");
      clearTimeout(this.#timer);
      this.#end();
    }, resistance);
  }

  #listenersOf(proxy: ProxyRun): OpenListener[] {
    return [...this.#assembled.acceptor.listeners].filter(
      ({ parts: { plan } }) => plan.owner.kind === "proxy" && plan.owner.proxy === proxy.section,
    );
  }

  #tag(proxy: ProxyRun): string {
    return proxy.section.logTag ?? this.#assembled.process.config.global.logTag;
  }

  #log(text: string): void {
    const { log, config } = this.#assembled.process;
    log.send(config.global.logs, 4, config.global.logTag, text);
  }
}

const verbs = { running: "enable", paused: "disable", stopped: "shut down" } as const;
