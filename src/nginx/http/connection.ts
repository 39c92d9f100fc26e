import type { TlsInfo, WireInfo } from "../../proxy/index.js";
import { nextConnectionNumber } from "../connection-number.js";

import type { HttpRequest } from "./request.js";

export type Level = "debug" | "info" | "notice" | "warn" | "error" | "crit" | "alert" | "emerg";
/** Writes a line of the error log; with a request it tells which one. */
export type ErrorLog = (level: Level, sentence: string, request?: HttpRequest) => void;

/** A client's connection, over all its requests. */
export class HttpConnection {
  /** Serial, for $connection. */
  readonly number: number;
  requests = 0;
  /** The process is to end: the connection ends after the answer that is under way. */
  closes = false;
  readonly info: WireInfo;
  /** performance.now(). */
  readonly beganAt: number;

  readonly log: ErrorLog;

  constructor(info: WireInfo, beganAt: number, log: ErrorLog, number = nextConnectionNumber()) {
    this.number = number;
    this.info = info;
    this.beganAt = beganAt;
    this.log = log;
  }

  get tls(): TlsInfo | undefined {
    return this.info.tls;
  }

  /** Of a Unix socket's client "unix:". What the PROXY protocol says counts only by set_real_ip_from. */
  get clientAddress(): string {
    const { family, host } = this.info.realSource;
    return family === 0 ? "unix:" : host;
  }

  get clientPort(): number {
    return this.info.realSource.port;
  }

  /** Of a Unix socket "unix:" and its path. */
  get serverAddress(): string {
    const { family, host } = this.info.realDestination;
    return family === 0 ? `unix:${host}` : host;
  }

  get serverPort(): number {
    return this.info.realDestination.port;
  }
}
