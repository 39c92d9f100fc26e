import { explainMissing } from "../bpf/index.js";
import {
  answersAt,
  attach,
  attachments,
  DirectorState,
  detach,
  eligible,
  endDeadTrace,
  eventNames,
  HostNetwork,
  isTraceDead,
  resetDirector,
  type WantedHook,
  watchAnswers,
} from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import { didYouMean } from "../nearest.js";
import { needRoot } from "../sys/index.js";
import { resize } from "./director-resize.js";
import { set, settings } from "./director-settings.js";
import { vip } from "./director-vip.js";
import { tellUnseen, watch } from "./director-watch.js";
import { linksNamed } from "./named-links.js";
import { refuseMore, takeFlag } from "./words.js";

const usage = `usage: rondo director COMMAND

  attach [--hook HOOK] [DEV…]          attaches the director to these interfaces, or to all that fit
  detach [DEV…]                        takes it from these interfaces, or from all
  auto                                 leaves the choice to rondo again: every change attaches it where it is missing
  status [--json]                      where it is attached, how full its table is, what it dropped and why
  set NAME=VALUE…                      changes settings, by the names of the kernel's /proc/sys/net/ipv4/vs
  settings [--json]                    lists them
  resize [ENTRIES]                     gives the connection table room for more, while packets go on
  watch                                attaches it to interfaces that come later, until it is ended
  vip add ADDRESS[/PREFIX] dev DEV [label LABEL]
  vip del ADDRESS[/PREFIX] dev DEV     gives this host a VIP and announces it, or takes it away
  reset                                ends it: programs, rules, connections

HOOK is auto (the default), xdp (native XDP), tc (tcx where the kernel has it), or clsact (tc by a qdisc's filter).
All of it is about the network namespace it is called in. Once interfaces were chosen by attach or detach,
ipvsadm does not attach any by itself.
`;

type Action = (words: readonly string[]) => number | Promise<number>;

const actions: Readonly<Record<string, Action>> = {
  attach: (words) => withHost((host) => attachCommand(words, host)),
  detach: (words) => withHost((host) => detachCommand(words, host)),
  auto: (words) => {
    refuseWords(words);
    const state = DirectorState.openOrCreate();
    state.settings.chosen = 0;
    state.close();
    return 0;
  },
  status: (words) => withHost((host) => status(words, host)),
  set: (words) => set(words),
  settings: (words) => settings(words),
  resize: (words) => resize(words),
  watch: (words) => {
    refuseWords(words);
    return watch();
  },
  vip,
  reset: (words) => {
    refuseWords(words);
    return withHost(reset);
  },
};

/** `rondo director …`: see docs/manual/director.md. */
export async function run(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === "-h" || name === "--help") {
    process.stdout.write(usage);
    return 0;
  }
  const action = name !== undefined && Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action) {
    needRoot("the director needs root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)");
    return await action(rest);
  }
  const hint = name && didYouMean(name, Object.keys(actions));
  process.stderr.write(name ? `rondo director: there is no command ${name}${hint}\n` : usage);
  return 2;
}

function withHost(work: (host: HostNetwork) => number): number {
  const host = new HostNetwork();
  try {
    return work(host);
  } finally {
    host.close();
  }
}

function attachCommand(words: readonly string[], host: HostNetwork): number {
  const names = [...words];
  let hook: WantedHook = "auto";
  const at = names.indexOf("--hook");
  if (at >= 0) hook = hookNamed(names.splice(at, 2)[1]);
  refuseOptions(names);
  const links = names.length > 0 ? linksNamed(names, host.network) : eligible(host.network.links.list());
  if (links.length === 0)
    throw new RondoError(
      "no-interface",
      "there is no interface that is up for the director to be attached to",
    );
  const state = DirectorState.openOrCreate();
  try {
    state.locked(() => {
      endDeadTrace(state, host);
      for (const link of links) {
        process.stdout.write(`${link.name}: ${attach(state, host, link, hook)}\n`);
        state.settings.chosen = 1;
      }
      tellUnseen(watchAnswers(state, host, { anew: links }));
    });
  } finally {
    state.close();
  }
  return 0;
}

function detachCommand(words: readonly string[], host: HostNetwork): number {
  refuseOptions(words);
  const wanted = words.length > 0 ? linksNamed(words, host.network) : undefined;
  const state = DirectorState.open();
  if (!state) return 0;
  try {
    state.locked(() => {
      state.settings.chosen = 1;
      endDeadTrace(state, host);
      for (const link of wanted ?? attachments(state, host).map(({ link }) => link)) {
        if (!detach(state, host, link)) process.stderr.write(`${link.name}: the director is not attached\n`);
      }
      tellUnseen(watchAnswers(state, host));
    });
  } finally {
    state.close();
  }
  return 0;
}

function reset(host: HostNetwork): number {
  resetDirector(host);
  return 0;
}

function status(words: readonly string[], host: HostNetwork): number {
  const { given: json, rest } = takeFlag(words, "--json");
  refuseWords(rest);
  const state = DirectorState.open();
  const attached = state ? attachments(state, host) : [];
  const interfaces = attached.map(({ link, attachment }) => {
    const answers = answersAt(state!, host, link);
    return { name: link.name, index: link.index, attachment, ...(answers && { answers }) };
  });
  const table = state ? state.tableUse() : { entries: 0, connections: 0, growing: false };
  const events = Object.fromEntries(
    eventNames.map((name, i) => [name, Number(state?.settings.events[i] ?? 0n)]),
  );
  const defences = {
    dropEntries: state?.settings.dropEntries === 1,
    dropRate: state?.settings.dropRate ?? 0,
    secureTcp: state?.settings.secure === 1,
  };
  const hasDeadTrace = state !== undefined && isTraceDead(state);
  const automatic = state ? state.settings.chosen === 0 : true;
  state?.close();
  if (json) {
    process.stdout.write(`${JSON.stringify({ interfaces, automatic, table, defences, events })}\n`);
    return 0;
  }
  if (interfaces.length === 0) process.stdout.write("The director is attached to no interface.\n");
  else {
    process.stdout.write("INTERFACE        HOOK\n");
    for (const { name, attachment, answers } of interfaces)
      process.stdout.write(
        `${name.padEnd(16)} ${attachment}${answers ? `, ${answers} egress for servers on this host` : ""}\n`,
      );
  }
  process.stdout.write(`interfaces are chosen ${automatic ? "automatically" : "by hand"}\n`);
  process.stdout.write(`connections: ${table.connections} in a table of ${table.entries}\n`);
  if (hasDeadTrace)
    process.stdout.write(
      "a trace that was killed has left its programs, which follow nothing: the next change puts plain ones back\n",
    );
  if (table.growing)
    process.stdout.write(
      "the table is being replaced by a larger one; should nobody be at it: `rondo director resize`\n",
    );
  const full = events["table_full"] ?? 0;
  if (full > 0)
    process.stdout.write(
      `new connections that found no place in it: ${full}; \`rondo director resize ${2 * table.entries}\` makes it larger\n`,
    );
  if (defences.dropEntries) process.stdout.write("drop_entry takes doubtful connections out\n");
  if (defences.dropRate > 0)
    process.stdout.write(`drop_packet drops one of ${defences.dropRate} new connections\n`);
  if (defences.secureTcp) process.stdout.write("secure_tcp is in force\n");
  const noRates = explainMissing("percpu-lookup");
  if (noRates) process.stdout.write(`there are no rates: that ${noRates}\n`);
  for (const [name, count] of Object.entries(events))
    if (count > 0) process.stdout.write(`${name}: ${count}\n`);
  return 0;
}

function hookNamed(name: string | undefined): WantedHook {
  if (name === "xdp" || name === "tc" || name === "clsact" || name === "auto") return name;
  throw new RondoError("hook", `--hook takes xdp, tc, clsact or auto${name ? `, not ${name}` : ""}`, {
    exitStatus: 2,
  });
}

function refuseWords(words: readonly string[]): void {
  refuseOptions(words);
  refuseMore("director", words);
}

function refuseOptions(words: readonly string[]): void {
  const option = words.find((word) => word.startsWith("-"));
  if (option)
    throw new RondoError("option", `there is no option ${option} here`, {
      exitStatus: 2,
      remedy: "Try `rondo director --help`.",
    });
}
