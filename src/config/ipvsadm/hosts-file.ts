import { IpAddress } from "../../wire/address.js";

/** Host names and addresses as hosts(5) has them; the first line that fits counts. */
export class HostsFile {
  readonly #names = new Map<string, string>();

  /** @param text lines of `address name alias…`, with comments after `#`. */
  constructor(text: string) {
    for (const line of text.split("\n")) {
      const [first, name] = line.replace(/#.*/, "").trim().split(/\s+/);
      const address = IpAddress.parse(first ?? "");
      if (address && name && !this.#names.has(`${address}`)) this.#names.set(`${address}`, name);
    }
  }

  name(address: IpAddress): string | undefined {
    return this.#names.get(`${address}`);
  }
}
