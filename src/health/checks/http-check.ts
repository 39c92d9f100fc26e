import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { HttpUrl, SslSettings } from "../../config/keepalived/model/index.js";
import { type Answer, failed, type Trouble, unknown } from "./answer.js";
import { converse } from "./conversation.js";
import { HttpAnswer } from "./http-answer.js";
import type { AskWorld, CheckOf, Question } from "./question.js";

type HttpQuestion = Question<CheckOf<"HTTP_GET" | "SSL_GET">>;

/** HTTP_GET and SSL_GET: asks for one url. What is good about an answer, http-answer.ts knows. */
export async function askHttp(question: HttpQuestion, world: AskWorld, signal: AbortSignal): Promise<Answer> {
  const { check } = question;
  const url = check.urls[question.url];
  if (!url) return { outcome: "passed", detail: "no url" };
  let tls: ConnectionOptions | undefined;
  try {
    tls = check.kind === "SSL_GET" ? tlsOptions(question, url, world.ssl) : undefined;
  } catch (error) {
    return unknown(`SSL error: ${(error as Error).message}`);
  }
  const answer = new HttpAnswer(url);
  return converse(
    { connection: check, step: check.timing.connectTimeout, ...(tls && { tls }) },
    {
      begin: (line) => line.send(request(question, url)),
      heard(bytes, line) {
        const state = answer.take(bytes);
        if (state === "done") line.end(answer.judge());
        else if (state === "too long") line.end(failed("Answer is too long from"));
        else line.progress();
      },
      closed: (line) => line.end(answer.judge()),
      trouble: (trouble) => words(trouble, check.kind === "SSL_GET", answer.begun),
    },
    world,
    signal,
  );
}

/** RFC 9112, section 3; the words are the real keepalived's. */
export function request({ check, server, virtual }: HttpQuestion, url: HttpUrl): string {
  const { address, port } = check.connect;
  const own = address.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  const host = url.virtualHost ?? check.virtualHost ?? server.virtualHost ?? virtual.virtualHost ?? own;
  const version = check.httpProtocol.startsWith("1.1") ? "1.1" : "1.0";
  const keeps = check.httpProtocol.endsWith("k");
  const closes = !keeps && (version === "1.1" || check.httpProtocol.endsWith("c"));
  const lines = [
    `GET ${url.path} HTTP/${version}`,
    "User-Agent: KeepAliveClient",
    ...(closes ? ["Connection: close"] : keeps ? ["Connection: keep-alive"] : []),
    `Host: ${host}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The real one asks who the server is of nobody: real servers have certificates of their own making. */
function tlsOptions(
  { check, virtual }: HttpQuestion,
  url: HttpUrl,
  ssl: SslSettings | undefined,
): ConnectionOptions {
  const name = check.sni ? (url.virtualHost ?? check.virtualHost ?? virtual.virtualHost) : undefined;
  return {
    rejectUnauthorized: false,
    ...(name !== undefined && { servername: name.replace(/:\d+$/, "") }),
    ...(ssl?.certificate !== undefined && { cert: readFileSync(ssl.certificate) }),
    ...(ssl?.key !== undefined && { key: readFileSync(ssl.key) }),
    ...(ssl?.ca !== undefined && { ca: readFileSync(ssl.ca) }),
    ...(ssl?.password !== undefined && { passphrase: ssl.password }),
  };
}

function words({ at, kind, code }: Trouble, secure: boolean, begun: boolean): Answer {
  if (kind === "own") return unknown(code);
  if (kind === "stopped") return unknown("stopped");
  const timeout = kind === "timeout";
  if (at === "connect") return failed(timeout ? "Timeout connecting" : "Connection failed");
  if (at === "handshake")
    return failed(timeout ? "Timeout connecting" : "SSL handshake/communication error connecting to");
  if (timeout) return failed(!begun ? "Timeout WEB read" : secure ? "Timeout SSL read" : "Timeout HTTP read");
  return failed("Read error with");
}
