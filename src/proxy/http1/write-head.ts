import type { Headers } from "../http/headers.js";
import type { BodyLength, RequestHead, ResponseHead } from "../http/message.js";
import { originForm } from "../http/target.js";

export type ConnectionWord = "" | "close" | "keep-alive";

/**
 * A request's head as text. What `headers` says of framing is left out: that is made from `length` and `connection`, so that a message
 * can't be read in two ways; a CR, LF or NUL that came into a name or value is a space.
 */
export function requestHead(head: RequestHead, length: BodyLength, connection: ConnectionWord): string {
  const target = head.version === "2.0" ? originForm(head.target) : head.target;
  const start = `${clean(`${head.method} ${target}`)} ${head.version === "1.0" ? "HTTP/1.0" : "HTTP/1.1"}\r\n`;
  // Without a body a request says nothing of its length, unless it did so before.
  const said = length === 0 && !head.headers.has("content-length") ? undefined : length;
  if (head.headers.written !== undefined) return start + writtenFields(head.headers, said, "", false);
  return start + fields(head.headers, head.method === "CONNECT" ? undefined : said, connection, false);
}

/** @param bodiless of HEAD and 304: what `headers` says of the length is of a body that isn't sent, and stays. */
export function responseHead(
  head: ResponseHead,
  length: BodyLength,
  connection: ConnectionWord,
  bodiless: boolean,
): string {
  const start = `${head.version === "1.0" ? "HTTP/1.0" : "HTTP/1.1"} ${head.status} ${clean(head.reason)}\r\n`;
  const framed = head.status >= 200 && head.status !== 204;
  if (head.headers.written !== undefined)
    return start + writtenFields(head.headers, framed ? length : undefined, connection, bodiless);
  // RFC 9110 section 8.6: 1xx says nothing of a length.
  const keepsLength = bodiless && head.status >= 200;
  return start + fields(head.headers, framed ? length : undefined, connection, keepsLength);
}

/** Trailer fields, with the empty line behind them. */
export function trailerFields(trailers: Headers): string {
  let text = "";
  for (let at = 0; at < trailers.names.length; at++)
    text += `${clean((trailers.written?.[at] ?? trailers.names[at]) as string)}: ${clean(trailers.values[at] as string)}\r\n`;
  return `${text}\r\n`;
}

/** @param length undefined: nothing is said of it. */
function fields(
  headers: Headers,
  length: BodyLength | undefined,
  connection: ConnectionWord,
  bodiless: boolean,
): string {
  const { names, values } = headers;
  let text = "";
  let words = "";
  let said = bodiless || length === undefined || length === "close";
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    const value = values[at] as string;
    if (name === "content-length") {
      if (!bodiless && (said || typeof length !== "number")) continue;
      if (!bodiless) {
        text += `content-length: ${length}\r\n`; // in its place
        said = true;
        continue;
      }
    } else if (name === "transfer-encoding") {
      if (!bodiless && (said || length !== "chunked")) continue;
      if (!bodiless) {
        text += `transfer-encoding: ${/(?:^|[,\s])chunked\s*$/i.test(value) ? clean(value) : "chunked"}\r\n`;
        said = true;
        continue;
      }
    } else if (name === "connection") {
      words = words === "" ? value : `${words},${value}`;
      continue;
    }
    text += `${clean(name)}: ${clean(value)}\r\n`;
  }
  if (!said)
    text += length === "chunked" ? "transfer-encoding: chunked\r\n" : `content-length: ${length}\r\n`;
  if (words === "") return connection === "" ? `${text}\r\n` : `${text}connection: ${connection}\r\n\r\n`;
  const kept = keptWords(words);
  if (/(?:^|[,\s])upgrade(?:[,\s]|$)/i.test(kept)) return `${text}connection: ${clean(kept)}\r\n\r\n`;
  const all = kept === "" ? connection : connection === "" ? kept : `${kept}, ${connection}`;
  return all === "" ? `${text}\r\n` : `${text}connection: ${clean(all)}\r\n\r\n`;
}

/**
 * Fields with their names as they are written. Content-Length and Transfer-Encoding are made from `length`, where they stand or at the end; a Connection
 * without a value is where the connection's word stands, one with a value is sent as it is.
 */
function writtenFields(
  { names, values, written = names }: Headers,
  length: BodyLength | undefined,
  connection: ConnectionWord,
  bodiless: boolean,
): string {
  let text = "";
  let word = connection;
  let said = bodiless || length === undefined || length === "close";
  const say = () => {
    said = true;
    return length === "chunked" ? "Transfer-Encoding: chunked\r\n" : `Content-Length: ${length}\r\n`;
  };
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    const value = values[at] as string;
    if (name === "connection") {
      if (value !== "" || word !== "")
        text += `${clean(written[at] as string)}: ${clean(value === "" ? word : value)}\r\n`;
      word = "";
    } else if (!bodiless && (name === "content-length" || name === "transfer-encoding")) {
      if (!said) text += say();
    } else text += `${clean(written[at] as string)}: ${clean(value)}\r\n`;
  }
  if (!said) text += say();
  return word === "" ? `${text}\r\n` : `${text}Connection: ${word}\r\n\r\n`;
}

function keptWords(words: string): string {
  if (!/close|keep-alive/i.test(words)) return words;
  return words
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "" && !/^(?:close|keep-alive)$/i.test(word))
    .join(", ");
}

const unclean = /[\r\n\0]/;

function clean(text: string): string {
  return unclean.test(text) ? text.replace(/[\r\n\0]/g, " ") : text;
}
