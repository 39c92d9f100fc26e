import { silent } from "../../src/errors.js";
import {
  type Answer,
  type CheckerDeps,
  type CheckerEvent,
  CheckerRole,
  type CheckerSnapshot,
} from "../../src/health/index.js";
import type { DataPlane } from "../../src/ipvs/data-plane.js";
import { MemoryPlane } from "../../src/ipvs/memory-plane.js";
import { endpointText, serviceIdText } from "../../src/ipvs/model.js";
import { check, config, endpoint, server, virtual } from "./keepalived-config.js";
import { SimulatedClock } from "./simulated-clock.js";

/** A role in simulated time, whose servers are well but for those in `down`. */
export class Place {
  readonly clock = new SimulatedClock();
  readonly memory = new MemoryPlane();
  readonly lines: string[] = [];
  readonly events: CheckerEvent[] = [];
  readonly asked: string[] = [];
  readonly down = new Set<string>();
  role!: CheckerRole;
  plane: () => DataPlane = () => this.memory;

  begin(file: ReturnType<typeof config>, more: Partial<CheckerDeps> = {}, handover?: CheckerSnapshot): this {
    this.role = new CheckerRole(file, {
      log: { ...silent, info: (line) => this.lines.push(line), warn: (line) => this.lines.push(line) },
      plane: () => this.plane(),
      runScript: async () => ({ status: 0, timedOut: false }),
      onEvent: (event) => this.events.push(event),
      clock: this.clock,
      random: () => 0,
      ask: async ({ check: { connect } }): Promise<Answer> => {
        const name = endpointText(connect);
        this.asked.push(`${this.clock.now()} ${name}`);
        return this.down.has(name)
          ? { outcome: "failed", detail: "failed" }
          : { outcome: "passed", detail: "connected" };
      },
      ...more,
    });
    this.role.start(handover);
    return this;
  }

  /** "tcp 10.0.0.9:80 wlc | 10.0.0.1:80 1, 10.0.0.2:80 1", sorted. */
  table(): string[] {
    return this.memory
      .services()
      .map(
        ({ id, scheduler, servers }) =>
          `${serviceIdText(id)} ${scheduler} | ${servers
            .map((one) => `${endpointText(one)} ${one.weight}`)
            .sort()
            .join(", ")}`,
      )
      .sort();
  }

  /** The lines since the last call. */
  said(): string[] {
    return this.lines.splice(0).filter((line) => !line.includes("ctivating healthchecker"));
  }

  told(): string[] {
    return this.events
      .splice(0)
      .map((event) =>
        event.kind === "mail"
          ? `mail ${event.server ?? event.virtualServer} ${event.state} ${event.message}`
          : `${event.kind === "real-server" ? `RS ${event.server}` : "VS"} ${event.virtualServer} ${event.up ? "UP" : "DOWN"}${event.stopping ? " stopping" : ""}`,
      );
  }
}

/** A real server with one TCP_CHECK. */
export const tcp = (where: string, more: Parameters<typeof server>[2] = {}, checkMore = {}) =>
  server(where, [check("TCP_CHECK", { connect: endpoint(where), ...checkMore })], more);

/** One virtual server and two real ones. */
export const two = (more: Parameters<typeof virtual>[2] = {}) =>
  config([virtual("10.0.0.9:80", [tcp("10.0.0.1:80"), tcp("10.0.0.2:80")], more)]);
