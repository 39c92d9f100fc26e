import { template, text } from "./builders.js";
import { levels } from "./contexts.js";
import { absentAndNeeded } from "./notes.js";

// ngx_http_secure_link_module.
export const secureLink = template("secure_link", levels, absentAndNeeded);
export const secureLinkMd5 = template("secure_link_md5", levels, absentAndNeeded);
export const secureLinkSecret = text("secure_link_secret", levels, undefined, absentAndNeeded);
