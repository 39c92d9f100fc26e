import assert from "node:assert/strict";
import { test } from "node:test";
import { standInHost } from "../../../../test/support/haproxy-process.js";
import { ProcessGauges } from "../gauges.js";
import { exposition } from "./exposition.js";
import { readOptions } from "./scope.js";

const scopes = (target: string) => {
  const options = readOptions(target);
  return options === undefined ? undefined : [...options.scopes].join(" ");
};

test("the query chooses what is told", () => {
  assert.equal(scopes("/metrics"), "global frontend listener backend server sticktable");
  assert.equal(scopes("/metrics?scope=server&no-maint"), "server");
  assert.equal(scopes("/metrics?scope=global&scope=backend"), "global backend");
  assert.equal(scopes("/metrics?scope="), "");
  assert.equal(scopes("/metrics?scope=*#end"), scopes("/metrics"));
  for (const wrong of ["?scope", "?scope=nothing", "?scope=a=b", "?%zz=1"])
    assert.equal(scopes(`/metrics${wrong}`), undefined, wrong);
  assert.ok(readOptions("/metrics?no-maint")?.noMaintenance);
});

const host = standInHost([
  { name: "stats", back: false, section: { options: { socketStats: true } as never } },
  {
    name: "be",
    front: false,
    servers: [
      { name: "s1", run: { statusText: "no check" } },
      {
        name: "s2",
        section: { maxqueue: 10, poolMaxConn: 42 },
        check: { status: "L4OK" },
        run: { maxconn: 12 },
      },
      { name: "off", run: { administrative: 1, usable: false } },
    ],
  },
]);

function told(target: string): string {
  const gauges = new ProcessGauges(host.process);
  return [...exposition(host, gauges, readOptions(target)!)].join("");
}

test("what isn't there is NaN, as HAProxy's exporter says", () => {
  const text = told("/");
  for (const line of [
    'haproxy_server_check_failures_total{proxy="be",server="s1"} NaN',
    'haproxy_server_check_failures_total{proxy="be",server="s2"} 0',
    'haproxy_server_queue_limit{proxy="be",server="s1"} NaN',
    'haproxy_server_queue_limit{proxy="be",server="s2"} 10',
    'haproxy_server_limit_sessions{proxy="be",server="s2"} 12',
    'haproxy_backend_downtime_seconds_total{proxy="be"} 0',
    'haproxy_server_current_throttle{proxy="be",server="s1"} NaN',
    'haproxy_server_idle_connections_limit{proxy="be",server="s2"} 42',
    'haproxy_process_build_info{version="2.6.12-1+deb12u4"} 1',
    'haproxy_frontend_http_responses_total{proxy="stats",code="4xx"} 0',
    'haproxy_frontend_status{proxy="stats",state="UP"} 1',
    'haproxy_listener_status{proxy="stats",listener="sock-1",state="WAITING"} 0',
    'haproxy_backend_status{proxy="be",state="UP"} 1',
    'haproxy_backend_agg_server_status{proxy="be",state="MAINT"} 1',
    'haproxy_server_status{proxy="be",server="s1",state="DOWN"} 0',
    'haproxy_server_check_status{proxy="be",server="s2",state="HANA"} 0',
    'haproxy_server_check_status{proxy="be",server="s2",state="L4OK"} 1',
    'haproxy_server_queue_time_average_seconds{proxy="be",server="s1"} 0.000000',
  ])
    assert.ok(text.includes(`\n${line}\n`), line);
  assert.ok(!text.includes('check_status{proxy="be",server="s1"'));
});

test("each metric is explained once, and all its samples follow", () => {
  const text = told("/");
  const names = [...text.matchAll(/^# HELP (\S+) .+\n# TYPE \1 (?:gauge|counter)$/gm)].map(
    ([, name]) => name,
  );
  assert.equal(new Set(names).size, names.length);
  let current = "";
  for (const line of text.trimEnd().split("\n"))
    if (line.startsWith("# HELP ")) current = line.split(" ")[2] as string;
    else if (!line.startsWith("#"))
      assert.ok(line.startsWith(`${current}{`) || line.startsWith(`${current} `), line);
});

test("servers in maintenance are left out where that was asked for", () => {
  assert.ok(told("/?scope=server").includes('server="off"'));
  assert.ok(!told("/?scope=server&no-maint").includes('server="off"'));
});
