import { differs, done } from "./keyword.js";
import { says } from "./says.js";

/** Names and scheduling of the processes: main, vrrp, checker, bfd. */
export const processKeywords = [
  done("process_names"),
  done("process_name", "NAME"),
  done("vrrp_process_name", "NAME"),
  done("checker_process_name", "NAME"),
  done("lvs_process_name", "NAME", { deprecated: "checker_process_name" }),
  done("bfd_process_name", "NAME"),
  ...["vrrp", "checker", "bfd"].flatMap((process) => [
    done(`${process}_priority`, "NUMBER", { missing: `No ${process} process priority specified` }),
    done(`${process}_no_swap`),
    differs(`${process}_rt_priority`, "NUMBER", says.mainThread, {
      missing: `No ${process} process real-time priority specified`,
    }),
    differs(`${process}_cpu_affinity`, "NUMBER ...", says.mainThread, {
      missing: `No ${process} cpu_id set specified`,
    }),
    differs(`${process}_rlimit_rttime`, "MICROSECONDS", says.mainThread),
    differs(`${process}_rlimit_rtime`, "MICROSECONDS", says.mainThread, {
      deprecated: `${process}_rlimit_rttime`,
    }),
  ]),
];
