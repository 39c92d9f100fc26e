import { beginAnswer, heedConditions, sendText } from "../answer/send.js";
import type { Step } from "../runtime.js";

/** A picture of one transparent pixel, as GIF89a. */
const pixel = Buffer.from(
  "47494638396101000100800100000000ffffff" + "21f90401000001002c00000000010001000002024c01003b",
  "hex",
);

/** empty_gif (ngx_http_empty_gif_module). */
export const emptyGif: Step = (request) => {
  if (request.method !== "GET" && request.method !== "HEAD") return 405;
  const { answer } = request;
  answer.status = 200;
  answer.contentType = "image/gif";
  answer.modified = modified;
  answer.modifiedText = "Mon, 28 Sep 1970 06:00:00 GMT";
  if (heedConditions(request) === 412) return 412;
  if (answer.status === 304) beginAnswer(request);
  else sendText(request, pixel);
  return "done";
};

const modified = Date.UTC(1970, 8, 28, 6) / 1000;
