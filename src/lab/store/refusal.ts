import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";

/** Why something is not done that was asked by HTTP: a status and a sentence. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** How long somebody who was refused may go on sending, in milliseconds. */
const lingering = 10_000;

/**
 * Answers with an error. Somebody who is in the middle of sending is told at once, and the connection stays until he has stopped:
 * if it were closed with something unread, the reset could overtake the answer.
 */
export function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, message, headers } =
    error instanceof Refusal ? error : new Refusal(500, error instanceof Error ? error.message : `${error}`);
  const text = `${message}\n`;
  const own = { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(text) };
  response.writeHead(status, { ...headers, ...own });
  if (request.complete || request.method === "HEAD") {
    response.end(text);
    return;
  }
  response.write(text);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingering);
  request.once("end", end);
  request.once("close", end);
  request.resume();
}
