import { sendText } from "../answer/send.js";
import { readingOf, type WorkerCounts } from "../counts.js";
import type { Step } from "../runtime.js";

/** stub_status: connections and requests of all workers, as nginx prints them (ngx_http_stub_status_module). */
export function stubStatus(counts: WorkerCounts): Step {
  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return 405;
    const { total } = counts;
    const { active, accepted, handled, requests, waiting, writing } = total;
    request.answer.status = 200;
    request.answer.contentType = "text/plain";
    sendText(
      request,
      `Active connections: ${active} \nserver accepts handled requests\n ${accepted} ${handled} ${requests} \n` +
        `Reading: ${readingOf(total)} Writing: ${writing} Waiting: ${waiting} \n`,
    );
    return "done";
  };
}
