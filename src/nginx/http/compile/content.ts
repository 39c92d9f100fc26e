import { serveApi } from "../api/index.js";
import { autoindex } from "../content/autoindex.js";
import { emptyGif } from "../content/empty-gif.js";
import { gzipStatic } from "../content/gzip-static.js";
import { indexStep } from "../content/index.js";
import { proxyPass } from "../content/proxy/index.js";
import { randomIndex } from "../content/random-index.js";
import { serveStatic } from "../content/static.js";
import { stubStatus } from "../content/stub-status.js";
import type { Step } from "../runtime.js";
import { serveStatusPage } from "../status/index.js";
import { type Build, fixed, textOf } from "./build.js";
import { additions, autoindexing, type Block, gzip, proxy, small } from "./definitions.js";
import { proxySettings } from "./proxy.js";

/** What makes a location's answers. */
export function contentOf(block: Block, build: Build): Step {
  const handler = handling(block);
  const settings = proxySettings(handler, block, build);
  if (settings !== undefined) return proxyPass(settings);
  if (handler.own(small.stubStatus)) return stubStatus(build.counts);
  if (handler.own(small.emptyGif)) return emptyGif;
  const api = handler.own(additions.api);
  if (api !== undefined) return serveApi(build.status, api.write);
  const refresh = handler.own(additions.statusPage);
  if (refresh !== undefined) return serveStatusPage(build.status, refresh);
  const folder = folderOf(block, build);
  const file = fileOf(block);
  return (request) => (request.uri.endsWith("/") ? folder(request) : file(request));
}

/** A block without a name of its own: it does what the location around it does, unless it says otherwise. */
const isWithin = (block: Block): boolean =>
  block.context === "location-if" || block.context === "limit_except";

/** The block whose proxy_pass or like directive holds here: these aren't taken over by locations within. */
export function handling(block: Block): Block {
  const own =
    block.own(proxy.proxyPass) !== undefined ||
    block.own(small.stubStatus) === true ||
    block.own(small.emptyGif) === true ||
    block.own(additions.api) !== undefined ||
    block.own(additions.statusPage) !== undefined;
  return own || !isWithin(block) || block.parent === undefined ? block : handling(block.parent);
}

/** Paths that end with a slash: random_index, index, autoindex. */
function folderOf(block: Block, build: Build): Step {
  const names = block.value(small.index);
  const lists = block.value(autoindexing.autoindex);
  const settings = {
    format: block.value(autoindexing.autoindexFormat),
    localTime: block.value(autoindexing.autoindexLocaltime),
    exactSize: block.value(autoindexing.autoindexExactSize),
  };
  const index = indexStep(
    names === undefined ? [fixed("index.html")] : names.map((name) => textOf(build, name)),
    lists ? (request) => autoindex(request, settings) : () => "next",
  );
  if (!block.value(autoindexing.randomIndex)) return index;
  return async (request) => {
    const verdict = await randomIndex(request);
    return verdict === "next" ? index(request) : verdict;
  };
}

function fileOf(block: Block): Step {
  const compressed = block.value(gzip.gzipStatic);
  if (compressed === "off") return serveStatic;
  return async (request) => {
    const verdict = await gzipStatic(request, compressed === "always");
    return verdict === "next" ? serveStatic(request) : verdict;
  };
}
