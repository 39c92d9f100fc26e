/** `rondo keepalived --help`. */
export const keepalivedUsage = `usage: rondo keepalived [OPTION…]
       rondo keepalived status|explain|stats|metrics [--json] [--namespace NAME] [--pid FILE]
       rondo keepalived reload|stop [--namespace NAME] [--pid FILE]
       rondo keepalived dump data|stats|json [--namespace NAME] [--pid FILE]

VRRP and health checks as keepalived's own command: it runs an existing keepalived.conf. The second form asks a running one.

  -f, --use-file=FILE            the configuration (/etc/keepalived/keepalived.conf)
  -t, --config-test[=LOG_FILE]   checks the configuration and ends: 0, 4, 5 or 6, as the real one
      --fix                      with -t: writes the mended file
      --lenient                  starts with a configuration that has errors, as the real one does
  -n, --dont-fork                stays in the foreground
  -l, --log-console              log to the standard error output
  -D, --log-detail               detailed log
  -S, --log-facility=([0-7]|local[0-7]|user|daemon)
                                 syslog's facility (daemon)
  -g[FILE], --log-file[=FILE]    log to FILE (/tmp/keepalived.log), and FILE_vrrp, FILE_healthcheckers, FILE_bfd
  -G, --no-syslog                no log to syslog
      --syslog-socket=PATH       where syslog listens (/dev/log)
  -P, --vrrp                     VRRP only
  -C, --check                    health checks only
  -B, --no_bfd                   no BFD
      --all                      all parts, also without configuration
  -V, --dont-release-vrrp        VIPs and routes stay when it stops
  -I, --dont-release-ipvs        virtual servers stay when it stops
  -R, --dont-respawn             ends when a part ends
  -a, --address-monitoring       logs every address that comes or goes
  -d, --dump-conf                logs the configuration
  -p, --pid=FILE                 pid file (/run/keepalived.pid)
  -r, --vrrp_pid=FILE            … of the VRRP process (/run/vrrp.pid)
  -c, --checkers_pid=FILE        … of the health checks (/run/checkers.pid)
  -b, --bfd_pid=FILE             … of BFD (/run/bfd.pid)
  -s, --namespace=NAME           runs in a network namespace
  -i, --config-id ID             for lines with @ID (the host's name)
  -e, --all-config               every file has to be there
  -u, --umask=MASK               umask for files
      --signum=SIGFUNC           the number of the signal for STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON
  -v, --version
  -h, --help

Known, and said to do nothing: -X -x -A -m -M --flush-log-file --no-mem-check --perf --debug. Refused: -T.
`;
