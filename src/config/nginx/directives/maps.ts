import type { GeoModel, MapModel, SplitClientsModel } from "../model/index.js";
import { readGeo } from "../readers/geo.js";
import { readMap, readSplitClients } from "../readers/map.js";
import { custom, number } from "./builders.js";
import { http } from "./contexts.js";
import { tables } from "./notes.js";

// ngx_http_geo_module, ngx_http_map_module, ngx_http_split_clients_module.
export const geo = custom<readonly GeoModel[]>("geo", http, [1, 2], [], readGeo, { block: "words" });
export const mapBlock = custom<readonly MapModel[]>("map", http, [2, 2], [], readMap, { block: "words" });
export const mapHashMaxSize = number("map_hash_max_size", http, 2048, tables);
export const mapHashBucketSize = number("map_hash_bucket_size", http, 64, tables);
export const splitClients = custom<readonly SplitClientsModel[]>(
  "split_clients",
  http,
  [2, 2],
  [],
  readSplitClients,
  { block: "words" },
);
