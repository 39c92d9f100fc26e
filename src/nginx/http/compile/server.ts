import type { ServerName } from "../../../config/nginx/model/index.js";
import { compileExpression } from "../../variables/expression.js";
import { LocationTree } from "../match/location-tree.js";
import type { HttpRequest } from "../request.js";
import type { HttpServer, Location } from "../runtime.js";
import { beginInZone } from "../status/status-zone.js";
import type { Build } from "./build.js";
import { certificateTexts } from "./certificates.js";
import { additions, type Block, core, proxy, tls } from "./definitions.js";
import { compileLocation, realIpOf } from "./location.js";
import { compileRewrite } from "./rewrite.js";

type Tree = LocationTree<Location, HttpRequest>;

/** Makes what serves of a server's block. */
export function compileServer(block: Block, build: Build): HttpServer {
  const names = block.value(core.serverName);
  const named = new Map<string, Location>();
  const locations = levelOf(block, build, named);
  return {
    name: plainName(names[0]),
    names,
    base: compileLocation(block, build, undefined),
    locations,
    named,
    ifLocations: build.ifLocations,
    rewrite: compileRewrite(block, build),
    postRead: counted(block, build, realIpOf(block, build)),
    verifyClient: block.value(tls.sslVerifyClient),
    verifyDepth: block.value(tls.sslVerifyDepth),
    certificateTexts: certificateTexts(block, build),
    mergeSlashes: block.value(core.mergeSlashes),
    headerSize: Math.max(
      block.value(core.largeClientHeaderBuffers).size,
      block.value(core.clientHeaderBufferSize),
    ),
    underscoresInHeaders: block.value(core.underscoresInHeaders),
    ignoreInvalidHeaders: block.value(core.ignoreInvalidHeaders),
  };
}

/** `status_zone`: requests of the server are counted from when it is known that they are its own. */
function counted(block: Block, build: Build, read: HttpServer["postRead"]): HttpServer["postRead"] {
  const name = block.own(additions.statusZone);
  if (name === undefined) return read;
  const zone = build.status.serverZones.take(name);
  return (request) => {
    beginInZone(zone, request);
    read?.(request);
  };
}

/** $server_name: the first name without the dot at its beginning; an expression with its "~". */
function plainName(first: ServerName | undefined): string {
  if (first === undefined) return "";
  return first.kind === "regex" ? `~${first.name}` : first.name.replace(/^\./, "");
}

/** The locations of a level, each with those within it; named ones are the server's. */
function levelOf(block: Block, build: Build, named: Map<string, Location>): Tree {
  const tree: Tree = new LocationTree();
  for (const child of block.all("location")) {
    const match = child.own(core.locationBlock)!;
    const location = compileLocation(child, build, compileRewrite(child, build));
    if (match.kind === "named") {
      named.set(match.name, location);
      continue;
    }
    const inner = child.all("location").length > 0 ? levelOf(child, build, named) : undefined;
    const { ignoreCase, name } = match;
    const expression =
      match.kind === "regex"
        ? compileExpression(name, { ignoreCase, place: child.statement!.name.place }, build.registry)
        : undefined;
    tree.add(match, location, {
      ...(inner && { inner }),
      ...(expression && { test: (path: string, request: HttpRequest) => expression.match(request, path) }),
      redirects: child.own(proxy.proxyPass) !== undefined,
    });
  }
  return tree;
}
