import type { Fetches } from "../registry.js";
import { authFetches } from "./auth.js";
import { connectionFetches } from "./connection.js";
import { constantFetches } from "./constants.js";
import { counterFetches } from "./counters.js";
import { headerFetches } from "./headers.js";
import { messageFetches } from "./message.js";
import { payloadFetches } from "./payload.js";
import { proxyFetches } from "./proxies.js";
import { requestFetches } from "./request.js";
import { streamFetches } from "./stream-state.js";
import { tlsFetches } from "./tls.js";
import { variableFetches } from "./variable.js";

/** All fetches, by their names. */
export const fetches: Fetches = {
  ...constantFetches,
  ...connectionFetches,
  ...tlsFetches,
  ...payloadFetches,
  ...headerFetches,
  ...requestFetches,
  ...messageFetches,
  ...authFetches,
  ...counterFetches,
  ...proxyFetches,
  ...streamFetches,
  ...variableFetches,
};
