import { done, type Keyword, refused, table, withoutEffect } from "./keyword.js";

/** Sections other than global and those of proxies. */
export type SmallSection =
  | "peers"
  | "resolvers"
  | "userlist"
  | "mailers"
  | "http-errors"
  | "ring"
  | "cache"
  | "program";

/** Their keywords, in the order in which HAProxy suggests them. */
export const sectionKeywords: Readonly<Record<SmallSection, ReadonlyMap<string, Keyword>>> = {
  peers: table(
    done(
      "bind ADDRESS:PORT ... | where peers connect to: [words](#bind)",
      "default-bind WORDS ... | words for `bind`",
      "default-server WORDS ... | words for the peers below: [words](#server)",
      "log TARGET FACILITY ... | where it is told of peers",
      "peer NAME ADDRESS:PORT ... | a peer; the local one listens there",
      "server NAME [ADDRESS:PORT] ... | a peer; the local one listens at `bind`",
      "table NAME type ... | a stick table, used as SECTION/NAME: [words](#stick-table)",
      "disabled | nothing is exchanged",
      "enabled | takes it back",
    ),
  ),
  resolvers: table(
    done(
      "nameserver NAME ADDRESS:PORT | a name server; udp is assumed, tcp@ takes TCP",
      "parse-resolv-conf | those of /etc/resolv.conf",
      "hold nx|obsolete|other|refused|timeout|valid DELAY | how long such an answer is good | nx, other, refused, timeout 30s; valid 10s; obsolete 0",
      "accepted_payload_size NUMBER | bytes of an answer over UDP, 12 to 65535 | 512",
      "resolve_retries NUMBER | questions before it is given up | 3",
      "timeout resolve|retry DELAY | time between questions, and until one is asked again | 1s",
    ),
    refused("it never appeared in a stable release.", "resolution_pool_size NUMBER | answers at once"),
  ),
  userlist: table(
    done(
      "user NAME password|insecure-password TEXT [groups LIST] | a user, with crypt(3)'s hash or the plain password",
      "group NAME [users LIST] | a group",
    ),
  ),
  mailers: table(
    done(
      "mailer NAME ADDRESS:PORT | a server that takes mails by SMTP",
      "timeout mail DELAY | time for a mail | 10s",
    ),
  ),
  "http-errors": table(done("errorfile CODE PATH | a whole answer for a status")),
  ring: table(
    done(
      "size NUMBER | bytes it keeps | 16384",
      "maxlen NUMBER | bytes of an entry | 1024",
      "server NAME ADDRESS ... | where entries are sent by TCP; `log-proto`",
      "timeout connect|server DELAY | time limits of that",
      "format rfc3164|rfc5424|short|priority|timed|iso|raw | form of entries | raw",
      "description TEXT | told by `show events`",
    ),
  ),
  cache: table(
    done(
      "total-max-size MEGABYTES | its size, 1 to 4095; it has to be said",
      "max-age SECONDS | longest life of an answer | 60",
      "max-object-size BYTES | largest answer | a 256th of the size",
      "process-vary on|off | keeps answers with Vary: accept-encoding, referer, origin | off",
      "max-secondary-entries NUMBER | variants of one address | 10",
    ),
  ),
  program: table(
    done(
      "command PATH ARGUMENTS ... | what is started",
      "option start-on-reload | is started again at a reload; `no option start-on-reload`: goes on | on",
      "user NAME | its user | the master's",
      "group NAME | its group | the master's",
    ),
  ),
};

/** Every section of 2.6. */
export const sectionNames: ReadonlyMap<string, Keyword> = table(
  done(
    "global | the process: [global](#global)",
    "defaults [NAME] [from NAME] | settings for proxies below: [proxies](#proxies)",
    "frontend NAME [from NAME] | takes connections of clients",
    "backend NAME [from NAME] | has servers",
    "listen NAME [from NAME] | both in one",
    "peers NAME | who stick tables are shared with: [peers](#peers)",
    "resolvers NAME | name servers: [resolvers](#resolvers)",
    "userlist NAME | users for `http-request auth` and `http_auth`: [userlist](#userlist)",
    "mailers NAME | who takes mails: [mailers](#mailers)",
    "http-errors NAME | answers by status: [http-errors](#http-errors)",
    "ring NAME | keeps log lines, and sends them on: [ring](#ring)",
    "cache NAME | keeps answers: [cache](#cache)",
    "program NAME | a program beside the workers: [program](#program)",
  ),
  withoutEffect("FastCGI servers are not spoken to.", "fcgi-app NAME | how a FastCGI server is spoken to"),
  refused(
    "log lines are not received and passed on.",
    "log-forward NAME | takes log lines and sends them on",
  ),
);
