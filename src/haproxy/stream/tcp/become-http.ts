import { HttpClient } from "../http/http-client.js";
import type { TcpStream } from "./tcp-stream.js";

/** The wire is HTTP's from now on, with what has come; HTTP streams take the TCP stream's place. */
export function becomeHttp(stream: TcpStream): void {
  const { wire, session } = stream;
  const { held } = stream.client;
  const backend = stream.assigned ? stream.backend : undefined;
  stream.unlogged = true;
  stream.bytesIn = 0;
  // The HTTP stream counts itself there.
  backend?.back?.counters.add("sessions", -1);
  const variables = stream.releaseVariables();
  stream.finish();
  session.requests--;
  wire.pause();
  wire.afterClose = undefined;
  if (held.length > 0) wire.unshift(held);
  new HttpClient(session, wire, { variables, backend, protocol: stream.becomesHttp }).start();
}
