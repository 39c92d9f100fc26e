import type { BackendCounter, FrontendCounter } from "../run/index.js";
import type { StatValues } from "./stat-row.js";

type ProtocolCounter = FrontendCounter & BackendCounter;

interface Counted {
  total(name: ProtocolCounter): number;
}

/** The columns of HAProxy's module "ssl", which front ends, servers and back ends have. */
export function tlsValues(counters: Counted): StatValues {
  return {
    ssl_sess: counters.total("tlsSessions"),
    ssl_reused_sess: counters.total("tlsReused"),
    ssl_failed_handshake: counters.total("tlsFailedHandshakes"),
  };
}

/** Those of the modules "h2" and "h1", which front ends and back ends have. */
export function protocolValues(counters: Counted): StatValues {
  return {
    ...tlsValues(counters),
    h2_headers_rcvd: counters.total("h2HeadersReceived"),
    h2_data_rcvd: counters.total("h2DataReceived"),
    h2_settings_rcvd: counters.total("h2SettingsReceived"),
    h2_rst_stream_rcvd: counters.total("h2ResetsReceived"),
    h2_goaway_rcvd: counters.total("h2GoawaysReceived"),
    h2_detected_conn_protocol_errors: counters.total("h2ConnectionErrors"),
    h2_detected_strm_protocol_errors: counters.total("h2StreamErrors"),
    h2_rst_stream_resp: counters.total("h2ResetsSent"),
    h2_goaway_resp: counters.total("h2GoawaysSent"),
    h2_open_connections: counters.total("h2OpenConnections"),
    h2_backend_open_streams: counters.total("h2OpenStreams"),
    h2_total_connections: counters.total("h2Connections"),
    h2_backend_total_streams: counters.total("h2Streams"),
    h1_open_connections: counters.total("h1OpenConnections"),
    h1_open_streams: counters.total("h1OpenStreams"),
    h1_total_connections: counters.total("h1Connections"),
    h1_total_streams: counters.total("h1Streams"),
    h1_bytes_in: counters.total("h1BytesIn"),
    h1_bytes_out: counters.total("h1BytesOut"),
    h1_spliced_bytes_in: counters.total("h1SplicedIn"),
    h1_spliced_bytes_out: counters.total("h1SplicedOut"),
  };
}

/** The modules by their names, with the columns of each: the stats page shows them with `stats show-modules`. */
export const statModules = [
  { name: "ssl", prefix: "ssl_", kinds: "FLSB" },
  { name: "h2", prefix: "h2_", kinds: "FB" },
  { name: "h1", prefix: "h1_", kinds: "FB" },
] as const;
