import { createServer, type Server, type Socket } from "node:net";

/**
 * A web server for proxies to ask, which writes its answers byte by byte as it is told, and answers /echo with the head that it was
 * sent. What it does is chosen by the path's first part.
 */
export class Origin {
  readonly name: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(name: string) {
    this.name = name;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.setNoDelay();
    let text = "";
    /** What is asked at /early is answered before it is there. */
    let answeredEarly = false;
    socket.on("data", (data) => {
      text += data.toString("latin1");
      for (;;) {
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = text.slice(0, end);
        const body = bodyEnd(head, text.slice(end + 4));
        if (body === undefined) {
          if (answeredEarly || !/^\S+ \/early\//.test(head)) return;
          answeredEarly = true;
          this.#answer(socket, head, "");
          return;
        }
        const received = text.slice(end + 4, end + 4 + body);
        text = text.slice(end + 4 + body);
        if (!answeredEarly) this.#answer(socket, head, received);
        answeredEarly = false;
        if (/\r\nconnection: *close/i.test(head)) socket.end();
      }
    });
  }

  #answer(socket: Socket, head: string, body: string): void {
    const [line = ""] = head.split("\r\n");
    const [method = "", target = ""] = line.split(" ");
    const path = target.replace(/^https?:\/\/[^/]*/, "").split(/[?;]/)[0] ?? "";
    const content = (text: string, more = "", status = "200 OK") =>
      `HTTP/1.1 ${status}\r\n${more}Content-Length: ${text.length}\r\n\r\n${method === "HEAD" ? "" : text}`;
    const write = (text: string) => socket.write(Buffer.from(text, "latin1"));
    switch (path.split("/")[1]) {
      case "echo":
        return void write(content(`${this.name}\n${head}\n\n${body}`));
      case "chunked":
        return void write(
          `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Trailer: yes\r\n\r\n`,
        );
      case "close":
        write("HTTP/1.1 200 OK\r\nX-Way: close\r\n\r\nuntil the end");
        return void socket.end();
      case "early":
        switch (path.split("/")[2]) {
          case "chunked":
            return void write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n0\r\n\r\n");
          case "last":
            return void write(content("early", "Connection: close\r\n"));
          case "end":
            write("HTTP/1.1 200 OK\r\n\r\nearly");
            return void socket.end();
          default:
            return void write(content("early", "", "413 Too large"));
        }
      case "slow": {
        const [, , kind, rest = ""] = path.split("/");
        write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
        if (kind === "cut") setTimeout(() => socket.end(), 100);
        else if (kind === "after") setTimeout(() => socket.write("def"), Number(rest));
        return;
      }
      case "old":
        write("HTTP/1.0 200 OK\r\nX-Way: old\r\n\r\nof 1.0");
        return void socket.end();
      case "status": {
        const status = path.split("/")[2] ?? "200";
        if (status === "204" || status === "304")
          return void write(`HTTP/1.1 ${status} Nothing\r\nX-Way: status\r\n\r\n`);
        return void write(content("a status", "X-Way: status\r\n", `${status} Said so`));
      }
      case "continue":
        write("HTTP/1.1 100 Continue\r\n\r\n");
        return void write(content("after it"));
      case "hints":
        write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
        return void write(content("after hints"));
      case "cookie":
        return void write(content("a cookie", "Set-Cookie: SRV=origin; path=/\r\nSet-Cookie: other=1\r\n"));
      case "garbage":
        write("this is not HTTP\r\n\r\n");
        return void socket.end();
      case "badlength":
        write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!");
        return void socket.end();
      case "empty":
        return void socket.end();
      case "reset":
        return void socket.resetAndDestroy();
      case "short":
        write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
        return void socket.end();
      case "hang":
        return;
      case "upgrade":
        write(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nthrough the tunnel",
        );
        return void socket.end();
      case "type":
        return void write(content("some text ".repeat(50), 'Content-Type: text/plain\r\nETag: "one"\r\n'));
      case "fresh":
        return void write(content("kept", 'Cache-Control: max-age=60\r\nETag: "two"\r\n'));
      case "big":
        return void write(content("0123456789".repeat(20_000)));
      default:
        return void write(content(`${this.name} says ${path}`, `X-Server: ${this.name}\r\n`));
    }
  }
}

/** How many bytes of what follows a head are its body; undefined: it isn't whole. */
function bodyEnd(head: string, rest: string): number | undefined {
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const found = /(^|\r\n)0\r\n([^\r\n]+\r\n)*\r\n/.exec(rest);
    return found ? found.index + found[0].length : undefined;
  }
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  return rest.length >= length ? length : undefined;
}
