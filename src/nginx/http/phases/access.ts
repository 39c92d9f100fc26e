import { BlockList, isIP } from "node:net";
import type { AccessRule } from "../../../config/nginx/model/index.js";
import type { HttpRequest } from "../request.js";
import type { Step } from "../runtime.js";
import { familyOf, fillBlockList } from "./networks.js";

/** allow and deny: the first rule that fits decides; where none does it is allowed (ngx_http_access_module). */
export function mayEnter(rules: readonly AccessRule[]): (address: string) => boolean {
  const tests = rules.map(({ allow, who }) => ({ allow, fits: testOf(who) }));
  return (address) => tests.find(({ fits }) => fits(address))?.allow ?? true;
}

function testOf(who: string): (address: string) => boolean {
  if (who === "all") return () => true;
  if (who === "unix:") return (address) => address === "unix:";
  const list = new BlockList();
  fillBlockList(list, who);
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

export function accessStep(rules: readonly AccessRule[]): Step {
  const may = mayEnter(rules);
  return (request) => {
    if (may(request.clientAddress)) return "next";
    return forbidden(request);
  };
}

function forbidden(request: HttpRequest): 403 {
  request.connection.log("error", "access forbidden by rule", request);
  return 403;
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
