import { done, inContext } from "./keyword.js";

const connection = [
  done("connect_ip", "ADDRESS"),
  done("connect_port", "PORT"),
  done("bindto", "ADDRESS"),
  done("bind_port", "PORT"),
  done("bind_if", "NAME"),
  done("connect_timeout", "SECONDS"),
  done("fwmark", "MARK"),
];

const common = [
  done("retry", "NUMBER"),
  done("delay_before_retry", "SECONDS"),
  done("warmup", "SECONDS"),
  done("delay_loop", "SECONDS"),
  done("alpha", "[on|off]"),
  done("log_all_failures", "[on|off]"),
];

/** Keywords of the blocks that say how a real server is checked. */
export const checkKeywords = [
  ...inContext("TCP_CHECK", [...connection, ...common]),
  ...inContext("PING_CHECK", [...connection, ...common]),
  ...inContext("HTTP_GET", [
    ...connection,
    ...common,
    done("nb_get_retry", "NUMBER", {
      deprecated: "retry",
      deprecation: "nb_get_retry is deprecated - please use 'retry'",
    }),
    done("virtualhost", "NAME", { missing: "HTTP_GET virtualhost name missing" }),
    done("http_protocol", "1.0|1.0c|1.1", { missing: "Missing http_protocol version" }),
    done("enable_sni", "[on|off]"),
    done("fast_recovery", "[on|off]"),
    done("url", "", { block: "url" }),
  ]),
  ...inContext("url", [
    done("path", "PATH"),
    done("digest", "MD5"),
    done("status_code", "[CODE] ..."),
    done("virtualhost", "NAME", { missing: "Missing HTTP_GET virtualhost name" }),
    done("regex", "PATTERN", { missing: "regex missing or too many fields" }),
    done("regex_no_match"),
    done("regex_options", "[OPTION] ..."),
    done("regex_min_offset", "NUMBER", { missing: "Missing or too may options for regex_min_offset" }),
    done("regex_max_offset", "NUMBER", { missing: "Missing or too may options for regex_max_offset" }),
    done("regex_stack", "START MAXIMUM", { missing: "regex_stack requires start and max values" }),
  ]),
  ...inContext("SMTP_CHECK", [
    ...connection,
    ...common,
    done("helo_name", "NAME", { missing: "SMTP_CHECK helo name missing" }),
    done("host", "", { block: "host" }),
  ]),
  ...inContext("host", [...connection, ...common]),
  ...inContext("DNS_CHECK", [...connection, ...common, done("type", "TYPE"), done("name", "NAME")]),
  ...inContext("MISC_CHECK", [
    ...common,
    done("misc_path", "COMMAND"),
    done("misc_timeout", "SECONDS"),
    done("misc_dynamic"),
    done("user", "USER [GROUP]", { missing: "No user specified for misc checker script" }),
  ]),
  ...inContext("UDP_CHECK", [
    ...connection,
    ...common,
    done("payload", "HEX ...", { missing: "UDP_CHECK payload requires a payload" }),
    done("require_reply", "[HEX] ..."),
    done("min_reply_length", "NUMBER"),
    done("max_reply_length", "NUMBER"),
  ]),
  ...inContext("FILE_CHECK", [
    done("track_file", "NAME"),
    done("weight", "NUMBER [reverse|noreverse]", { missing: "track file weight missing" }),
  ]),
  ...inContext("BFD_CHECK", [
    done("name", "NAME", { missing: "BFD_CHECK - No or too many names specified - skipping checker" }),
    done("alpha", "[on|off]"),
  ]),
];
