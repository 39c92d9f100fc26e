/** What is asked of a file: the path and arguments as they go over the wire, and X-Forwarded-For. */
export interface Asked {
  readonly target: string;
  readonly forwardedFor?: string;
}

/** Statements of http, those of one location `/NAME/` or of a server of its own, and what is asked below `/NAME/`. */
export interface ScriptCase {
  readonly name: string;
  readonly http?: string;
  readonly location?: string;
  readonly server?: string;
  readonly asked: readonly Asked[];
}

const targets = (...paths: string[]): Asked[] => paths.map((target) => ({ target }));
const values = (name: string, all: readonly string[]): Asked[] =>
  all.map((value) => ({ target: `?${name}=${value}` }));
const odd = ["", "a", "a%20b", "a%26b+c", "a+b", "%7e%2F%3f", "caf%C3%A9", "a;b&c", "a'(b)"];

const rewrites: ScriptCase[] = [
  ["plain", "rewrite ^/plain/(.*) /z/$1;"],
  ["args", "rewrite ^/args/(.*) /z/$1?q=$1&r=$args;"],
  ["argsonly", "rewrite ^/argsonly/(.*) /z?$1?;"],
  ["drop", "rewrite ^/drop/(.*) /z/$1?;"],
  ["two", "rewrite ^/two/(.)(.*) /z/$2; rewrite ^/z/(.*) /y/$1?w=$1;"],
  ["last", "rewrite ^/last/(.*) /z/$1 last; rewrite ^ /never;"],
  ["break", "rewrite ^/break/(.*) /z/$1 break; rewrite ^ /never;"],
  ["stop", "rewrite ^/stop/(.*) /z/$1; break; rewrite ^ /never;"],
  ["redirect", "rewrite ^/redirect/(.*) /z/$1 redirect;"],
  ["permanent", "rewrite ^/permanent/(.*) /z/$1?q=$1 permanent;"],
  ["escapes", "rewrite ^/escapes/(.*) /%2f%41%20%zz/%1z/$1%3f%2f redirect;"],
  ["scheme", "rewrite ^/scheme/(.*) $scheme://other/$1?$args?;"],
  ["nothing", "rewrite ^/nothing/(b?) $1;"],
  ["around", "rewrite ^ /around/x;"],
  ["named", "rewrite ^/named/(?<first>.)(?<rest>.*) /z/$rest?f=$first&a=$a; set $a $first-$rest;"],
  ["optional", 'rewrite ^/optional/(a)?(.*) "/z/[$1][$2][$3]";'],
].map(([name, location]) => ({
  name: name!,
  location: location!,
  asked: targets(...odd.flatMap((path) => [path, `${path}?x=1`])),
}));

const others: ScriptCase[] = [
  {
    name: "set",
    location:
      "set $a $1; set $b $arg_x$a; set $args y=$arg_x&$args; set $c ${b}c; return 200 $a|$b|$c|$args|$is_args;",
    asked: targets(...odd.map((path) => `${path}?x=${path}`)),
  },
  {
    name: "quote",
    location:
      'if ($uri ~ "^/quote/(.*)") { set $a $1; } if ($a = $1) { set $b same; } rewrite ^/quote/(.*) /quote/$1; set $c $1; return 200 "$a|$b|$c|$1";',
    asked: targets(...odd),
  },
  {
    name: "if",
    location: `set $a 1;
      if ($arg_v) { set $a "$a true"; }
      if ($arg_v = a) { set $a "$a equal"; }
      if ($arg_v != a) { set $a "$a other"; }
      if ($arg_v ~ ^A(.*)$) { set $a "$a regex[$1]"; }
      if ($arg_v ~* ^A(.*)$) { set $a "$a ignored[$1]"; }
      if ($arg_v !~* ^A(.*)$) { set $a "$a not[$1]"; }
      if (-d /proc/$arg_v) { set $a "$a folder"; }
      if (-e /proc/self/$arg_v) { set $a "$a there"; }
      if (!-f /proc/self/$arg_v) { set $a "$a nofile"; }
      if (-x $arg_v) { set $a "$a run"; }
      return 200 $a;`,
    asked: values("v", [
      "",
      "0",
      "00",
      "a",
      "A",
      "Abc",
      "abc",
      "self",
      "exe",
      "status",
      "/bin/sh",
      "/dev/null",
    ]),
  },
  {
    name: "return",
    location: `if ($arg_v = 200) { return 200; } if ($arg_v = 204) { return 204; } if ($arg_v = 301) { return 301; }
      if ($arg_v = 302) { return 302 /x$uri?$args; } if ($arg_v = url) { return https://$arg_v/$1; } if ($arg_v = 303) { return 303 x; }
      if ($arg_v = 307) { return 307 /; } if ($arg_v = 308) { return 308 /$arg_v; } if ($arg_v = 403) { return 403; }
      if ($arg_v = 404) { return 404 "none of $uri"; } if ($arg_v = 444) { return 444; } if ($arg_v = 410) { return 410 ""; }
      if ($arg_v = 599) { return 599 text; } if ($arg_v = 299) { return 299 "$arg_none"; }`,
    asked: values("v", "200 204 301 302 url 303 307 308 403 404 444 410 599 299 none".split(" ")),
  },
  {
    name: "map",
    http: `map $arg_v $mapped { "" empty; abc text; ~b "first $1"; ~*^(B)(?<tail>.*) "second $1 $tail"; \\~x tilde; default "none $arg_v"; }
      map $mapped$arg_v $chain { ~^text(.*) [$1]; volatile; }`,
    location: "return 200 $mapped|$chain|$1|$tail;",
    asked: values("v", ["", "abc", "ABC", "xb", "Bxy", "B", "~x", "none", "BB"]),
  },
  {
    name: "hosts",
    http: `map $arg_v $hosted { hostnames; default none; *.com com; .a.com a; b.a.com exact; www.* www; www.a.* tail; .c.b.org cb; *.b.org b;
      mail.*  mail; ~^re.*\\.com$ regex; ~^re regex2; }`,
    location: "return 200 $hosted;",
    asked: values(
      "v",
      `com x.com X.A.COM. a.com b.a.com c.b.a.com www.com www.org www.a.org www. www.. www www.a. .com .a.com ..a.com b.org c.b.org x.c.b.org
      x.b.org re.com re.org mail.b.org b.org. a.com.. rex www.b.org org mail.a.com re`.split(/\s+/),
    ),
  },
  {
    name: "geo",
    http: `geo $arg_v $geo4 { default none; 10.0.0.0/8 ten; 10.1.0.0/16 sixteen; 10.1.2.3 one; 10.1.2.3/30 few; fd00::/8 local; fd00::1 first;
        127.0.0.0/8 loop; 0.0.0.0/1 low; 10.2.0.0/15 x; delete 10.2.0.0/15; 255.255.255.255 all; }
      geo $arg_v $ranged { ranges; default none; 10.0.0.0-10.2.255.255 all; 10.0.0.5-10.0.0.9 few; 10.0.0.7-10.0.0.7 one; 10.1.0.0-10.1.255.255 mid;
        255.255.255.255-255.255.255.255 x; }`.replace(
      " 255.255.255.255-255.255.255.255 x;",
      " 255.255.255.0-255.255.255.254 x;",
    ),
    location: "return 200 $geo4|$ranged;",
    asked: values(
      "v",
      `9.255.255.255 10.0.0.0 10.1.2.2 10.1.2.3 10.1.2.0 10.1.2.4 10.255.255.255 11.0.0.0 128.0.0.1 127.0.0.1 ::ffff:10.1.2.3 fd00::1 fd00::2 fe80::
      ::1 none 255.255.255.255 10.0.0.4 10.0.0.5 10.0.0.7 10.0.0.9 10.0.0.10 10.1.77.0 10.2.255.255 10.3.0.0 10.2.3.4 255.255.255.7
      1.2.3 1.2.3.4.5 256.1.1.1 [::1] 10.0.0.7:80`.split(/\s+/),
    ),
  },
  {
    name: "proxies",
    http: `geo $once { proxy 127.0.0.0/8; proxy 10.0.0.0/24; default none; 127.0.0.1 own; 1.1.1.1 one; 2.2.2.2 two; 10.0.0.0/8 ten; fd00::/8 six; }
      geo $deep { proxy 127.0.0.0/8; proxy 10.0.0.0/24; proxy fd00::/16; proxy_recursive; default none; 127.0.0.1 own; 1.1.1.1 one; 2.2.2.2 two;
        10.0.0.0/8 ten; fd00::/8 six; }`,
    location: "return 200 $once|$deep;",
    asked: [
      "1.1.1.1",
      "1.1.1.1, 2.2.2.2",
      "1.1.1.1, 10.0.0.7",
      "1.1.1.1,10.0.0.7 , 10.0.0.8,,",
      "unknown",
      "unknown, 10.0.0.1",
      "1.1.1.1:80, [fd00::1]:80",
      "[fd00::1]",
      "2.2.2.2, fd00::1",
      ",10.0.0.1",
      "2.2.2.2:0",
      "10.0.0.1 1.1.1.1",
    ].map((forwardedFor) => ({ target: "", forwardedFor })),
  },
  {
    name: "split",
    http: `split_clients "$arg_v" $split { 0.01% tiny; 33.33% third; 12.5% eighth; 50% half; * rest; }
      split_clients x$arg_v$arg_v $part { 25% a; 25% b; 49.99% c; }`,
    location: "return 200 $split|$part;",
    asked: values("v", [
      "",
      "a",
      "ab",
      ...Array.from({ length: 400 }, (_, index) => `${"key".repeat(index % 5)}${index * 7919}`),
    ]),
  },
];

const servers: ScriptCase[] = [
  {
    name: "first",
    server: `set $a ""; rewrite ^/first/(.*)$ /second/$1; rewrite ^/second/(x.*)$ /third/$1?y; location / { return 200 other; }
      location /second/ { set $a "$a second"; rewrite ^ /third$uri; } location /third/ { return 200 "third$a"; }`,
    asked: targets(...odd, "x", "x?z=1"),
  },
  {
    name: "branches",
    server: `if ($arg_v = stop) { break; } if ($arg_v ~ ^(re)(.*)) { rewrite ^/branches/(.*)$ /$1/$2/end last; }
      if ($arg_v = go) { rewrite ^ /go? last; } if ($arg_v = out) { return 302 /out$uri; } set $a set;
      location / { if ($arg_v = in) { set $a in; add_header X-In $a; } if ($arg_v = in) { add_header X-In2 "$a 2"; } return 200 "at $uri $a"; }`,
    asked: values("v", "stop rest go out none in".split(" ")),
  },
  {
    name: "regexes",
    server: `location ~ ^/regexes/(?<kind>[a-z]+)/(.*)$ { set $a $kind-$2; rewrite ^/regexes/(a) /$1$2$kind break; return 200 "$1|$2|$kind"; }
      location ~* ^/REGEXES/(B)/? { return 200 "B $1"; } location / { return 200 none; }`,
    asked: targets("a/", "a/b%20c", "b", "B/", "c/d/e", "9"),
  },
  {
    name: "again",
    server: `error_page 404 = /again/missing?from=$uri; error_page 403 @named; location /again/ { if ($arg_v) { return 404; } if ($uri ~ deny) { return 403; }
      rewrite ^/again/loop /again/loop; } location /again/missing { return 200 "missing $args $a"; }
      location @named { rewrite ^ /named$uri last; } location /named { return 200 "named $uri"; }`,
    asked: [...values("v", ["1"]), ...targets("loop", "deny", "x")],
  },
];

/** Each is looked for in the path, and told with its groups. */
const expressions = [
  "^/regex/(a+)(b*)$",
  "(a|ab)(c|bcd)(d*)",
  "a{2,3}?(.)",
  "(?i)X(Y)",
  "(?=.*b)a(.)",
  "(?<!a)b(c)",
  "(\\w)\\1",
  "\\bab(c?)",
  "^/regex/(.*?)-(.*)$",
  "([[:alpha:]]+)[[:digit:]]+$",
  "x$",
  "x\\n(.*)",
  "^.regex.(.)$",
  "[^/]+/([^/]*)$",
  "(?:a|b)+(?<x1>c)",
  "(a(b(c)?)?)?d",
  "\\.(jpg|png)$",
  "[\\d.-]+(é|\\xc3)",
  "\\Aé|\\/(é)\\z",
  "(?#comment)ab(c)",
  // Of a group that is repeated within itself, "(a*)*b", the linear engine tells the last iteration that took something, PCRE an empty one.
  "(?:a*)*b(.?)",
  "()",
];

const more: ScriptCase[] = [
  {
    name: "regex",
    // Without X-Seen, for paths that have line ends.
    location: `add_header X-Own own; set $a ""; ${expressions
      .map((regex, index) => `if ($uri ~ "${regex}") { set $a "$a ${index}[$1][$2]"; }\n`)
      .join("")} return 200 $a;`,
    asked: targets(
      ..."a ab aab abcd aaab XY xy ba bc abc aa ab-c-d x x%0A x%0Ay q a/b/ bac ad abd abcd d a.jpg a.png 1.2-%C3%A9 %C3%A9 aaaaaaaaaaaaaaaac".split(
        " ",
      ),
    ),
  },
  {
    name: "caching",
    http: `map $uri $kept { ~([a-z])$ $1; default none; } map $uri $fresh { volatile; ~([a-z])$ $1; default none; }
      map $arg_v $one { default $two; } map $arg_v $two { default $one; }
      map $uri $segment { ~/(?<last>[a-z]+)$ "$last-$1"; }`,
    location: `set $b "$kept$fresh"; if ($uri ~ "/(c)(.*)$") { set $c $1; } rewrite ^/caching/(.)(.*)$ /caching/$2$1; set $a "$b|$kept|$fresh|$1";
      return 200 "$a|$segment|$1|$last|$one|$two|$c";`,
    asked: targets("ab", "cd", "c", "x/yz", "9", "ab?v=1"),
  },
];

export const scriptCases: readonly ScriptCase[] = [...rewrites, ...others, ...servers, ...more];

/** Statements of http of which each is wrong, but for what reads them alone. */
export const mistakes: readonly string[] = [
  "map $arg_x $y { a $; }",
  "map $ $y { a b; }",
  "map $arg_x $y { a ${b; }",
  'map $arg_x $y { a "${b-c}"; }',
  "map $nope $y { a b; }",
  "map $arg_x $host { a b; }",
  "map $arg_x $y { ~(?<uri>a) b; }",
  "geo $nope $y { default a; }",
  "geo $uri { default a; }",
  "geo $y { ranges; 10.0.0.1-10.0.0.9 a; 10.0.0.5-10.0.0.12 b; }",
  "geo $y { ranges; 10.0.0.5-10.0.0.9 a; 10.0.0.1-10.0.0.12 b; }",
  "split_clients $nope $y { * a; }",
  "split_clients $arg_a $request_uri { * a; }",
  "server { set $uri a; }",
  "server { set $a $b; }",
  "server { set $a $b; set $B c; if ($d) { return 200; } }",
  "server { set $a $; }",
  "server { return 200 $; }",
  "server { rewrite ^ /$; }",
  "server { rewrite ^ /$nope; }",
  "server { if ($a) { return 200; } }",
  "server { if ($uri ~ (?<host>a)) { return 200; } }",
];
