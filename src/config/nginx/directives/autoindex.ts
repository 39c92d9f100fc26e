import { choice, flag } from "./builders.js";
import { levels, location } from "./contexts.js";

// ngx_http_autoindex_module, ngx_http_random_index_module.
export const autoindex = flag("autoindex", levels, false);
export const autoindexFormat = choice("autoindex_format", levels, "html", ["html", "json", "jsonp", "xml"]);
export const autoindexLocaltime = flag("autoindex_localtime", levels, false);
export const autoindexExactSize = flag("autoindex_exact_size", levels, true);
export const randomIndex = flag("random_index", location, false);
