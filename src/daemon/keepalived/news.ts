import type { KeepalivedConfig } from "../../config/keepalived/model/index.js";
import type { RoleEvent, RoleName, RoleNews } from "./role.js";

/** Whether a role is meant by what another one tells: a bfd_instance may say who (`vrrp`, `checker`). */
export function isFor(role: RoleName, news: RoleNews, config: KeepalivedConfig): boolean {
  if (news.kind !== "bfd" || role === "bfd") return true;
  return config.bfdInstances.find(({ name }) => name === news.name)?.[role] ?? true;
}

/** The last that each role has told the others, of each thing: for who begins later, or again, or with another configuration. */
export class News {
  readonly #last = new Map<string, { readonly from: RoleName; readonly news: RoleNews }>();
  readonly #isFor: (role: RoleName, news: RoleNews) => boolean;

  constructor(isFor: (role: RoleName, news: RoleNews) => boolean = () => true) {
    this.#isFor = isFor;
  }

  /** @returns who is to hear of it, if it is of concern to others; else nobody */
  note(from: RoleName, event: RoleEvent, roles: readonly RoleName[]): RoleName[] {
    if (event.kind !== "bfd" && event.kind !== "instance") return [];
    this.#last.set(`${event.kind} ${event.name}`, { from, news: event });
    return roles.filter((role) => role !== from && this.#isFor(role, event));
  }

  /** All that a role is to know. */
  of(role: RoleName): RoleNews[] {
    return [...this.#last.values()]
      .filter(({ from, news }) => from !== role && this.#isFor(role, news))
      .map(({ news }) => news);
  }
}
