import { onceInMain, readConnections, readEventMethod } from "../readers/process.js";
import { addWord, wordOnce } from "../readers/words.js";
import { custom, flag, milliseconds, number } from "./builders.js";
import { events, main } from "./contexts.js";
import { debug, engine, epoll, node } from "./notes.js";

// ngx_event, ngx_epoll_module, ngx_event_openssl.
export const eventsBlock = custom<true | undefined>("events", main, [0, 0], undefined, onceInMain("events"), {
  block: "events",
});
export const workerConnections = custom<number>("worker_connections", events, [1, 1], 512, readConnections);
export const useMethod = custom<string | undefined>("use", events, [1, 1], undefined, readEventMethod, epoll);
export const multiAccept = flag("multi_accept", events, false, node);
export const acceptMutex = flag("accept_mutex", events, false, node);
export const acceptMutexDelay = milliseconds("accept_mutex_delay", events, 500, node);
export const debugConnection = custom<readonly string[]>(
  "debug_connection",
  events,
  [1, 1],
  [],
  addWord,
  debug,
);
export const epollEvents = number("epoll_events", events, 512, node);
export const workerAioRequests = number("worker_aio_requests", events, 32, node);
export const sslEngine = custom<string | undefined>("ssl_engine", main, [1, 1], undefined, wordOnce, engine);
