import { RondoError } from "../errors.js";
import { didYouMean } from "../nearest.js";
import type { Link, Network } from "../netlink/index.js";

/**
 * The interfaces that a person names.
 * @throws RondoError "no-interface", with the name that may have been meant
 */
export function linksNamed(names: readonly string[], network: Network): Link[] {
  const links = network.links.list();
  return names.map((name) => {
    const link = links.find((one) => one.name === name);
    if (link) return link;
    const known = links.map((one) => one.name);
    throw new RondoError("no-interface", `there is no interface ${name}${didYouMean(name, known)}`);
  });
}
