import type { InstanceState, RoleEvent } from "./role.js";

interface Standing {
  state: string;
  /** Milliseconds of Date. */
  since: number;
  /** How often it has got into each state. */
  readonly transitions: Record<string, number>;
}

/** What has happened, as the events tell it: it outlives the workers. */
export class Board {
  readonly instances = new Map<string, Standing & { priority: number }>();
  readonly groups = new Map<string, Standing>();
  /** By virtual and real server. */
  readonly servers = new Map<string, Standing & { virtualServer: string; server: string }>();
  readonly quorums = new Map<string, Standing>();
  /** Two masters now, by the instance's name. */
  readonly splitBrains = new Map<
    string,
    { readonly other: string; readonly cause: string; readonly text: string }
  >();
  readonly splitBrainsSeen = new Map<string, number>();
  readonly sessions = new Map<string, Standing>();

  note(event: RoleEvent, now: number): void {
    switch (event.kind) {
      case "instance":
        this.#move(this.instances, event.name, event.state, now, { priority: event.priority });
        if (event.state === ("DELETED" satisfies InstanceState)) this.instances.delete(event.name);
        break;
      case "priority": {
        const instance = this.instances.get(event.name);
        if (instance) instance.priority = event.priority;
        break;
      }
      case "group":
        this.#move(this.groups, event.name, event.state, now, {});
        break;
      case "server": {
        const { virtualServer, server } = event;
        this.#move(this.servers, `${virtualServer} ${server}`, upDown(event.up), now, {
          virtualServer,
          server,
        });
        break;
      }
      case "quorum":
        this.#move(this.quorums, event.virtualServer, upDown(event.up), now, {});
        break;
      case "bfd":
        this.#move(this.sessions, event.name, upDown(event.up), now, {});
        break;
      case "split-brain":
        this.splitBrains.set(event.name, { other: event.other, cause: event.cause, text: event.text });
        this.splitBrainsSeen.set(event.name, (this.splitBrainsSeen.get(event.name) ?? 0) + 1);
        break;
      case "split-brain-healed":
        this.splitBrains.delete(event.name);
        break;
      default:
        break;
    }
  }

  #move<More>(map: Map<string, Standing & More>, key: string, state: string, now: number, more: More): void {
    const before = map.get(key);
    const transitions = before?.transitions ?? {};
    transitions[state] = (transitions[state] ?? 0) + 1;
    const since = before?.state === state ? before.since : now;
    map.set(key, { ...more, state, since, transitions });
  }
}

const upDown = (up: boolean): string => (up ? "UP" : "DOWN");
