import { parse } from "../config/ipvsadm/index.js";
import { RondoError } from "../errors.js";
import { type ServerSpec, type ServiceSpec, serviceIdText } from "../ipvs/model.js";

/** A virtual service and its real servers, as a director's rules make them; newest server first, as schedulers walk. */
export interface RuleService {
  readonly service: ServiceSpec;
  readonly servers: readonly ServerSpec[];
}

/**
 * What the rules of a director add up to.
 * @throws RondoError "bad-rule", naming the rule that can't be read or that speaks of what is not there.
 */
export function readRules(rules: readonly string[]): RuleService[] {
  const services = new Map<string, { service: ServiceSpec; servers: ServerSpec[] }>();
  for (const rule of rules) {
    const refuse = (why: string, cause?: unknown) =>
      new RondoError("bad-rule", `the rule "ipvsadm ${rule}": ${why}`, { cause });
    const command = understood(rule, refuse);
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

function understood(rule: string, refuse: (why: string, cause?: unknown) => RondoError) {
  try {
    return parse(words(rule));
  } catch (error) {
    throw refuse((error as Error).message.trim(), error);
  }
}

/** The words of a rule. */
export function words(rule: string): string[] {
  return rule.trim().split(/\s+/);
}
