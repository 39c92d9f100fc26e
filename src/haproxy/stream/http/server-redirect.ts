import { Headers } from "../../../proxy/index.js";
import type { ServerRun } from "../../run/index.js";
import type { HttpStream } from "./http-stream.js";

/** `redir`: the client is told to ask the server itself. false: it isn't, and the request goes on. */
export function redirectToServer(stream: HttpStream, server: ServerRun): boolean {
  const { redir } = server.section;
  if (redir === undefined || (stream.clientMethod !== "GET" && stream.clientMethod !== "HEAD")) return false;
  const { target } = stream.request;
  const path = target.startsWith("/") ? target : "/";
  const headers = new Headers(
    ["cache-control", "content-length", "location"],
    ["no-cache", "0", (redir === "/" ? "" : redir) + path],
  );
  stream.status = 302;
  stream.endsBy("L", "C");
  stream.tally.server("sessions");
  stream.own.send({ status: 302, reason: "Found", headers, body: Buffer.alloc(0), close: true });
  return true;
}
