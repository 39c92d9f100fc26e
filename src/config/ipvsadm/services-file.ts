import type { Protocol } from "../../ipvs/model.js";

/** Service names and ports as services(5) has them; where there are several, the first line counts. */
export class ServicesFile {
  readonly #ports = new Map<string, number>();
  readonly #names = new Map<string, string>();

  /** @param text lines of `name port/protocol alias…`, with comments after `#`. */
  constructor(text: string) {
    for (const line of text.split("\n")) {
      const [name, entry, ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
      const match = /^(\d+)\/(\w+)$/.exec(entry ?? "");
      if (!name || !match) continue;
      const port = Number(match[1]);
      const protocol = match[2]!;
      if (!this.#names.has(`${port}/${protocol}`)) this.#names.set(`${port}/${protocol}`, name);
      for (const known of [name, ...aliases])
        if (!this.#ports.has(`${known}/${protocol}`)) this.#ports.set(`${known}/${protocol}`, port);
    }
  }

  port(name: string, protocol: Protocol): number | undefined {
    return this.#ports.get(`${name}/${protocol}`);
  }

  name(port: number, protocol: Protocol | "ip"): string | undefined {
    return this.#names.get(`${port}/${protocol}`);
  }
}
