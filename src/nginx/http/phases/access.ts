import type { AccessRule } from "../../../config/nginx/model/index.js";
import { accessCheck } from "../../networks.js";
import type { HttpRequest } from "../request.js";
import type { Step } from "../runtime.js";

export function accessStep(rules: readonly AccessRule[]): Step {
  const may = accessCheck(rules);
  return (request) => {
    if (may(request.clientAddress)) return "next";
    return forbidden(request);
  };
}

function forbidden(request: HttpRequest): 403 {
  request.connection.log("error", "access forbidden by rule", request);
  return 403;
}

/** auth_delay: who may not come in is told so only after a time, so that guessing takes long (ngx_http_core_auth_delay). */
export function delayed(step: Step, ms: number): Step {
  return async (request) => {
    const verdict = await step(request);
    if (verdict !== 401) return verdict;
    request.connection.log("info", "delaying unauthorized request", request);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      request.onEnd.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return verdict;
  };
}

/** satisfy any: one of several is enough; else the last refusal counts, but 401 before 403. */
export function anyOf(steps: readonly Step[]): Step {
  return async (request) => {
    let refusal: number | undefined;
    for (const step of steps) {
      const verdict = await step(request);
      if (verdict === "next") {
        request.answer.remove("www-authenticate");
        return "next";
      }
      if (verdict === "done") return "done";
      refusal = refusal === 401 ? 401 : verdict;
    }
    return refusal ?? "next";
  };
}
