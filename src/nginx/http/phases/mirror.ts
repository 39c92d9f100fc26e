import type { HttpRequest } from "../request.js";
import { readBody } from "../request-body.js";
import type { Step } from "../runtime.js";
import { subrequest } from "../subrequest/subrequest.js";

/** Sends requests to other locations, too, whose answers nobody gets (ngx_http_mirror_module). */
export function mirror(uris: readonly string[], withBody: boolean): Step {
  return async (request) => {
    const { body } = request.exchange;
    const hasBody = withBody && body.length !== 0;
    if (hasBody && request.body === undefined) {
      const status = await readWhole(request);
      if (request.isFinished) return "done";
      if (status !== undefined) return status;
    }
    const { args, method } = request;
    // What goes wrong with it is in the log already.
    for (const uri of uris)
      subrequest(request, { uri, args, method, hasBody, inBackground: true }).catch(() => {});
    return "next";
  };
}

/** Reads the body into the request; undefined, or the status that refuses it. */
function readWhole(request: HttpRequest): Promise<number | undefined> {
  const { bodyBufferSize, maxBodySize, bodyTimeoutMs, bodyFolder } = request.location;
  const limits = {
    memory: bodyBufferSize,
    most: maxBodySize,
    timeoutMs: bodyTimeoutMs,
    folder: bodyFolder,
  };
  return new Promise((resolve) =>
    readBody(request, limits, (read) => {
      if (typeof read !== "number") {
        request.body = read;
        request.onEnd.push(() => read.close());
      }
      resolve(typeof read === "number" ? read : undefined);
    }),
  );
}
