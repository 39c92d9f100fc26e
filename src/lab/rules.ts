import { parse } from "../config/ipvsadm/index.js";
import { RondoError } from "../errors.js";
import { type ServerSpec, type ServiceSpec, serviceIdText } from "../ipvs/model.js";

/** A virtual service and its real servers, as a director's rules make them; newest server first, as schedulers walk. */
export interface RuleService {
  readonly service: ServiceSpec;
  readonly servers: readonly ServerSpec[];
}

/** A rule that can't be read or that speaks of what is not there. */
export class BadRule extends RondoError {
  /** Which of the rules, from 0. */
  readonly index: number;
  /** Where in it, from 1. */
  readonly column: number;

  constructor(rule: string, index: number, column: number, why: string, cause?: unknown) {
    super("bad-rule", `the rule "ipvsadm ${rule}": ${why}`, { cause });
    this.index = index;
    this.column = column;
  }
}

/**
 * What the rules of a director add up to.
 * @throws BadRule
 */
export function readRules(rules: readonly string[]): RuleService[] {
  const services = new Map<string, { service: ServiceSpec; servers: ServerSpec[] }>();
  for (const [index, rule] of rules.entries()) {
    const refuse = (why: string) => new BadRule(rule, index, 1, why);
    const command = understood(rule, index);
    if (command.kind === "clear") services.clear();
    else if (command.kind === "add-service") {
      const id = serviceIdText(command.service.id);
      if (services.has(id)) throw refuse("there is this service already");
      services.set(id, { service: command.service, servers: [] });
    } else if (command.kind === "add-server") {
      const service = services.get(serviceIdText(command.service));
      if (!service) throw refuse("no rule before it makes this service");
      service.servers.unshift(command.server);
    } else if (command.kind === "edit-service") {
      const service = services.get(serviceIdText(command.service.id));
      if (!service) throw refuse("no rule before it makes this service");
      service.service = command.service;
    } else if (command.kind === "edit-server") {
      const servers = services.get(serviceIdText(command.service))?.servers;
      if (!servers) throw refuse("no rule before it makes this service");
      const place = servers.findIndex((server) => isSame(server, command.server));
      if (place < 0) throw refuse("no rule before it adds this server");
      servers[place] = command.server;
    } else
      throw refuse(
        "a topology only clears (-C), adds and changes services (-A, -E) and their servers (-a, -e)",
      );
  }
  return [...services.values()];
}

const isSame = (a: ServerSpec, b: ServerSpec) => a.address.equals(b.address) && a.port === b.port;

function understood(rule: string, index: number) {
  const all = words(rule);
  const error = complaint(all);
  if (!error) return parse(all);
  const why = error.message.trim();
  // The word that is wrong is the one with which the complaint begins.
  const place = all.findIndex((_, last) => complaint(all.slice(0, last + 1))?.message.trim() === why);
  throw new BadRule(rule, index, columnOf(rule, Math.max(place, 0)), why, error);
}

function complaint(all: readonly string[]): Error | undefined {
  try {
    parse(all);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Where a word of a rule begins, from 1. */
function columnOf(rule: string, place: number): number {
  const starts = [...rule.matchAll(/\S+/g)].map(({ index }) => index + 1);
  return starts[place] ?? 1;
}

/** The words of a rule. */
export function words(rule: string): string[] {
  return rule.trim().split(/\s+/);
}
