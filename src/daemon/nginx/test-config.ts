import type { ReadResult } from "../../config/nginx/index.js";
import { callsLinux } from "../../sys/index.js";
import { StartFailure } from "./failure.js";
import type { Journal } from "./journal.js";
import { closeUpstreams, type NginxOptions, prepare } from "./prepare.js";
import { Sockets } from "./sockets.js";

/**
 * `-t` beyond the file itself: makes all that would serve, opens its logs and binds what is free. The failure, or undefined
 * where there is none.
 */
export async function testStart(
  result: ReadResult,
  options: NginxOptions,
  journal: Journal,
): Promise<StartFailure | undefined> {
  try {
    const prepared = prepare(result, options);
    const { files, listens } = prepared;
    try {
      if (callsLinux()) (await Sockets.open(listens, undefined, { journal, test: true })).close();
    } finally {
      closeUpstreams(prepared);
      files.close();
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    return error;
  }
}
