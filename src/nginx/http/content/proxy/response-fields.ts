import type { ResponseHead } from "../../../../proxy/index.js";
import type { HttpRequest } from "../../request.js";
import { changeCookie } from "./cookies.js";
import { changeRedirect, changeRefresh } from "./redirects.js";
import type { ProxySettings } from "./settings.js";

/** What is between two neighbours; the length is said by framing. */
const between = ["connection", "keep-alive", "transfer-encoding", "content-length"];
/** Not passed on unless proxy_pass_header says so. */
const usuallyHidden = [
  "date",
  "server",
  "x-pad",
  "x-accel-expires",
  "x-accel-redirect",
  "x-accel-limit-rate",
  "x-accel-buffering",
  "x-accel-charset",
];

/** What of a server's fields the client isn't sent. */
export function hiddenFields(hidden: ReadonlySet<string>, passed: ReadonlySet<string>): ReadonlySet<string> {
  const said = [...usuallyHidden, ...hidden].filter((name) => !passed.has(name));
  return new Set([...between, ...said]);
}

/** Puts a server's head into the answer, as proxy_… directives change it (ngx_http_upstream_process_headers). */
export function takeHead(request: HttpRequest, settings: ProxySettings, head: ResponseHead): void {
  const { answer } = request;
  const { headers } = head;
  answer.status = head.status;
  answer.reason = head.reason;
  // Where these are passed on, nginx adds none of its own even if the server sent none.
  if (settings.passed.has("date")) answer.passesDate = true;
  if (settings.passed.has("server")) answer.passesServer = true;
  for (let at = 0; at < headers.names.length; at++) {
    const name = headers.names[at] as string;
    if (settings.hidden.has(name)) continue;
    take(request, settings, name, headers.written?.[at] ?? name, headers.values[at] as string);
  }
}

function take(
  request: HttpRequest,
  settings: ProxySettings,
  name: string,
  written: string,
  value: string,
): void {
  const { answer } = request;
  switch (name) {
    case "content-type":
      answer.contentType = value;
      break;
    case "last-modified":
      answer.modifiedBy(value);
      answer.add(written, value);
      break;
    case "date":
      answer.passesDate = true;
      answer.add(written, value);
      break;
    case "server":
      answer.passesServer = true;
      answer.add(written, value);
      break;
    case "location":
      answer.location = changeRedirect(request, value, settings.redirects);
      break;
    case "refresh":
      answer.add(written, changeRefresh(request, value, settings.redirects));
      break;
    case "set-cookie":
      answer.add(
        written,
        settings.cookieChanges.length === 0 ? value : changeCookie(request, value, settings.cookieChanges),
      );
      break;
    default:
      answer.add(written, value);
  }
}
