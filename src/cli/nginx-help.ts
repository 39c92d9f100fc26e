import { configureArguments, defaultConfig, nginxVersion } from "../config/nginx/program.js";
import { defaultPrefix } from "../config/nginx/read-config.js";
import type { NginxWords } from "./nginx-words.js";

/** What -v, -V, -h and -? print, on standard error as nginx does. */
export function versionText(words: Pick<NginxWords, "help" | "configure">): string {
  const configure = `built with OpenSSL ${process.versions.openssl}
TLS SNI support enabled
configure arguments: ${configureArguments}
`;
  return `nginx version: nginx/${nginxVersion}\n${words.help ? usage : ""}${words.configure ? configure : ""}`;
}

const usage = `Usage: nginx [-?hvVtTq] [-s signal] [-p prefix]
             [-e filename] [-c filename] [-g directives]

Options:
  -?,-h         : this help
  -v            : show version and exit
  -V            : show version and configure options then exit
  -t            : test configuration and exit
  -T            : test configuration, dump it and exit
  -q            : suppress non-error messages during configuration testing
  -s signal     : send signal to a master process: stop, quit, reopen, reload
  -p prefix     : set prefix path (default: ${defaultPrefix})
  -e filename   : set error log file (default: stderr)
  -c filename   : set configuration file (default: ${defaultConfig})
  -g directives : set global directives out of configuration file

`;
