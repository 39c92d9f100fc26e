import { sendText } from "../answer/send.js";
import { type ApiData, loadedAt } from "../api/index.js";
import type { Step } from "../runtime.js";
import { statusPage } from "./page.js";

/** `status_page [refresh=TIME]`: what `api` tells, as a page for people. */
export function serveStatusPage(data: ApiData, refresh: number): Step {
  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return 405;
    const { answer } = request;
    answer.status = 200;
    answer.contentType = "text/html";
    answer.charset = "utf-8";
    answer.add("Cache-Control", "no-cache");
    sendText(request, Buffer.from(statusPage(data, refresh, loadedAt)));
    return "done";
  };
}
