import { wholeNumber } from "../values/word-values.js";
import type { GlobalDraft } from "./global-draft.js";
import { flag, whole } from "./readers.js";
import type { Reader, Readers } from "./reading.js";

type Process = "main" | "vrrp" | "checker" | "bfd";

/** A process's name: the kernel keeps 15 letters. */
const named =
  (process: Process): Reader<GlobalDraft> =>
  (draft, statement, { findings }) => {
    const [name] = statement.arguments;
    if (!name) return;
    if (name.text.length > 15)
      findings.add(name.at, "long-name", `Process name ${name.text} more than 15 characters, truncating`, {
        instead: name.text.slice(0, 15),
        remedy: "Write at most 15 letters.",
      });
    draft[process].name = name.text.slice(0, 15);
  };

const affinity =
  (process: Process): Reader<GlobalDraft> =>
  (draft, statement, { findings, world }) => {
    const processors = statement.arguments.map((one) =>
      wholeNumber(findings, one, 0, world.processors() - 1),
    );
    if (processors.every((one) => one !== undefined)) draft[process].cpuAffinity = processors;
  };

const scheduling = (process: "vrrp" | "checker" | "bfd"): Readers<GlobalDraft> => ({
  [`${process}_process_name`]: named(process),
  [`${process}_priority`]: whole(-20, 19, (d, v) => void (d[process].priority = v)),
  [`${process}_no_swap`]: flag((d) => void (d[process].noSwap = true)),
  [`${process}_rt_priority`]: whole(-0x80000000, 0x7fffffff, (d, v) => {
    d[process].realtimePriority = Math.min(99, Math.max(1, v));
  }),
  [`${process}_cpu_affinity`]: affinity(process),
  [`${process}_rlimit_rttime`]: whole(
    1,
    0xffffffff,
    (d, v) => void (d[process].realtimeLimit = Math.max(2, v)),
  ),
  [`${process}_rlimit_rtime`]: whole(
    1,
    0xffffffff,
    (d, v) => void (d[process].realtimeLimit = Math.max(2, v)),
  ),
});

/** Names and scheduling of the processes. */
export const processReaders: Readers<GlobalDraft> = {
  process_names: flag((d) => {
    d.vrrp.name = "keepalived_vrrp";
    d.checker.name = "keepalived_lvs";
    d.bfd.name = "keepalived_bfd";
  }),
  process_name: named("main"),
  ...scheduling("vrrp"),
  ...scheduling("checker"),
  ...scheduling("bfd"),
  lvs_process_name: named("checker"),
};
