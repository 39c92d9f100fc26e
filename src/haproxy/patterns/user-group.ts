import type { Call } from "../../config/haproxy/model/index.js";
import type { Sample } from "../run/index.js";
import { textOf } from "../samples/cast.js";
import type { Environment } from "../samples/registry.js";
import type { Reference } from "./reference.js";

/** `http_auth_group(LIST) GROUP …`: the sample is a user whose password was right; it matches a group that the user is in. */
export function groupTest(
  reference: Reference,
  fetch: Call,
  environment: Environment,
): { match(sample: Sample): unknown } {
  const argument = fetch.arguments[0];
  const name =
    argument && "name" in argument ? argument.name : argument?.kind === "str" ? argument.value : "";
  return {
    match(sample) {
      const list = environment.process.config.userlists.find((each) => each.name === name);
      const user = textOf(sample);
      const groups = new Set(list?.users.find((each) => each.name === user)?.groups);
      for (const group of list?.groups ?? []) if (group.users.includes(user)) groups.add(group.name);
      for (const entry of reference.entries()) if (groups.has(entry.key)) return entry;
      return undefined;
    },
  };
}
