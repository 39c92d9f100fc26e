import type { StreamTimes } from "../run/index.js";

/** When what happened, on the monotonic clock; -1 until it has. */
export class StreamClock implements StreamTimes {
  readonly idleFrom: number;
  readonly firstByte: number;
  readonly requestDate: number;
  request = -1;
  queued = -1;
  connected = -1;
  response = -1;
  end = -1;

  constructor(idleFrom: number, firstByte: number, requestDate: number) {
    this.idleFrom = idleFrom;
    this.firstByte = firstByte;
    this.requestDate = requestDate;
  }
}
