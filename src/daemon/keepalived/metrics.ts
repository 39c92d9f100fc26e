import type { RoleStatuses } from "./status.js";
import type { Supervisor } from "./supervisor.js";

type Labels = Readonly<Record<string, string>>;

/** Lines of the Prometheus text format (exposition format 0.0.4). */
class Exposition {
  readonly #lines: string[] = [];

  family(
    name: string,
    type: "gauge" | "counter",
    help: string,
    samples: readonly { readonly labels?: Labels; readonly value: number }[],
  ): void {
    if (samples.length === 0) return;
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const { labels, value } of samples) {
      const text = Object.entries(labels ?? {}).map(([key, word]) => `${key}="${escaped(word)}"`);
      this.#lines.push(`${name}${text.length > 0 ? `{${text.join(",")}}` : ""} ${value}`);
    }
  }

  toString(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }
}

const escaped = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

/** What refused adverts are counted by. */
const refusals = {
  packet_len_err: "length",
  ip_ttl_err: "ttl",
  invalid_type_rcvd: "type",
  advert_interval_err: "interval",
  addr_list_err: "addresses",
  invalid_authtype: "auth-type",
  authtype_mismatch: "auth-mismatch",
  auth_failure: "auth",
  version_err: "version",
  checksum_err: "checksum",
  unicast_source_err: "source",
} as const;

const states = ["MASTER", "BACKUP", "FAULT", "STOP", "INIT"];

/** Everything there is to measure; the manual has the names (docs/manual/keepalived.md). */
export function metricsOf(supervisor: Supervisor, statuses: RoleStatuses): string {
  const out = new Exposition();
  const { board, crew, follower, mailer, config } = supervisor;
  out.family("rondo_keepalived_start_time_seconds", "gauge", "When the supervisor started.", [
    { value: supervisor.startedAt / 1000 },
  ]);
  out.family("rondo_keepalived_reloads_total", "counter", "Reloads, by what came of them.", [
    { labels: { result: "done" }, value: supervisor.reloads.done },
    { labels: { result: "refused" }, value: supervisor.reloads.refused },
  ]);
  out.family(
    "rondo_keepalived_worker_up",
    "gauge",
    "Whether a part has a process.",
    crew.posts().map(({ role, pid }) => ({ labels: { role }, value: Number(pid !== undefined) })),
  );
  out.family(
    "rondo_keepalived_worker_restarts_total",
    "counter",
    "Processes that ended unasked and were replaced.",
    crew.posts().map(({ role, restarts }) => ({ labels: { role }, value: restarts })),
  );

  const instances = config.instances.map(({ name, priority }) => {
    const told = board.instances.get(name);
    const status = statuses.vrrp?.instances.find((one) => one.name === name);
    return {
      name,
      state: status?.state ?? told?.state ?? "INIT",
      priority: status?.priority ?? told?.priority ?? priority,
      transitions: told?.transitions ?? {},
      since: told?.since,
      statistics: status?.statistics,
    };
  });
  out.family(
    "rondo_vrrp_state",
    "gauge",
    "1 for the state that the instance is in.",
    instances.flatMap(({ name, state }) =>
      states.map((one) => ({ labels: { instance: name, state: one }, value: Number(one === state) })),
    ),
  );
  out.family(
    "rondo_vrrp_priority",
    "gauge",
    "Priority, with what tracking adds.",
    instances.map(({ name, priority }) => ({ labels: { instance: name }, value: priority })),
  );
  out.family(
    "rondo_vrrp_transitions_total",
    "counter",
    "How often the instance got into a state.",
    instances.flatMap(({ name, transitions }) =>
      Object.entries(transitions).map(([to, value]) => ({ labels: { instance: name, to }, value })),
    ),
  );
  out.family(
    "rondo_vrrp_last_transition_timestamp_seconds",
    "gauge",
    "When the instance got into its state.",
    instances.flatMap(({ name, since }) =>
      since === undefined ? [] : [{ labels: { instance: name }, value: since / 1000 }],
    ),
  );
  out.family(
    "rondo_vrrp_split_brains_total",
    "counter",
    "Times that a second master was found.",
    instances.map(({ name }) => ({
      labels: { instance: name },
      value: board.splitBrainsSeen.get(name) ?? 0,
    })),
  );
  const counted = instances.flatMap(({ name, statistics }) => (statistics ? [{ name, statistics }] : []));
  out.family(
    "rondo_vrrp_adverts_sent_total",
    "counter",
    "Advertisements sent.",
    counted.map(({ name, statistics }) => ({
      labels: { instance: name },
      value: statistics.advert_sent ?? 0,
    })),
  );
  out.family(
    "rondo_vrrp_adverts_received_total",
    "counter",
    "Advertisements received and accepted.",
    counted.map(({ name, statistics }) => ({
      labels: { instance: name },
      value: statistics.advert_rcvd ?? 0,
    })),
  );
  out.family(
    "rondo_vrrp_adverts_refused_total",
    "counter",
    "Advertisements refused, by reason.",
    counted.flatMap(({ name, statistics }) =>
      Object.entries(refusals).map(([key, reason]) => ({
        labels: { instance: name, reason },
        value: statistics[key as keyof typeof refusals] ?? 0,
      })),
    ),
  );
  out.family(
    "rondo_vrrp_priority_zero_total",
    "counter",
    "Advertisements of priority 0: somebody steps down.",
    counted.flatMap(({ name, statistics }) => [
      { labels: { instance: name, direction: "received" }, value: statistics.pri_zero_rcvd ?? 0 },
      { labels: { instance: name, direction: "sent" }, value: statistics.pri_zero_sent ?? 0 },
    ]),
  );
  out.family(
    "rondo_vrrp_tracked_up",
    "gauge",
    "Whether what an instance follows is well.",
    (statuses.vrrp?.instances ?? []).flatMap(({ name, tracked }) =>
      (tracked ?? []).map(({ kind, name: what, up }) => ({
        labels: { instance: name, kind, name: what },
        value: Number(up),
      })),
    ),
  );

  const services = statuses.checker?.virtualServers ?? [];
  out.family(
    "rondo_virtual_server_quorum",
    "gauge",
    "Whether the virtual server has its quorum.",
    services.map(({ virtualServer, quorum }) => ({
      labels: { virtual_server: virtualServer },
      value: Number(quorum),
    })),
  );
  const servers = services.flatMap(({ virtualServer, servers: own }) =>
    own.map((server) => ({ labels: { virtual_server: virtualServer, real_server: server.server }, server })),
  );
  out.family(
    "rondo_real_server_up",
    "gauge",
    "Whether the real server is in its virtual server.",
    servers.map(({ labels, server }) => ({ labels, value: Number(server.up) })),
  );
  out.family(
    "rondo_real_server_weight",
    "gauge",
    "Weight.",
    servers.map(({ labels, server }) => ({ labels, value: server.weight })),
  );
  out.family(
    "rondo_real_server_transitions_total",
    "counter",
    "How often the real server came (UP) and went (DOWN).",
    [...board.servers.values()].flatMap(({ virtualServer, server, transitions }) =>
      Object.entries(transitions).map(([to, value]) => ({
        labels: { virtual_server: virtualServer, real_server: server, to },
        value,
      })),
    ),
  );
  const checks = servers.flatMap(({ labels, server }) =>
    server.checks.map((check, i) => ({
      labels: { ...labels, check: check.kind, number: String(i + 1) },
      check,
    })),
  );
  out.family(
    "rondo_check_up",
    "gauge",
    "Whether a check succeeded last.",
    checks.map(({ labels, check }) => ({ labels, value: Number(check.up) })),
  );
  out.family(
    "rondo_check_runs_total",
    "counter",
    "Checks done.",
    checks.flatMap(({ labels, check: { runs } }) => (runs === undefined ? [] : [{ labels, value: runs }])),
  );
  out.family(
    "rondo_check_failures_total",
    "counter",
    "Checks that failed.",
    checks.flatMap(({ labels, check: { failures } }) =>
      failures === undefined ? [] : [{ labels, value: failures }],
    ),
  );
  out.family(
    "rondo_bfd_session_up",
    "gauge",
    "Whether a BFD session is up.",
    (statuses.bfd?.sessions ?? []).map(({ name, up }) => ({ labels: { session: name }, value: Number(up) })),
  );

  const { run, failed, refused } = follower.queue.counts;
  out.family("rondo_keepalived_scripts_total", "counter", "Notify scripts, by what came of them.", [
    { labels: { result: "ok" }, value: run - failed },
    { labels: { result: "failed" }, value: failed },
    { labels: { result: "refused" }, value: refused },
  ]);
  out.family("rondo_keepalived_mails_total", "counter", "Mails, by what came of them.", [
    { labels: { result: "sent" }, value: mailer.counts.sent },
    { labels: { result: "failed" }, value: mailer.counts.failed },
    { labels: { result: "dropped" }, value: mailer.counts.dropped },
  ]);
  out.family("rondo_keepalived_fifo_lines_lost_total", "counter", "Lines for FIFOs that nobody reads.", [
    { value: follower.lostLines },
  ]);
  return out.toString();
}
