import type { HttpRequest } from "../request.js";
import type { Step, Text, Verdict } from "../runtime.js";
import { subrequest } from "../subrequest/subrequest.js";

/** `auth_request_set`: what a variable is, once the question was answered; its text is the answer's. */
export interface AuthAssignment {
  readonly assign: (request: HttpRequest, value: string) => void;
  readonly value: Text;
}

/** Asks another location whether a request may be served: 2xx, or 401 and 403 for the client (ngx_http_auth_request_module). */
export function authRequest(uri: string, assignments: readonly AuthAssignment[]): Step {
  return async (request) => {
    const asked = await subrequest(request, { uri });
    if (request.isFinished) return "done";
    for (const { assign, value } of assignments) assign(request, value.value(asked));
    return verdictOf(request, asked);
  };
}

function verdictOf(request: HttpRequest, { answer }: HttpRequest): Verdict {
  const { status } = answer;
  if (status >= 200 && status < 300) return "next";
  if (status === 403) return 403;
  if (status !== 401) {
    request.connection.log("error", `auth request unexpected status: ${status}`, request);
    return 500;
  }
  const at = answer.names.findIndex((name) => name.toLowerCase() === "www-authenticate");
  if (at >= 0) {
    request.answer.remove("www-authenticate");
    request.answer.add("WWW-Authenticate", answer.values[at] as string);
  }
  return 401;
}
