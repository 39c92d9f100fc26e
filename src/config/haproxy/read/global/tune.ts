import type { SectionReader } from "../readers.js";
import { chosen, delay, size, tune } from "./makers.js";

/** Sizes and times: `tune.NAME VALUE`. */
export const tuneReaders: Readonly<Record<string, SectionReader>> = {
  "tune.bufsize": (directive) => {
    tune("bufsize", 1)(directive);
    const { tune: settings } = directive.reading.global;
    settings.bufsize = Math.ceil(settings.bufsize / 16) * 16;
  },
  "tune.maxrewrite": tune("maxrewrite"),
  "tune.maxaccept": tune("maxaccept", -1),
  "tune.http.cookielen": tune("httpCookielen"),
  "tune.http.logurilen": tune("httpLogurilen"),
  "tune.http.maxhdr": tune("httpMaxhdr", 1, 32767),
  "tune.comp.maxlevel": tune("compMaxlevel", 1, 9),
  "tune.h2.header-table-size": tune("h2HeaderTableSize", 0, 65536),
  "tune.h2.initial-window-size": tune("h2InitialWindowSize"),
  "tune.h2.max-concurrent-streams": tune("h2MaxConcurrentStreams"),
  "tune.h2.max-frame-size": tune("h2MaxFrameSize", 16384, 16777215),
  "tune.rcvbuf.client": tune("rcvbufClient"),
  "tune.rcvbuf.server": tune("rcvbufServer"),
  "tune.sndbuf.client": tune("sndbufClient"),
  "tune.sndbuf.server": tune("sndbufServer"),
  "tune.ssl.cachesize": tune("sslCachesize"),
  "tune.ssl.default-dh-param": tune("sslDefaultDhParam", 1024),
  "tune.ssl.lifetime": delay((global, ms) => {
    global.tune.sslLifetimeMs = ms;
  }),
  "tune.idletimer": delay((global, ms) => {
    global.tune.idletimerMs = ms;
  }),
  "tune.idle-pool.shared": chosen(
    (global, word) => {
      global.tune.idlePoolShared = word === "on";
    },
    ["on", "off"],
  ),
  "tune.vars.global-max-size": size("varsGlobalMaxSize"),
  "tune.vars.proc-max-size": size("varsProcMaxSize"),
  "tune.vars.sess-max-size": size("varsSessMaxSize"),
  "tune.vars.txn-max-size": size("varsTxnMaxSize"),
  "tune.vars.reqres-max-size": size("varsReqresMaxSize"),
  "tune.vars.check-max-size": size("varsCheckMaxSize"),
};
