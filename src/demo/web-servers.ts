import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A small web server of the demo, which can be stopped and come back at the same port. */
export class WebServer {
  readonly name: string;
  #server: Server | undefined;
  #port = 0;

  constructor(name: string) {
    this.name = name;
  }

  get port(): number {
    return this.#port;
  }

  get isUp(): boolean {
    return this.#server !== undefined;
  }

  /** @throws Error of the socket. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      response.setHeader("X-Server", this.name);
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.end(request.method === "HEAD" ? undefined : page(this.name));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Its connections break, as those of a machine that fails. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

const page = (name: string) => `<!doctype html>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${name}</title>
<style>body{font:1.2rem system-ui;display:grid;place-content:center;min-height:90vh;text-align:center}strong{font-size:4rem}</style>
<p>This page is from<p><strong>${name}</strong><p>Load it again: the servers take turns.
`;
