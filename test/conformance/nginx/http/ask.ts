import { connect } from "node:net";
import { gunzipSync } from "node:zlib";

/** A request of a case: a path, or more than that. `raw` is sent as it stands. */
export type Ask =
  | string
  | {
      readonly path?: string;
      readonly method?: string;
      readonly host?: string;
      readonly fields?: readonly string[];
      readonly body?: string;
      readonly version?: "1.0" | "1.1";
      readonly raw?: string;
    };

function textOf(ask: Ask): string {
  const one = typeof ask === "string" ? { path: ask } : ask;
  if (one.raw !== undefined) return one.raw;
  const { path = "/", method = "GET", host = "one.example", fields = [], body, version = "1.1" } = one;
  const lines = [`${method} ${path} HTTP/${version}`, `Host: ${host}`, ...fields];
  if (body !== undefined && !fields.some((field) => /^transfer-encoding/i.test(field)))
    lines.push(`Content-Length: ${body.length}`);
  if (!fields.some((field) => /^connection/i.test(field))) lines.push("Connection: close");
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** Everything that a server answers until it closes, latin1. */
export function ask(port: number, what: Ask): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const parts: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new Error(`no end of an answer within 15 s to ${JSON.stringify(what)}: ${Buffer.concat(parts)}`),
      );
    }, 15_000);
    socket.on("data", (data) => {
      parts.push(data);
      // Who has said that he closes may linger for what the client might still send.
      if (isWhole(Buffer.concat(parts).toString("latin1"))) socket.end();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(parts).toString("latin1"));
    });
    socket.write(Buffer.from(textOf(what), "latin1"));
  });
}

/** Whether the last answer of a connection that is being closed has come wholly. */
function isWhole(text: string): boolean {
  const from = text.lastIndexOf("HTTP/1.");
  const end = text.indexOf("\r\n\r\n", from);
  if (end < 0) return false;
  const head = text.slice(from, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head);
  return /\r\nconnection: close/i.test(head) && length !== null && text.length >= end + 4 + Number(length[1]);
}

function withoutChunks(text: string): string {
  let body = "";
  for (let at = 0; ; ) {
    const found = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20));
    if (!found) return `${body}<chunks that can't be read>${text.slice(at)}`;
    const size = Number.parseInt(found[1]!, 16);
    at += found[0].length;
    if (size === 0) return body + text.slice(at).replace(/^\r\n$/, "");
    body += text.slice(at, at + size);
    at += size + 2;
  }
}

function gunzipped(body: string): string {
  try {
    return gunzipSync(Buffer.from(body, "latin1")).toString("latin1");
  } catch (error) {
    return `${(error as Error).message}: ${body}`;
  }
}

/** An answer without what differs by the hour and by the port: its lines in their order, and its body without its chunks. */
export function comparable(text: string, port: number): string {
  return text
    .replace(
      /(\r\nTransfer-Encoding: chunked\r\n[\s\S]*?\r\n\r\n)([\s\S]*)$/i,
      (_, head: string, body: string) => head + withoutChunks(body),
    )
    .replace(
      /(\r\nContent-Encoding: gzip(?=\r\n)[\s\S]*?\r\n\r\n)([\s\S]+)$/i,
      (_, head: string, body: string) => head + gunzipped(body),
    )
    .replace(/^Date: .*\r\n/gim, (line) => (/2024/.test(line) ? line : "Date: NOW\r\n"))
    .replaceAll(String(port), "PORT")
    .replace(/boundary=\d{20}/g, "boundary=B")
    .replace(/--\d{20}/g, "--B");
}
