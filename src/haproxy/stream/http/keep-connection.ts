import type { ClientConnection } from "../../../proxy/index.js";
import type { HttpStream } from "./http-stream.js";

/** A stream needs its connection no more: others may have it, or the same client's next request. */
export function giveBack(stream: HttpStream, key: string, connection: ClientConnection): void {
  stream.tools?.pool.used(-1);
  if (connection.destroyed) return;
  if (connection.available) keep(stream, key, connection);
  else if (connection.version !== "2.0")
    connection.onIdle = () => {
      // The rest of what it carried was still under way.
      connection.onIdle = ignore;
      if (!connection.destroyed) keep(stream, key, connection);
    };
}

function keep({ tools, session, server, back }: HttpStream, key: string, connection: ClientConnection): void {
  if (tools === undefined || back.section.httpReuse === "never" || session.prefersLast) {
    if (session.ended) connection.close();
    else session.keepConnection(server, key, connection);
    return;
  }
  session.dropConnection(connection);
  if (!tools.pool.give(key, connection)) connection.close();
}

function ignore(): void {}
