import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";

/** What a web server of the test answers by the request's path; undefined: it echoes the request. */
type Special = (socket: Socket, path: string, port: number) => void;

const answer = (socket: Socket, head: string, body: string) =>
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);

const specials: readonly (readonly [RegExp, Special])[] = [
  [
    /\/status\/(\d+)/,
    (socket, path) =>
      answer(
        socket,
        `HTTP/1.1 ${/\/status\/(\d+)/.exec(path)![1]} Some Words\r\nContent-Type: text/plain`,
        "status",
      ),
  ],
  [
    /\/fields/,
    (socket) =>
      answer(
        socket,
        "HTTP/1.1 200 OK\r\nServer: other\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nX-Pad: x\r\nX-Own: one\r\nX-Own: two\r\n" +
          'ETag: "abc"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nCache-Control: max-age=5\r\nContent-Type: text/html; charset=utf-8',
        "<p>fields</p>",
      ),
  ],
  [
    /\/cookies/,
    (socket) =>
      answer(
        socket,
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Domain=one.example; Path=/one/x; Secure\r\nset-cookie: b=2; path=/two\r\nSet-Cookie: c=3",
        "cookies",
      ),
  ],
  [
    /\/moved/,
    (socket, path, port) =>
      answer(
        socket,
        `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${port}${/\/moved(.*)/.exec(path)![1] || "/there"}`,
        "moved",
      ),
  ],
  [
    /\/refresh/,
    (socket, _, port) =>
      answer(socket, `HTTP/1.1 200 OK\r\nRefresh: 5; url=http://127.0.0.1:${port}/there`, "r"),
  ],
  [
    /\/accel/,
    (socket) =>
      answer(
        socket,
        "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /inner/file.txt\r\nX-Kept: no\r\nSet-Cookie: s=1",
        "hidden",
      ),
  ],
  [
    /\/chunked/,
    (socket) =>
      socket.end(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
      ),
  ],
  [
    /\/untilclose/,
    (socket) => socket.end("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end"),
  ],
  [
    /\/gzipped/,
    (socket) => {
      const body = gzipSync("was compressed");
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nETag: "z"\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      socket.end(body);
    },
  ],
  [/\/empty/, (socket) => socket.end()],
  [/\/garbage/, (socket) => socket.end("this is no HTTP\r\n\r\n")],
  [/\/nobody/, (socket) => socket.end("HTTP/1.1 204 No Content\r\nX-A: b\r\nConnection: close\r\n\r\n")],
  [
    /\/notmodified/,
    (socket) => socket.end('HTTP/1.1 304 Not Modified\r\nETag: "n"\r\nConnection: close\r\n\r\n'),
  ],
];

/** A web server of the test: it says its name and what it was asked, or does what the path says. */
export async function backend(name: string): Promise<{ port: number; close: () => void }> {
  /** What came to "/seen…", in words, for who asks "/told": he waits until there is something. */
  const seen: string[] = [];
  const waiting: Socket[] = [];
  const tell = () => {
    if (seen.length === 0) return;
    const socket = waiting.shift();
    if (socket) answer(socket, "HTTP/1.1 200 OK", seen.shift() as string);
  };
  const server: Server = createServer((socket) => {
    let text = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      text += data.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = text.slice(0, end);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const body = text.slice(end + 4);
      if (/\r\ntransfer-encoding: *chunked/i.test(head) ? !body.endsWith("0\r\n\r\n") : body.length < length)
        return;
      const path = head.split(" ", 2)[1] ?? "/";
      const { port } = server.address() as { port: number };
      if (path.startsWith("/seen")) {
        seen.push(`${head}\n\n${body}`);
        answer(socket, "HTTP/1.1 200 OK", "seen");
        tell();
        return;
      }
      if (path.startsWith("/told")) {
        waiting.push(socket);
        tell();
        return;
      }
      const special = specials.find(([pattern]) => pattern.test(path));
      if (special) special[1](socket, path, port);
      else
        answer(
          socket,
          `HTTP/1.1 200 OK\r\nX-Server: ${name}\r\nContent-Type: text/plain`,
          `${name}\n${head}\n\n${body}`,
        );
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}
