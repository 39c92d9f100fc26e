import { template, text } from "./builders.js";
import { levels } from "./contexts.js";

// ngx_http_secure_link_module.
export const secureLink = template("secure_link", levels);
export const secureLinkMd5 = template("secure_link_md5", levels);
export const secureLinkSecret = text("secure_link_secret", levels);
