import { sendText } from "../answer/send.js";
import { type Counts, readingOf } from "../compile/build.js";
import type { Step } from "../runtime.js";

/** stub_status: connections and requests as nginx prints them (ngx_http_stub_status_module). */
export function stubStatus(counts: Counts): Step {
  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return 405;
    const { active, accepted, handled, requests, waiting, writing } = counts;
    request.answer.status = 200;
    request.answer.contentType = "text/plain";
    sendText(
      request,
      `Active connections: ${active} \nserver accepts handled requests\n ${accepted} ${handled} ${requests} \n` +
        `Reading: ${readingOf(counts)} Writing: ${writing} Waiting: ${waiting} \n`,
    );
    return "done";
  };
}
