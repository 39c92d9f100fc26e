import { tlsVariables } from "../../tls/variables.js";
import type { Registry } from "../../variables/registry.js";
import type { HttpRequest } from "../request.js";

/** The variables of the client's TLS; over a plain connection they have no value. */
export function defineTlsVariables(registry: Registry<HttpRequest>): void {
  for (const [name, of] of Object.entries(tlsVariables))
    registry.define(name, ({ connection: { tls }, server }) => tls && of(tls, server.verifyDepth), {
      kept: false,
    });
}
