import type { GeoModel, MapModel, SplitClientsModel } from "../../model/index.js";
import { readGeo } from "../../readers/geo.js";
import { readMap, readSplitClients } from "../../readers/map.js";
import { custom, number } from "../builders.js";
import { stream } from "../contexts.js";
import { tables } from "../notes.js";

// ngx_stream_geo_module, ngx_stream_map_module, ngx_stream_split_clients_module.
export const geo = custom<readonly GeoModel[]>("geo", stream, [1, 2], [], readGeo, { block: "words" });
export const mapBlock = custom<readonly MapModel[]>("map", stream, [2, 2], [], readMap, { block: "words" });
export const mapHashMaxSize = number("map_hash_max_size", stream, 2048, tables);
export const mapHashBucketSize = number("map_hash_bucket_size", stream, 64, tables);
export const splitClients = custom<readonly SplitClientsModel[]>(
  "split_clients",
  stream,
  [2, 2],
  [],
  readSplitClients,
  { block: "words" },
);
