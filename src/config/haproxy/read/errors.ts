import type { Directive } from "../grammar/directive.js";
import { within } from "../grammar/mistake.js";
import type { ErrorReply } from "../model/proxy.js";
import { leadingNumber } from "../values/numbers.js";
import { errorStatuses, readErrorFile } from "./error-files.js";
import type { ProxyReader } from "./readers.js";
import { replyWords } from "./reply.js";
import { RuleContext } from "./rule-context.js";

function wholeMessage(directive: Directive, index: number): ErrorReply {
  const bytes = within(
    (message) => message,
    () => readErrorFile(directive, directive.at(index)),
    { column: directive.column(index) },
  );
  return {
    body: { kind: "errorfile", bytes },
    contentType: undefined,
    headers: [],
    place: directive.place(),
  };
}

/** `errorfile CODE PATH` of a proxy or an http-errors section: its status and answer, or undefined where the status has none. */
export function errorFile(directive: Directive): readonly [number, ErrorReply] | undefined {
  const status = leadingNumber(directive.at(1));
  const reply = wholeMessage(directive, 2);
  if (errorStatuses.includes(status)) return [status, reply];
  directive.warn(
    `${directive.at(0)} : status code '${status}' not handled, error customization will be ignored.`,
    { word: 1, code: "ignored" },
  );
  return undefined;
}

function needTwo(directive: Directive, what: string): void {
  if (directive.at(1) === "" || directive.at(2) === "")
    directive.fail(`${directive.at(0)} : expects <status_code> and <${what}> as arguments.`, {
      word: directive.length,
      code: "missing-argument",
    });
}

const errorfile: ProxyReader = (directive, proxy) => {
  needTwo(directive, "file");
  within(
    (message) => `${directive.at(0)} : ${message}`,
    () => {
      const found = errorFile(directive);
      if (!found) return;
      proxy.errors.set(...found);
      proxy.errorLocations.delete(found[0]);
    },
  );
};

const errorloc: ProxyReader = (directive, proxy) => {
  needTwo(directive, "url");
  const status = leadingNumber(directive.at(1));
  if (!errorStatuses.includes(status)) {
    directive.warn(
      `${directive.at(0)} : status code '${status}' not handled, error relocation will be ignored.`,
      {
        word: 1,
        code: "ignored",
      },
    );
    return;
  }
  proxy.errorLocations.set(status, {
    code: directive.at(0) === "errorloc303" ? 303 : 302,
    url: directive.at(2),
  });
  proxy.errors.delete(status);
};

const errorfiles: ProxyReader = (directive, proxy) => {
  const name = directive.at(1);
  if (name === "")
    directive.fail("errorfiles : expects <name> as argument.", { word: 1, code: "missing-argument" });
  const statuses: number[] = [];
  for (let index = 2; directive.at(index) !== ""; index++) {
    const status = leadingNumber(directive.at(index));
    if (!errorStatuses.includes(status))
      directive.fail(`errorfiles : status code '${status}' not handled.`, {
        word: index,
        code: "invalid-value",
      });
    statuses.push(status);
  }
  const place = directive.place(1);
  proxy.errorFilesUses.push({ name, statuses, place });
  for (const status of statuses.length > 0 ? statuses : errorStatuses) {
    const before = proxy.errors.get(status);
    proxy.errors.set(status, {
      body: { kind: "errorfiles", section: name },
      contentType: undefined,
      headers: [],
      place,
      ...(before && statuses.length === 0 && { otherwise: before }),
    });
    if (statuses.length > 0) proxy.errorLocations.delete(status);
  }
};

const httpError: ProxyReader = (directive, proxy) => {
  const context = new RuleContext(directive, proxy, "http-request", 0, 1);
  const reply = within(
    (message) => `${directive.at(0)} : ${message}`,
    () => replyWords(new AnyDirection(context), 0),
  );
  const status = reply.status;
  if (status === undefined)
    return directive.fail("http-error : expects at least a <status> as arguments.", {
      word: 1,
      code: "missing-argument",
    });
  if (!errorStatuses.includes(status))
    directive.fail(`http-error: status code '${status}' not handled.`, { word: 1, code: "invalid-value" });
  const { body, contentType, headers } = reply;
  proxy.errors.set(status, { body, contentType, headers, place: directive.place() });
  proxy.errorLocations.delete(status);
};

/** http-error answers are made for requests and responses alike. */
class AnyDirection extends RuleContext {
  constructor(from: RuleContext) {
    super(from.directive, from.proxy, from.set, from.action, from.at);
  }

  override get places(): number {
    return -1;
  }

  override get where() {
    return { ...super.where, context: "in http-error directive in" };
  }

  override get ended(): boolean {
    return this.word === "";
  }
}

export const errorReaders: Readonly<Record<string, ProxyReader>> = {
  errorfile,
  errorloc,
  errorloc302: errorloc,
  errorloc303: errorloc,
  errorfiles,
  "http-error": httpError,
};
