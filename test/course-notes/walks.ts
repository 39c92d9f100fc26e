/** What is typed on a host: see typedOf. */
export type Step = readonly [host: string, ...lines: string[]];

/** A cluster of the notes, from bare hosts to shared answers. */
export interface Walk {
  readonly topology: string;
  readonly vip: string;
  /** One after another in the same lab; after each, who answers how many requests. */
  readonly parts: readonly { readonly steps: readonly Step[]; readonly answers: Record<string, number> }[];
  /** A line that goes on until a signal: what it is to print while requests are made, on the director. */
  readonly watched?: { readonly line: string; readonly shows: RegExp };
}

const address = (device: string, text: string, mask = "255.255.255.0") =>
  `+ ifconfig ${device} ${text} netmask ${mask}`;
const page = (text: string) => [`+ echo ${text} > /var/www/html/index.html`, "+ systemctl start httpd"];

/** Every line of the notes that can be typed, in an order in which the notes' clusters come about. */
export const walks: readonly Walk[] = [
  {
    topology: "nat",
    vip: "192.168.4.5",
    parts: [
      {
        steps: [
          ["client", address("eth0", "192.168.4.10")],
          ["director", address("ens33", "192.168.4.5"), address("ens37", "192.168.2.5")],
          ["web1", "+ nmcli connection modify ens33 ipv4.addresses 192.168.2.100/24"],
          ["web1", "003:96-100", "003:122-123"],
          ["web2", "+ nmcli connection modify ens33 ipv4.addresses 192.168.2.200/24"],
          ["web2", "003:103-107", "003:126-127"],
          ["director", "000:34-37"],
        ],
        answers: { "192.168.2.100": 8 },
      },
      {
        steps: [
          ["director", "+ ipvsadm -C", "003:80-91", "+ ipvsadm -C", "003:110-119"],
          ["client", "003:130"],
        ],
        answers: { "192.168.2.100": 4, "192.168.2.200": 4 },
      },
    ],
  },
  {
    topology: "nat-8",
    vip: "8.8.8.8",
    parts: [
      {
        steps: [
          ["client", address("eth0", "8.8.8.1")],
          ["web1", "001:52-54", ...page("192.168.10.2")],
          ["web2", "001:56-61", ...page("192.168.10.3")],
          ["director", "001:47-50", "001:74", "001:63-67", "001:70-71", "001:75-84"],
          ["client", "001:69"],
        ],
        answers: { "192.168.10.2": 4, "192.168.10.3": 4 },
      },
    ],
    watched: { line: "001:230", shows: / IP 192\.168\.10\.[23]\.80 > 8\.8\.8\.1\.\d+: Flags/ },
  },
  {
    topology: "tun",
    vip: "200.168.10.10",
    parts: [
      {
        steps: [
          ["client", address("eth0", "200.168.10.4")],
          ["web2", "001:109-110", ...page("200.168.10.3")],
          ["web1", "001:150", "001:106-107", ...page("200.168.10.2"), "001:131-148"],
          ["web2", "001:131-132 again", "001:147 again"],
          ["director", "001:152", "001:101-104", "001:111-129", "001:153-156"],
        ],
        answers: { "200.168.10.2": 4, "200.168.10.3": 4 },
      },
    ],
  },
  {
    topology: "dr-200",
    vip: "200.168.10.10",
    parts: [
      {
        steps: [
          ["client", address("eth0", "200.168.10.4")],
          ["web2", "001:179-180", ...page("200.168.10.3")],
          ["web1", "001:222", "001:176-177", ...page("200.168.10.2"), "001:202-220", "001:229"],
          ["web2", "001:202-204 again", "001:219 again"],
          ["director", "001:224", "001:171-174", "001:181-200", "001:225-228"],
        ],
        answers: { "200.168.10.2": 4, "200.168.10.3": 4 },
      },
    ],
  },
  {
    topology: "dr",
    vip: "192.168.4.15",
    parts: [
      {
        steps: [
          ["client", address("eth0", "192.168.4.10")],
          ["web1", "003:161-165", "003:175-176", "003:183-202"],
          ["web2", "003:168-172", "003:179-180", "003:205-224"],
          ["director", "003:143-158", "003:227-239"],
          ["client", "003:241"],
        ],
        answers: { "192.168.4.100": 4, "192.168.4.200": 4 },
      },
      {
        steps: [
          ["web1", "+ rm /etc/sysconfig/network-scripts/ifcfg-lo:0", "000:54-69"],
          ["web1", "+ systemctl restart network"],
          ["director", "+ rm /etc/sysconfig/network-scripts/ifcfg-ens33:0", "000:42-52"],
          ["director", "000:21-26", "000:71-78", "+ grep -q 192.168.4.200 /etc/sysconfig/ipvsadm"],
          ["director", "000:31-32", "002:13-29"],
        ],
        answers: { "192.168.4.100": 4, "192.168.4.200": 4 },
      },
    ],
  },
  {
    topology: "dr-172",
    vip: "172.16.100.1",
    parts: [
      {
        steps: [
          ["client", address("eth0", "172.16.100.3", "255.255.0.0")],
          ["web1", address("eth0", "172.16.100.7", "255.255.0.0"), "004:34-46", ...page("172.16.100.7")],
          ["web2", address("eth0", "172.16.100.8", "255.255.0.0"), "004:49-59", ...page("172.16.100.8")],
          ["director", address("eth0", "172.16.100.2", "255.255.0.0")],
          ["director", "+ ifconfig eth0:0 172.16.100.1 netmask 255.255.0.0 up", "004:31", "004:62-68"],
        ],
        answers: { "172.16.100.7": 4, "172.16.100.8": 4 },
      },
      {
        steps: [["director", "004:72-77", "+ ipvsadm -C", "004:80"]],
        answers: { "172.16.100.7": 6, "172.16.100.8": 2 },
      },
    ],
  },
  {
    topology: "keepalived-web",
    vip: "192.168.4.80",
    parts: [
      {
        steps: [
          ["client", address("eth0", "192.168.4.10")],
          ["web1", "003:252-258", "003:270-293"],
          ["web2", "003:261-267", "003:296-319"],
          ["client", "+ until curl -s -m 1 -o /dev/null http://192.168.4.80/; do :; done", "003:321"],
        ],
        answers: { "192.168.4.100": 8 },
      },
      { steps: [["web1", "+ systemctl stop keepalived"]], answers: { "192.168.4.200": 8 } },
    ],
  },
  {
    topology: "keepalived-dr",
    vip: "192.168.4.15",
    parts: [
      {
        steps: [
          ["client", address("eth0", "192.168.4.10")],
          ["web1", "003:175-176 again", "003:183-202 again", ...page("192.168.4.100")],
          ["web2", "003:179-180 again", "003:205-224 again", ...page("192.168.4.200")],
          ["lvs1", address("ens33", "192.168.4.5"), "+ echo 1 > /proc/sys/net/ipv4/ip_forward"],
          ["lvs2", address("ens33", "192.168.4.6"), "+ echo 1 > /proc/sys/net/ipv4/ip_forward"],
          ["lvs1", "003:336-383"],
          ["lvs2", "003:386-432"],
          ["lvs1", "002:81-84"],
          ["client", "+ until curl -s -m 1 -o /dev/null http://192.168.4.15/; do :; done", "003:434"],
        ],
        answers: { "192.168.4.100": 4, "192.168.4.200": 4 },
      },
      { steps: [["lvs1", "002:87"]], answers: { "192.168.4.100": 4, "192.168.4.200": 4 } },
    ],
  },
  {
    topology: "haproxy",
    vip: "192.168.4.5",
    parts: [
      {
        steps: [
          ["client", address("eth0", "192.168.4.10")],
          ["web1", address("ens33", "192.168.2.100"), "003:445-449"],
          ["web2", address("ens33", "192.168.2.200"), "003:452-456"],
          ["haproxy", address("ens33", "192.168.4.5"), address("ens37", "192.168.2.5")],
          ["haproxy", "003:459-472"],
          ["client", "003:474"],
          ["haproxy", "003:477-483"],
          ["client", "003:485"],
        ],
        answers: { "192.168.2.100": 6, "192.168.2.200": 3 },
      },
    ],
  },
];
