import assert from "node:assert/strict";
import { test } from "node:test";
import { standInHost } from "../../../test/support/haproxy-process.js";
import type { BackendCounter, FrontendCounter, RuntimeHost } from "../run/index.js";
import { ProcessGauges } from "./gauges.js";
import { infoFields } from "./info-fields.js";
import { infoValues, printUptime } from "./info-values.js";
import { printInfo } from "./print-info.js";
import { printCsvHead, printCsvRow, printJsonRow, printTypedRow, quoteCsv } from "./print-stat.js";
import { selectRows } from "./select-rows.js";
import { ownColumns, statColumns } from "./stat-fields.js";

const head =
  "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,rtime,ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall,check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,conn_rate_max,conn_tot,intercepted,dcon,dses,wrew,connect,reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,ctime_max,rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,used_conn_cur,need_conn_est,uweight,agg_server_status,agg_server_check_status,agg_check_status,-,ssl_sess,ssl_reused_sess,ssl_failed_handshake,h2_headers_rcvd,h2_data_rcvd,h2_settings_rcvd,h2_rst_stream_rcvd,h2_goaway_rcvd,h2_detected_conn_protocol_errors,h2_detected_strm_protocol_errors,h2_rst_stream_resp,h2_goaway_resp,h2_open_connections,h2_backend_open_streams,h2_total_connections,h2_backend_total_streams,h1_open_connections,h1_open_streams,h1_total_connections,h1_total_streams,h1_bytes_in,h1_bytes_out,h1_spliced_bytes_in,h1_spliced_bytes_out,\n";

// What HAProxy 2.6.12 said after 30 requests, of which s1 (weight 2) had 20; rates are of the same second.
const front =
  "web,FRONTEND,,,0,1,2000,30,2430,3510,0,0,0,,,,,OPEN,,,,,,,,,1,2,0,,,,0,30,0,30,,,,0,30,0,0,0,0,,30,30,30,,,0,0,0,0,,,,,,,,,,,,,,,,,,,,,http,,30,30,30,0,0,0,0,,,0,0,,,,,,,0,,,,,,,,,-,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,30,30,2340,3420,0,0,\n";
const server =
  "web,s1,0,0,0,1,,20,1620,2340,,0,,0,0,0,0,UP,2,1,0,0,0,5,0,,1,2,1,,20,,2,20,,20,L4OK,,0,0,20,0,0,0,0,,,,20,0,0,,,,,0,,,0,0,0,1,,,,Layer4 check passed,,2,3,4,,,,127.0.0.1:9001,,http,,,,,,,,0,20,0,,,2,,0,0,0,1,0,2,0,0,0,2,,,,-,0,0,0,,,,,,,,,,,,,,,,,,,,,,\n";
const maintained =
  "web,s2,0,0,0,0,,0,0,0,,0,,0,0,0,0,MAINT,1,1,0,0,0,5,0,,1,2,2,,0,,2,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,,,,,,,,,127.0.0.1:9002,,http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,0,1,,,,-,0,0,0,,,,,,,,,,,,,,,,,,,,,,\n";
const back =
  "web,BACKEND,0,0,0,1,200,30,2430,3510,0,0,,0,0,0,0,UP,2,1,0,,0,5,0,,1,2,0,,30,,1,30,,30,,,,0,30,0,0,0,0,,,,30,0,0,0,0,0,0,0,,,0,0,0,1,,,,,,,,,,,,,,http,roundrobin,,,,,,,0,30,0,0,0,,,0,0,0,1,0,,,,,2,0,0,0,-,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,4,0,30,30,3420,2340,0,0,\n";

function afterThirtyRequests(): RuntimeHost {
  const now = 10_000;
  const check = { status: "L4OK" };
  const host = standInHost(
    [
      {
        name: "web",
        servers: [
          {
            name: "s1",
            section: { weight: 2 },
            check,
            run: { statusText: "UP", idle: 2, times: { ...times, total: 1 } },
          },
          {
            name: "s2",
            check: { ...check, state: 14 },
            run: { statusText: "MAINT", administrative: 1, usable: false, operational: 0 },
          },
        ],
      },
    ],
    { process: { now: () => now } },
  );
  const proxy = host.process.proxies[0]!;
  const give = <Name extends string>(
    counters: { add(name: Name, amount: number): void; atMost(name: Name, value: number): void },
    values: Partial<Record<Name, number>>,
  ) => {
    for (const [name, value] of Object.entries(values) as [Name, number][])
      if (name.endsWith("Max")) counters.atMost(name, value);
      else counters.add(name, value);
  };
  give<FrontendCounter>(proxy.front!.counters, {
    sessionsMax: 1,
    sessions: 30,
    connections: 30,
    requests: 30,
    bytesIn: 2430,
    bytesOut: 3510,
    status2xx: 30,
    sessionRateMax: 30,
    connectionRateMax: 30,
    requestRateMax: 30,
    h1Connections: 30,
    h1Streams: 30,
    h1BytesIn: 2340,
    h1BytesOut: 3420,
  });
  for (const rate of [proxy.front!.connectionRate, proxy.front!.sessionRate, proxy.front!.requestRate])
    rate.add(now, 30);
  const served = (requests: number): Partial<Record<BackendCounter, number>> => ({
    sessionsMax: 1,
    sessions: requests,
    chosen: requests,
    requests,
    connects: requests,
    status2xx: requests,
    sessionRateMax: requests,
    totalTimeMax: 1,
    bytesIn: 81 * requests,
    bytesOut: 117 * requests,
  });
  const s1 = proxy.back!.servers[0]!;
  give<BackendCounter>(s1.counters, served(20));
  s1.rate.add(now, 20);
  s1.lastSession = Date.now();
  give<BackendCounter>(proxy.back!.counters, {
    ...served(30),
    h1OpenConnections: 4,
    h1Connections: 30,
    h1Streams: 30,
    h1BytesIn: 3420,
    h1BytesOut: 2340,
  });
  proxy.back!.rate.add(now, 30);
  proxy.back!.lastSession = Date.now();
  Object.assign(proxy.back!.times, { total: 1 });
  return host;
}

const times = { queue: 0, connect: 0, response: 0, total: 0, record: () => {} };

test("the columns are HAProxy's 2.6.12, with the line between its own and its modules'", () => {
  assert.equal(printCsvHead(), head);
  assert.equal(statColumns.length, 127);
  assert.equal(ownColumns, 103);
});

test("lines of CSV are byte for byte what HAProxy says of the same traffic", () => {
  const lines = [...selectRows(afterThirtyRequests().process, { legends: true })].map(printCsvRow);
  assert.deepEqual(lines, [front, server, maintained, back]);
});

test("without legends there is no address and no algorithm", () => {
  const lines = [...selectRows(afterThirtyRequests().process, { legends: false })].map(printCsvRow);
  assert.equal(lines[1], server.replace("127.0.0.1:9001", ""));
  assert.equal(lines[3], back.replace(",roundrobin,", ",,"));
});

test("servers in maintenance are hidden, and the back end tells how many are up", () => {
  const { process } = afterThirtyRequests();
  for (const hide of [{ hideMaintenance: true }, { hideDown: true }]) {
    const rows = [...selectRows(process, { legends: true, ...hide })];
    assert.deepEqual(
      rows.map((row) => row.byName.svname),
      ["FRONTEND", "s1", "BACKEND"],
    );
    assert.equal(rows[2]?.byName.status, "UP (1/2)");
  }
});

test("a selection by proxy, type and id", () => {
  const { process } = afterThirtyRequests();
  const names = (proxyId: number, type: number, id: number) =>
    [...selectRows(process, { legends: true, bound: { proxyId, type, id } })].map((row) => row.byName.svname);
  assert.deepEqual(names(-1, 4, -1), ["s1", "s2"]);
  assert.deepEqual(names(2, 4, 2), ["s2"]);
  assert.deepEqual(names(2, 3, -1), ["FRONTEND", "BACKEND"]);
  assert.deepEqual(names(9, -1, -1), []);
});

test("the typed form tells what each figure is", () => {
  const rows = [...selectRows(afterThirtyRequests().process, { legends: true })];
  const text = printTypedRow(rows[1]!, false);
  for (const line of [
    "S.2.1.0.pxname.1:KNS:str:web",
    "S.2.1.18.weight.1:MaP:u32:2",
    "S.2.1.36.check_status.1:MOP:str:L4OK",
    "S.2.1.55.lastsess.1:MAP:s32:0",
    "S.2.1.73.addr.1:CGS:str:127.0.0.1:9001",
    "S.2.1.103.ssl_sess.1:MCP:u64:0",
  ])
    assert.ok(text.includes(`${line}\n`), line);
  assert.ok(printTypedRow(rows[0]!, true).includes('F.2.0.0.pxname.1:KNS:str:web:"Proxy name"\n'));
});

test("JSON has the same figures, and text that would break it is escaped", () => {
  const [row] = selectRows(standInHost([{ name: 'a"b' }]).process, { legends: true });
  const items = JSON.parse(printJsonRow(row!)) as { value: { value: unknown }; objType: string }[];
  assert.equal(items[0]?.value.value, 'a"b');
  assert.equal(items[0]?.objType, "Frontend");
  assert.deepEqual(Object.keys(items[0]!), [
    "objType",
    "proxyId",
    "id",
    "field",
    "processNum",
    "tags",
    "value",
  ]);
});

test("CSV quotes what has commas, quotes or line feeds", () => {
  assert.equal(quoteCsv("plain text"), "plain text");
  assert.equal(quoteCsv('say "no", now'), '"say ""no"", now"');
});

test("show info in its three forms", () => {
  const host = afterThirtyRequests();
  const values = infoValues(host, new ProcessGauges(host.process));
  const plain = printInfo(values, { format: "plain", describe: false, float: false });
  assert.match(
    plain,
    /^Name: HAProxy\nVersion: 2\.6\.12-1\+deb12u4\nRelease_date: 2026\/10\/17\nNbthread: 2\n/,
  );
  assert.match(plain, /\nUptime: 0d 0h00m05s\nUptime_sec: 5\n/);
  assert.match(plain, /\nCumConns: 30\nCumReq: 30\n/);
  assert.match(plain, /\nnode: vm\nStopping: 0\n/);
  const typed = printInfo(values, { format: "typed", describe: false, float: true });
  assert.match(typed, /^0\.Name\.1:POS:str:HAProxy\n/);
  assert.match(typed, /\n8\.Uptime_sec\.1:MDP:flt:5/);
  const described = printInfo(values, { format: "plain", describe: true, float: false });
  assert.match(described, /^Name: HAProxy:"Product name"\n/);
  const parsed = JSON.parse(
    printInfo(values, { format: "json", describe: false, float: false }),
  ) as unknown[];
  assert.equal(parsed.length, infoFields.length - 1); // no description was given
});

test("uptime in days, hours, minutes and seconds", () => {
  assert.equal(printUptime(90_061.9), "1d 1h01m01s");
});
