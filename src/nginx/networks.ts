import { BlockList, isIP } from "node:net";
import { isNetwork, resolveTrusted } from "./trusted-names.js";

/** Clients as allow, deny and set_real_ip_from name them: "all", "unix:", addresses and CIDRs ("10.0.0.0/8", "fd00::/8"). */
export class Networks {
  readonly #list = new BlockList();
  #all = false;
  #unix = false;

  /** What is neither of these adds nobody. */
  add(who: string): this {
    const [address = "", bits] = who.split("/");
    if (who === "all") this.#all = true;
    else if (who === "unix:") this.#unix = true;
    else if (isIP(address) !== 0) {
      if (bits === undefined) this.#list.addAddress(address, familyOf(address));
      else this.#list.addSubnet(address, Number(bits), familyOf(address));
    }
    return this;
  }

  /** @param host a client's address; of a Unix socket's whatever is none */
  has(host: string): boolean {
    if (this.#all) return true;
    return isIP(host) === 0 ? this.#unix : this.#list.check(host, familyOf(host));
  }
}

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** `allow` and `deny`: the first that fits decides; where none does the client may (ngx_http_access_module). */
export function accessCheck(
  rules: readonly { readonly allow: boolean; readonly who: string }[],
): (host: string) => boolean {
  const made = rules.map(({ allow, who }) => ({ allow, clients: new Networks().add(who) }));
  return (host) => made.find(({ clients }) => clients.has(host))?.allow ?? true;
}

/** Whom set_real_ip_from names. A host's addresses are added when they are resolved; `failed` is told where they can't be. */
export function believed(from: readonly string[], failed: (sentence: string) => void): Networks {
  const clients = new Networks();
  for (const who of from)
    if (who === "unix:" || isNetwork(who)) clients.add(who);
    else resolveTrusted(who, (address) => clients.add(address), failed);
  return clients;
}
