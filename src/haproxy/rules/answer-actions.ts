import { Headers } from "../../proxy/index.js";
import { earlyHint } from "../stream/http/early-hints.js";
import type { HttpStream } from "../stream/http/http-stream.js";
import { builtinMessage } from "../stream/http/messages.js";
import { type CompiledReply, compileReply, findReply, makeMessage } from "../stream/http/replies.js";
import { countHttpError } from "../tables/index.js";
import type { ActionMaker, RuleOf } from "./action-maker.js";
import { Outcome } from "./outcome.js";
import { pathAndQuery } from "./uri.js";

/** Actions that answer the client. */
export const answerActions = {
  deny: (rule: RuleOf<"deny">, { process, set }) => {
    const reply = compileReply(
      rule.reply,
      set === "http-response" ? 502 : 403,
      process.config.httpErrors,
      process.compile,
    );
    return ({ stream }) => deny(stream as HttpStream, reply);
  },

  tarpit: (rule: RuleOf<"tarpit">, { process }) => {
    const reply = compileReply(rule.reply, 500, process.config.httpErrors, process.compile);
    return ({ stream }) => {
      (stream as HttpStream).tarpitted = true;
      return deny(stream as HttpStream, reply);
    };
  },

  return: (rule: RuleOf<"return">, { process, set }) => {
    const reply = compileReply(rule.reply, 200, process.config.httpErrors, process.compile);
    const inRequest = set === "http-request";
    return ({ stream }) => {
      const http = stream as HttpStream;
      answered(http, inRequest);
      http.status = statusOf(reply);
      http.own.sendReply(reply);
      return Outcome.abort;
    };
  },

  auth: (rule: RuleOf<"auth">, { section }) => {
    const realm = rule.realm ?? section.name;
    return ({ stream }) => {
      const http = stream as HttpStream;
      const { options } = http.front.section;
      const { target } = http.request;
      const proxied = options.httpUseProxyHeader && !target.startsWith("/") && target !== "*";
      answered(http, true);
      http.own.askForUser(proxied ? 407 : 401, realm);
      if (http.tracked.length + http.session.tracked.length > 0)
        countHttpError({ session: http.session, stream: http });
      return Outcome.abort;
    };
  },

  redirect: (rule: RuleOf<"redirect">, { process, set }) => {
    const render = process.compile.format(rule.format);
    const inRequest = set === "http-request";
    return (context) => {
      const http = context.stream as HttpStream;
      let location: string;
      if (rule.kind === "location") {
        location = render(context);
        if (location === "" && rule.ignoreEmpty) return Outcome.next;
      } else {
        let path = pathAndQuery(http.request.target) ?? "/";
        if (rule.dropQuery) path = path.split("?", 1)[0] as string;
        const text = render(context);
        location =
          rule.kind === "scheme"
            ? `${text}://${http.request.headers.get("host") ?? ""}${path}`
            : (text === "/" ? "" : text) + path;
        if (rule.appendSlash && location !== "" && !location.endsWith("/")) location += "/";
      }
      const headers = new Headers(["content-length", "location"], ["0", location]);
      if (rule.code === 302 || rule.code === 303 || rule.code === 307)
        headers.add("cache-control", "no-cache");
      if (rule.setCookie !== undefined) headers.add("set-cookie", rule.setCookie);
      answered(http, inRequest);
      http.status = rule.code;
      http.own.send({
        status: rule.code,
        reason: redirectReasons[rule.code] as string,
        headers,
        body: Buffer.alloc(0),
        close: false,
      });
      return Outcome.abort;
    };
  },

  "early-hint": (rule: RuleOf<"early-hint">, { process }, rules, at) => {
    const render = process.compile.format(rule.format);
    const last = rules[at + 1]?.action !== "early-hint";
    return (context) => {
      earlyHint(context.stream as HttpStream, rule.name.toLowerCase(), render(context), last);
      return Outcome.next;
    };
  },
} satisfies Record<string, ActionMaker>;

const redirectReasons: Readonly<Record<number, string>> = {
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
};

function statusOf(reply: CompiledReply): number {
  return reply.kind === "message" ? reply.message.status : reply.status;
}

function deny(stream: HttpStream, reply: CompiledReply): Outcome {
  stream.status = statusOf(reply);
  stream.own.reply = reply;
  return Outcome.deny;
}

/** A rule answers: the proxy ends it, and nothing went wrong. */
function answered(stream: HttpStream, inRequest: boolean): void {
  if (inRequest) {
    stream.times.request = stream.now;
    if (stream.frontend === stream.backend) stream.tally.front("interceptedRequests");
  } else stream.times.response = -1;
  stream.endsBy("L", inRequest ? "R" : "H");
}

/** The proxies' own answer of 401 or 407, with a challenge of ours. */
export function challenge(stream: HttpStream, status: number, realm: string) {
  const found = findReply(status, stream.back.replies, stream.front.replies);
  const message =
    found.kind === "message"
      ? found.message
      : found.kind === "made"
        ? makeMessage(found, stream.requestContext)
        : builtinMessage(status);
  const headers = message.headers.copy();
  headers.set(status === 407 ? "proxy-authenticate" : "www-authenticate", `Basic realm="${realm}"`);
  return { ...message, headers };
}
