import { compileRewrites, type RewriteLog } from "../../script/index.js";
import type { Rewrite } from "../runtime.js";
import type { Build } from "./build.js";
import { type Block, rewriting } from "./definitions.js";
import { compileLocation } from "./location.js";

/** What the rewrite directives of a server's or a location's block do; undefined: there are none. */
export function compileRewrite(block: Block, build: Build): Rewrite | undefined {
  const program = compileRewrites(block.rewrites, build.registry);
  if (program === undefined) return undefined;
  makeIfLocations(block, build);
  const phase = block.context === "http-server" ? "server" : "location";
  const tells = block.value(rewriting.rewriteLog);
  return (request) => {
    const log: RewriteLog = (level, sentence) => request.connection.log(level, sentence, request);
    return program.run(request, phase, log, tells);
  };
}

/** What holds within an `if` of a location, once it was entered. */
function makeIfLocations(block: Block, build: Build): void {
  for (const inner of block.all("location-if"))
    build.ifLocations.set(inner, compileLocation(inner, build, undefined));
}
