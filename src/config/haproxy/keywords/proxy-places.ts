/** In which sections of proxies keywords stand: D defaults, F frontend, L listen, B backend. */
const rows = `
DFLB acl bind-process compression disabled email-alert enabled errorfile errorfiles errorloc errorloc302 errorloc303 http-after-response http-error http-request http-response log log-tag mode option stats tcp-request timeout
DFL backlog clitcpka-cnt clitcpka-idle clitcpka-intvl default_backend error-log-format log-format log-format-sd max-session-srv-conns maxconn monitor-uri rate-limit unique-id-format unique-id-header
DLB balance cookie default-server dynamic-cookie-key external-check fullconn hash-balance-factor hash-type http-check http-reuse load-server-state-from-file max-keep-alive-queue persist retries retry-on server-state-file-name source srvtcpka-cnt srvtcpka-idle srvtcpka-intvl tcp-check tcp-response transparent
FLB description filter id redirect stick-table
FL bind capture declare monitor use_backend
LB dispatch force-persist http-send-name-header ignore-persist server server-template stick use-fcgi-app use-server
`;

/** The same of options that have words of their own. */
const optionRows = `
DFLB forwardfor http-keep-alive http-restrict-req-hdr-names http-server-close httpclose originalto tcpka tcplog
DFL httplog httpslog
DLB external-check httpchk ldap-check mysql-check pgsql-check redis-check redispatch smtpchk spop-check ssl-hello-chk tcp-check
`;

const placesIn = (table: string): ReadonlyMap<string, string> =>
  new Map(
    table
      .trim()
      .split("\n")
      .flatMap((row) => {
        const [places = "", ...names] = row.split(" ");
        return names.map((name) => [name, places] as const);
      }),
  );

/** "DFLB" and its like, by keyword; those that are refused have none. */
export const proxyPlaces = placesIn(rows);
export const optionPlaces = placesIn(optionRows);
