import type { RuntimeHost, Service } from "../../run/index.js";
import type { ProcessGauges } from "../gauges.js";
import { responseHead, sendPieces } from "../send.js";
import { exposition } from "./exposition.js";
import { readOptions } from "./scope.js";

/** `http-request use-service prometheus-exporter` */
export function prometheusService(host: RuntimeHost, gauges: ProcessGauges): Service {
  return {
    name: "<PROMEX>",
    serve(call) {
      const options = readOptions(call.request.target);
      if (options === undefined) return call.refuse(400);
      const head = responseHead(200, "OK", [
        ["cache-control", "no-cache"],
        ["content-type", "text/plain; version=0.0.4"],
      ]);
      sendPieces(call, head, exposition(host, gauges, options));
    },
  };
}
