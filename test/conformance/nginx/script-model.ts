import type { Finding } from "../../../src/config/finding.js";
import { geo, mapBlock, splitClients } from "../../../src/config/nginx/directives/maps.js";
import type { Block } from "../../../src/config/nginx/index.js";
import { Mistake } from "../../../src/config/nginx/mistake.js";
import {
  compile,
  compileRewrites,
  mostUriChanges,
  type Rewritable,
  type RewriteProgram,
  type RewriteResult,
} from "../../../src/nginx/script/index.js";
import { defineGeo, defineMap, defineSplitClients, Registry } from "../../../src/nginx/variables/index.js";
import { IpAddress } from "../../../src/wire/index.js";
import type { Asked } from "./script-cases.js";

interface Request extends Rewritable {
  readonly forwardedFor: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  /** Of an answer with a body that the file says. */
  readonly body: string | undefined;
  /** What a header says that every answer has. */
  readonly seen: string;
}

interface Location {
  readonly prefix: string;
  readonly program: RewriteProgram<Request> | undefined;
}

/** What a file's variables and rewrites do, without a server around them. */
export class ScriptModel {
  readonly #registry = coreVariables();
  readonly #locations: Location[] = [];
  readonly #seen;
  /** What nginx names before it ends. */
  readonly findings: readonly Finding[];

  constructor(main: Block, seen = "") {
    const place = { file: "", line: 0, column: 0 };
    this.#seen = compile({ text: seen, place }, this.#registry);
    this.findings = this.#read(main) ?? this.#registry.seal();
  }

  #read(main: Block): Finding[] | undefined {
    const http = main.all("http")[0]!;
    const addresses = {
      client: () => IpAddress.of("127.0.0.1"),
      forwardedFor: (request: Request) => request.forwardedFor,
    };
    try {
      for (const model of http.value(geo)) defineGeo(model, this.#registry, addresses);
      for (const model of http.value(mapBlock)) defineMap(model, this.#registry);
      for (const model of http.value(splitClients)) defineSplitClients(model, this.#registry);
      for (const server of http.all("http-server")) {
        compileRewrites(server.rewrites, this.#registry);
        for (const location of server.all("location"))
          this.#locations.push({
            prefix: location.statement!.words[0]!.text,
            program: compileRewrites(location.rewrites, this.#registry),
          });
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      return [error.finding({ file: "", line: 0, column: 0 })];
    }
  }

  /** undefined: the connection is closed without an answer. */
  answer({ target, forwardedFor }: Asked): Answer | undefined {
    const [path = "", args = ""] = target.split("?");
    const request: Request = {
      known: [],
      captured: undefined,
      uri: path.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      args,
      quotedUri: /[%+]/.test(path),
      isLocationValid: true,
      uriChangesLeft: mostUriChanges,
      becomeInternal() {},
      enter() {},
      forwardedFor: forwardedFor === undefined ? [] : [forwardedFor],
    };
    return this.#answerOf(this.#run(request), request);
  }

  #run(request: Request): RewriteResult {
    for (;;) {
      const fitting = this.#locations.filter(({ prefix }) => request.uri.startsWith(prefix));
      const location = fitting.sort((a, b) => b.prefix.length - a.prefix.length)[0];
      const result = location?.program?.run(request, "location") ?? { kind: "next" };
      if (result.kind !== "rewritten") return result;
    }
  }

  #answerOf(result: RewriteResult, request: Request): Answer | undefined {
    const said = (status: number, more: Partial<Answer> = {}): Answer => ({
      status,
      location: undefined,
      body: undefined,
      seen: this.#seen.value(request),
      ...more,
    });
    switch (result.kind) {
      case "status":
        return result.status === 444 ? undefined : said(result.status);
      case "respond":
        return said(result.status, { body: result.text });
      case "redirect":
        return said(result.status, { location: result.location });
      case "failed":
        return said(500);
      default:
        return said(404);
    }
  }
}

function coreVariables(): Registry<Request> {
  const registry = new Registry<Request>();
  const changing = { kept: false };
  registry.define("uri", ({ uri }) => uri, changing);
  registry.define("is_args", ({ args }) => (args === "" ? "" : "?"), changing);
  registry.define("request_uri", () => "");
  registry.define("host", () => "localhost");
  registry.define("scheme", () => "http");
  registry.define("args", ({ args }) => args, {
    kept: false,
    changeable: true,
    set: (request, value) => {
      request.args = value;
    },
  });
  const argument = (name: string) => (request: Request) => {
    const found = request.args.split("&").find((part) => part.toLowerCase().startsWith(`${name}=`));
    return found?.slice(name.length + 1);
  };
  registry.definePrefix("arg_", argument, changing);
  registry.definePrefix("http_", () => () => undefined);
  return registry;
}
