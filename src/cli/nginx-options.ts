import type { NginxOptions } from "../daemon/nginx/prepare.js";
import type { NginxWords } from "./nginx-words.js";

/** Texts of a configuration have one character a byte; so have the command line's here. */
export function nginxOptions({ config, prefix, globals, errorLog }: NginxWords): NginxOptions {
  const bytes = (text: string) => Buffer.from(text).toString("latin1");
  return {
    config: bytes(config),
    prefix: bytes(prefix),
    globals: bytes(globals),
    errorLog: errorLog === undefined ? undefined : bytes(errorLog),
  };
}
