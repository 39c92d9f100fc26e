import type {
  ErrorReply,
  HttpErrors,
  ProxySection,
  Reply,
  ReplyBody,
} from "../../../config/haproxy/model/index.js";
import { Headers } from "../../../proxy/index.js";
import type { ExpressionCompiler, Render, SampleContext } from "../../run/index.js";
import { builtinMessage, type Message, readMessage, reasonOf } from "./messages.js";

/** An answer that the proxy gives itself, made ready: a whole message, or what one is made of for each request. */
export type CompiledReply =
  | { readonly kind: "message"; readonly message: Message }
  | {
      readonly kind: "made";
      readonly status: number;
      readonly contentType: string | undefined;
      readonly body: Buffer | Render | undefined;
      readonly headers: readonly { readonly name: string; readonly value: Render }[];
    }
  /** An empty errorfile: the connection is closed without a word. */
  | { readonly kind: "nothing"; readonly status: number }
  /** What the proxies say of the status: errorfile, http-error, or the one that is built in. */
  | { readonly kind: "default"; readonly status: number };

/** What a proxy answers for each status. */
export class Replies {
  readonly #byStatus = new Map<number, CompiledReply>();

  constructor(section: ProxySection, sections: readonly HttpErrors[], compile: ExpressionCompiler) {
    for (const [status, reply] of section.errors)
      this.#byStatus.set(status, compileError(status, reply, sections, compile));
    for (const [status, { code, url }] of section.errorLocations)
      this.#byStatus.set(status, { kind: "message", message: locationMessage(code, url) });
  }

  get(status: number): CompiledReply | undefined {
    const reply = this.#byStatus.get(status);
    return reply?.kind === "default" ? undefined : reply;
  }
}

/** errorloc and errorloc303. */
function locationMessage(code: 302 | 303, url: string): Message {
  const reason = code === 302 ? "Found" : "See Other";
  const headers = new Headers(["cache-control", "content-length", "location"], ["no-cache", "0", url]);
  return { status: code, reason, headers, body: Buffer.alloc(0), close: false };
}

function compileError(
  status: number,
  reply: ErrorReply,
  sections: readonly HttpErrors[],
  compile: ExpressionCompiler,
): CompiledReply {
  const { body, otherwise } = reply;
  if (body.kind === "errorfiles" && otherwise !== undefined)
    if (!sections.find(({ name }) => name === body.section)?.errors.has(status))
      return compileError(status, otherwise, sections, compile);
  return compileBody(status, body, reply, sections, compile);
}

/** `fallback`: the status where the rule names none. */
export function compileReply(
  reply: Reply,
  fallback: number,
  sections: readonly HttpErrors[],
  compile: ExpressionCompiler,
): CompiledReply {
  return compileBody(reply.status ?? fallback, reply.body, reply, sections, compile);
}

function compileBody(
  status: number,
  body: ReplyBody,
  reply: Pick<ErrorReply, "contentType" | "headers">,
  sections: readonly HttpErrors[],
  compile: ExpressionCompiler,
): CompiledReply {
  if (body.kind === "errorfile") {
    if (body.bytes.length === 0) return { kind: "nothing", status };
    const message = readMessage(body.bytes);
    return message === undefined ? { kind: "default", status } : { kind: "message", message };
  }
  if (body.kind === "errorfiles") {
    const error = sections.find(({ name }) => name === body.section)?.errors.get(status);
    return error === undefined ? { kind: "default", status } : compileError(status, error, sections, compile);
  }
  if (body.kind === "default" && reply.headers.length === 0) return { kind: "default", status };
  const headers = reply.headers.map(({ name, format }) => ({
    name: name.toLowerCase(),
    value: compile.format(format),
  }));
  const made = { kind: "made" as const, status, contentType: reply.contentType, headers };
  if (body.kind === "file" || body.kind === "string") return { ...made, body: body.bytes };
  if (body.kind === "lf-file" || body.kind === "lf-string")
    return { ...made, contentType: reply.contentType ?? "text/html", body: compile.format(body.format) };
  return { ...made, body: undefined };
}

/** The answer to one request. */
export function makeMessage(reply: CompiledReply & { kind: "made" }, context: SampleContext): Message {
  const { status, contentType } = reply;
  const body =
    typeof reply.body === "function"
      ? Buffer.from(reply.body(context), "latin1")
      : (reply.body ?? Buffer.alloc(0));
  const headers = new Headers();
  for (const { name, value } of reply.headers) {
    const text = value(context);
    if (text !== "") headers.add(name, text);
  }
  headers.add("content-length", String(body.length));
  if (body.length > 0 && contentType !== undefined) headers.add("content-type", contentType);
  return { status, reason: reasonOf(status), headers, body, close: false };
}

/** What is answered for a status: the back end's own, the front end's, or the one that is built in (http_error_message). */
export function findReply(status: number, back: Replies, front: Replies): CompiledReply {
  return back.get(status) ?? front.get(status) ?? { kind: "message", message: builtinMessage(status) };
}
