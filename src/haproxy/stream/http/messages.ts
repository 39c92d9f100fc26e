import { Headers } from "../../../proxy/index.js";

/** A whole answer that the proxy gives by itself. */
export interface Message {
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  readonly body: Buffer;
  /** It says "connection: close": 400 and 408. */
  readonly close: boolean;
}

/** Reason phrases as HAProxy writes them (http.c, http_get_reason): not always those of the standards. */
const reasons: Readonly<Record<number, string>> = {
  100: "Continue",
  101: "Switching Protocols",
  102: "Processing",
  200: "OK",
  201: "Created",
  202: "Accepted",
  203: "Non-Authoritative Information",
  204: "No Content",
  205: "Reset Content",
  206: "Partial Content",
  207: "Multi-Status",
  210: "Content Different",
  226: "IM Used",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Moved Temporarily",
  303: "See Other",
  304: "Not Modified",
  305: "Use Proxy",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  310: "Too many Redirects",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Time-out",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Request Entity Too Large",
  414: "Request-URI Too Long",
  415: "Unsupported Media Type",
  416: "Requested range unsatisfiable",
  417: "Expectation failed",
  418: "I'm a teapot",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  423: "Locked",
  424: "Method failure",
  425: "Too Early",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  449: "Retry With",
  450: "Blocked by Windows Parental Controls",
  451: "Unavailable For Legal Reasons",
  456: "Unrecoverable Error",
  499: "client has closed connection",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway or Proxy Error",
  503: "Service Unavailable",
  504: "Gateway Time-out",
  505: "HTTP Version not supported",
  506: "Variant also negotiate",
  507: "Insufficient storage",
  508: "Loop detected",
  509: "Bandwidth Limit Exceeded",
  510: "Not extended",
  511: "Network authentication required",
  520: "Web server is returning an unknown error",
};

export function reasonOf(status: number): string {
  const known = reasons[status];
  if (known !== undefined) return known;
  if (status >= 100 && status < 200) return "Informational";
  if (status >= 200 && status < 300) return "Success";
  if (status >= 300 && status < 400) return "Redirection";
  if (status >= 400 && status < 500) return "Client Error";
  return status >= 500 && status < 600 ? "Server Error" : "Other";
}

const sentences: Readonly<Record<number, readonly [reason: string, sentence: string]>> = {
  200: ["OK", "Service ready."],
  400: ["Bad request", "Your browser sent an invalid request."],
  401: ["Unauthorized", "You need a valid user and password to access this content."],
  403: ["Forbidden", "Request forbidden by administrative rules."],
  404: ["Not Found", "The resource could not be found."],
  405: [
    "Method Not Allowed",
    "A request was made of a resource using a request method not supported by that resource",
  ],
  407: ["Unauthorized", "You need a valid user and password to access this content."],
  408: ["Request Time-out", "Your browser didn't send a complete request in time."],
  410: ["Gone", "The resource is no longer available and will not be available again."],
  413: ["Payload Too Large", "The request entity exceeds the maximum allowed."],
  421: ["Misdirected Request", "Request sent to a non-authoritative server."],
  422: ["Unprocessable Content", "The server cannot process the contained instructions."],
  425: ["Too Early", "Your browser sent early data."],
  429: ["Too Many Requests", "You have sent too many requests in a given amount of time."],
  500: ["Internal Server Error", "An internal server error occurred."],
  501: ["Not Implemented", ".The server does not support the functionality required to fulfill the request."],
  502: ["Bad Gateway", "The server returned an invalid or incomplete response."],
  503: ["Service Unavailable", "No server is available to handle this request."],
  504: ["Gateway Time-out", "The server didn't respond in time."],
};

/** The answers that are there without any errorfile (http.c, http_err_msgs); of a status that has none: 500's. */
export function builtinMessage(status: number): Message {
  const known = sentences[status] === undefined ? 500 : status;
  const kept = built.get(known);
  if (kept !== undefined) return kept;
  const [reason, sentence] = sentences[known] as readonly [string, string];
  const body = Buffer.from(
    `<html><body><h1>${known} ${reason}</h1>\n${sentence}\n</body></html>\n`,
    "latin1",
  );
  const message: Message = {
    status: known,
    reason,
    headers: new Headers(
      ["content-length", "cache-control", "content-type"],
      [String(body.length), "no-cache", "text/html"],
    ),
    body,
    close: known === 400 || known === 408,
  };
  built.set(known, message);
  return message;
}

const built = new Map<number, Message>();

/** Which statuses have an answer of their own, and so may have an errorfile. */
export const answerStatuses: readonly number[] = Object.keys(sentences).map(Number);

/**
 * Reads an errorfile: a status line, fields, an empty line, the body. undefined: it has no head that can be read.
 * Of a body longer than its content-length only so much is kept; without that field the whole.
 */
export function readMessage(bytes: Buffer): Message | undefined {
  const text = bytes.toString("latin1");
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const lines = head.split(/\r?\n/);
  const first = /^HTTP\/\d\.\d +(\d{3})(?: +(.*))?$/.exec(lines[0] ?? "");
  if (first === null) return undefined;
  const headers = new Headers();
  let close = false;
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "connection") close ||= value.toLowerCase() === "close";
    else headers.add(name, value);
  }
  let body = end === null ? Buffer.alloc(0) : bytes.subarray(end.index + end[0].length);
  const declared = headers.get("content-length");
  if (declared !== undefined) body = body.subarray(0, Number(declared));
  return { status: Number(first[1]), reason: first[2] ?? "", headers, body, close };
}

/** As http.c has it, letter by letter: so it goes out where there is no stream that would make a message of it. */
export function rawBuiltinMessage(status: number): Buffer {
  const { status: known, reason, body, close } = builtinMessage(status);
  const head = [
    `HTTP/1.1 ${known} ${reason}`,
    `Content-length: ${body.length}`,
    "Cache-Control: no-cache",
    ...(close ? ["Connection: close"] : []),
    "Content-Type: text/html",
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}
