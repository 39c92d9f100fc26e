import type { Reply, ReplyBody } from "../model/rule.js";
import { leadingNumber } from "../values/numbers.js";
import { errorStatuses, readErrorFile } from "./error-files.js";
import type { RuleContext } from "./rule-context.js";

/** Words of `return`, `deny` and `http-error` that make an answer (http_htx.c, http_parse_http_reply). */
export function replyWords(rule: RuleContext, defaultStatus: number): Reply {
  return new ReplyReader(rule, defaultStatus).read();
}

type Payload =
  | "errorfiles"
  | "default-errorfiles"
  | "errorfile"
  | "file"
  | "string"
  | "lf-file"
  | "lf-string";
const payloads: readonly string[] = [
  "errorfiles",
  "default-errorfiles",
  "errorfile",
  "file",
  "string",
  "lf-file",
  "lf-string",
];

class ReplyReader {
  #status: number;
  #contentType: string | undefined;
  #payload: Payload | undefined;
  #body: ReplyBody = { kind: "none" };
  #text: { readonly text: string; readonly index: number } | undefined;
  readonly #headers: Reply["headers"][number][] = [];

  constructor(
    private readonly rule: RuleContext,
    private readonly defaultStatus: number,
  ) {
    this.#status = defaultStatus;
  }

  read(): Reply {
    const { rule } = this;
    for (;;) {
      const word = rule.word;
      if (word === "status") this.#setStatus();
      else if (word === "content-type") {
        rule.at++;
        this.#contentType = rule.need("'content-type' expects <ctype> as argument");
      } else if (word === "hdr") this.#header();
      else if (payloads.includes(word)) this.#setPayload(word as Payload);
      else break;
    }
    this.#check();
    return {
      status: this.#status === this.defaultStatus ? undefined : this.#status,
      contentType: this.#contentType,
      body: this.#body,
      headers: this.#headers,
    };
  }

  #setStatus(): void {
    const { rule } = this;
    rule.at++;
    const text = rule.need("'status' expects <status_code> as argument");
    this.#status = leadingNumber(text);
    if (this.#status < 200 || this.#status > 599) rule.fail(`Unexpected status code '${this.#status}'`);
  }

  #header(): void {
    const { rule } = this;
    rule.at++;
    if (rule.word === "" || rule.directive.at(rule.at + 1) === "")
      rule.fail("'hdr' expects <name> and <value> as arguments", "missing-argument");
    const name = rule.take();
    if (/^(content-length|transfer-encoding|content-type)$/i.test(name)) {
      rule.directive.warn(`header '${name}' always ignored by the http reply.`, {
        word: rule.at - 1,
        code: "ignored",
      });
      rule.at++;
      return;
    }
    this.#headers.push({ name, format: rule.format() });
  }

  #setPayload(word: Payload): void {
    const { rule } = this;
    if (this.#payload)
      rule.fail(`unexpected '${word}' argument, '${this.#payload}' already defined`, "twice");
    this.#payload = word;
    rule.at++;
    if (word === "default-errorfiles") {
      this.#body = { kind: "default" };
      return;
    }
    const expects = {
      errorfiles: "<name>",
      errorfile: "<fmt>",
      file: "<file>",
      string: "<str>",
      "lf-file": "<file>",
      "lf-string": "<fmt>",
    };
    const text = rule.need(`'${word}' expects ${expects[word]} as argument`);
    const index = rule.at - 1;
    switch (word) {
      case "errorfiles":
        this.#body = { kind: "errorfiles", section: text };
        rule.check = () =>
          rule.directive.reading.httpErrors.some((one) => one.name === text)
            ? undefined
            : `unknown http-errors section '${text}' referenced by an http reply `;
        return;
      case "errorfile":
        this.#body = { kind: "errorfile", bytes: readErrorFile(rule.directive, text) };
        return;
      case "file":
        this.#body = { kind: "file", bytes: this.#file(text) };
        return;
      case "string":
        this.#body = { kind: "string", bytes: Buffer.from(text, "latin1") };
        return;
      case "lf-file":
        this.#text = { text: this.#file(text).toString("latin1"), index };
        return;
      default:
        this.#text = { text, index };
    }
  }

  #file(path: string): Buffer {
    const { rule } = this;
    const found = rule.directive.reading.world.readFile(path);
    if ("reason" in found) return rule.fail(`error opening file '${path}'`, "no-file");
    const most = rule.directive.reading.global.tune.bufsize;
    if (found.bytes.length > most)
      rule.fail(`file '${path}' exceeds the buffer size (${found.bytes.length} > ${most})`);
    return found.bytes;
  }

  #ignoreType(why: string): void {
    if (this.#contentType === undefined) return;
    this.rule.directive.warn(`content-type '${this.#contentType}' ignored by the http reply ${why}.`, {
      code: "ignored",
    });
    this.#contentType = undefined;
  }

  #check(): void {
    const { rule } = this;
    const status = this.#status;
    const bare = status === 204 || status === 304;
    if (!this.#payload) {
      this.#ignoreType("because neither errorfile nor payload defined");
      return;
    }
    if (
      this.#payload === "errorfiles" ||
      this.#payload === "default-errorfiles" ||
      this.#payload === "errorfile"
    ) {
      if (this.#payload !== "errorfile" && !errorStatuses.includes(status))
        rule.fail(`status code '${status}' not handled by default with '${this.#payload}' argument.`);
      this.#ignoreType("when used with an erorrfile");
      if (this.#headers.length > 0) {
        rule.directive.warn("hdr parameters ignored by the http reply when used with an erorrfile.", {
          code: "ignored",
        });
        this.#headers.length = 0;
      }
      return;
    }
    if (this.#text) {
      if (bare) rule.fail(`No body expected for ${status} responses`);
      if (this.#contentType === undefined)
        rule.fail("a content type must be defined with a log-format payload");
      const { text, index } = this.#text;
      this.#body = { kind: this.#payload as "lf-file" | "lf-string", format: rule.format(text, index) };
      return;
    }
    const { length } = (this.#body as { readonly bytes: Buffer }).bytes;
    if (bare && length > 0) rule.fail(`No body expected for ${status} responses`);
    if (this.#contentType === undefined && length > 0)
      rule.fail("a content type must be defined when non-empty payload is configured");
    if (length === 0) this.#ignoreType("when used with an empty payload");
    const { bufsize, maxrewrite } = rule.directive.reading.global.tune;
    if (bufsize - length < maxrewrite)
      rule.directive.warn(
        "http reply payload runs over the buffer space reserved to headers rewriting. It may lead to internal errors if strict rewriting mode is enabled.",
        { code: "big-reply" },
      );
  }
}
