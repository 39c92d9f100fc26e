import type { BadRequest } from "../../proxy/index.js";
import { toldStatus } from "./answer/head.js";
import { dateNow } from "./answer/http-date.js";
import { errorPage, statusText } from "./answer/status-text.js";
import type { HttpConnection } from "./connection.js";
import type { HttpServer } from "./runtime.js";

/** Answers what couldn't be read as a request, as nginx does; who sent nothing is answered nothing. */
export function answerBadRequest(bad: BadRequest, connection: HttpConnection, { base }: HttpServer): void {
  const status = statusOf(bad);
  if (status === undefined) {
    bad.answer(undefined);
    return;
  }
  connection.log(
    "info",
    `client sent invalid request: ${bad.reason} while reading client request, client: ${connection.clientAddress}`,
  );
  const body = errorPage(status, base.software, false) ?? "";
  const told = toldStatus(status);
  bad.answer(
    Buffer.from(
      `HTTP/1.1 ${told} ${statusText(told)}\r\nServer: ${base.software}\r\nDate: ${dateNow()}\r\nContent-Type: text/html\r\n` +
        `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      "latin1",
    ),
  );
}

/** undefined: nothing is said. */
function statusOf({ kind, reason, status }: BadRequest): number | undefined {
  if (kind === "silent" || kind === "closed") return undefined;
  if (kind === "timeout") return 408;
  if (reason === "the head is too large") return 494;
  if (reason.includes("Transfer-Encoding")) return 501;
  return status === 505 ? 505 : 400;
}
