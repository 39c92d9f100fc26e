import type { HttpRequest } from "../../request.js";
import type { Step, Verdict } from "../../runtime.js";
import { failed, finishRequest } from "../../serve.js";
import { ProxyRun } from "./run.js";
import type { NoTarget, ProxySettings, ProxyTarget } from "./settings.js";

/** proxy_pass: gives requests to a server, and its answers to the client. */
export function proxyPass(settings: ProxySettings): Step {
  return (request) => {
    const target = settings.target(request);
    if (!(target instanceof Promise)) return begin(request, settings, target);
    target.then(
      (found) => {
        const verdict = begin(request, settings, found);
        if (typeof verdict === "number") finishRequest(request, verdict);
      },
      (error) => failed(request, error),
    );
    return "done";
  };
}

function begin(request: HttpRequest, settings: ProxySettings, target: ProxyTarget | NoTarget): Verdict {
  if ("sentence" in target) {
    request.connection.log("error", target.sentence, request);
    return target.status;
  }
  new ProxyRun(request, settings, target).start();
  return "done";
}
