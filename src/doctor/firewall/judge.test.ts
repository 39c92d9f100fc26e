import assert from "node:assert/strict";
import { test } from "node:test";
import { chainsOf } from "./chains.js";
import { judge, type Packet } from "./judge.js";

const packet: Packet = {
  hooks: ["prerouting", "input"],
  protocol: "tcp",
  destination: "192.168.4.15",
  port: 80,
  state: "new",
  in: "eth0",
};

const iptables = (...rules: string[]) => {
  const text = `*filter\n:INPUT ACCEPT [0:0]\n:mine - [0:0]\n${rules.map((rule) => `-A ${rule}\n`).join("")}COMMIT\n`;
  return judge(chainsOf({ iptables: text }), packet)?.verdict;
};

test("iptables: what fits for sure stops, what may fit does not", () => {
  assert.equal(iptables(), undefined);
  assert.equal(iptables("INPUT -j DROP"), "drop");
  assert.equal(
    iptables("INPUT -d 192.168.4.15/32 -p tcp -m tcp --dport 80 -j REJECT --reject-with tcp-reset"),
    "reject",
  );
  assert.equal(iptables("INPUT ! -d 192.168.4.0/24 -j DROP"), undefined);
  assert.equal(iptables("INPUT -p udp -j DROP"), undefined);
  assert.equal(iptables("INPUT -i eth1 -j DROP"), undefined);
  assert.equal(iptables("INPUT -i eth+ -j DROP"), "drop");
  assert.equal(iptables("INPUT -p tcp -m multiport --dports 22,80:90 -j DROP"), "drop");
  assert.equal(iptables("INPUT -s 10.0.0.0/8 -j DROP"), undefined);
  assert.equal(
    iptables("INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "INPUT -j DROP"),
    "drop",
  );
  assert.equal(iptables("INPUT -m conntrack --ctstate NEW -j ACCEPT", "INPUT -j DROP"), undefined);
  assert.equal(iptables("INPUT -m recent --rcheck --name good -j ACCEPT", "INPUT -j DROP"), undefined);
  assert.equal(
    iptables('INPUT -m comment --comment "drop all" -j LOG --log-prefix "x: "', "INPUT -p icmp -j DROP"),
    undefined,
  );
});

test("iptables: chains of one's own", () => {
  assert.equal(iptables("INPUT -j mine", "mine -p tcp -j DROP"), "drop");
  assert.equal(iptables("INPUT -j mine", "mine -p tcp -j RETURN", "mine -j DROP"), undefined);
  assert.equal(iptables("INPUT -g mine", "INPUT -j DROP"), undefined);
  assert.equal(iptables("INPUT -j mine", "mine -j mine"), undefined);
});

const chain = { family: "inet", table: "f", name: "in", type: "filter", hook: "input", policy: "accept" };
const match = (left: object, right: unknown, op = "==") => ({ match: { op, left, right } });
const port = (right: unknown, op?: string) =>
  match({ payload: { protocol: "tcp", field: "dport" } }, right, op);
function nft(policy: string, ...rules: object[][]) {
  const list = rules.map((expr, index) => ({
    rule: { family: "inet", table: "f", chain: "in", handle: index + 2, expr },
  }));
  const set = { set: { family: "inet", table: "f", name: "web", elem: [80, { range: [8000, 8080] }] } };
  return judge(chainsOf({ nft: [{ metainfo: {} }, set, { chain: { ...chain, policy } }, ...list] }), packet);
}

test("nft: rules, sets and policies", () => {
  assert.equal(nft("accept"), undefined);
  assert.equal(
    nft("accept", [port(80), { counter: {} }, { drop: null }])?.remove,
    "nft delete rule inet f in handle 2",
  );
  assert.equal(nft("accept", [port(80, "!="), { drop: null }]), undefined);
  assert.equal(nft("accept", [port({ set: [22, { range: [70, 90] }] }), { reject: {} }])?.verdict, "reject");
  assert.equal(nft("accept", [port("@web"), { drop: null }])?.verdict, "drop");
  assert.equal(nft("accept", [port("@unknown"), { drop: null }]), undefined);
  const net = match(
    { payload: { protocol: "ip", field: "daddr" } },
    { prefix: { addr: "192.168.4.0", len: 24 } },
  );
  assert.equal(
    nft("accept", [net, { drop: null }])?.by,
    'the rule "ip daddr 192.168.4.0/24 drop" in inet f in',
  );
  const stop = nft("drop", [
    match({ ct: { key: "state" } }, ["established", "related"], "in"),
    { accept: null },
  ]);
  assert.equal(stop?.by, "the policy of inet f in");
  assert.equal(stop?.allow(packet), "nft insert rule inet f in ip daddr 192.168.4.15 tcp dport 80 accept");
  assert.equal(nft("drop", [match({ meta: { key: "iifname" } }, "eth*"), { accept: null }]), undefined);
  assert.equal(nft("drop", [{ xt: { type: "target", name: "X" } }]), undefined);
});

test("what iptables-save tells is not read from nft once more", () => {
  const table = { family: "ip", table: "filter", name: "INPUT", hook: "input", policy: "drop" };
  const text = "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n";
  assert.equal(judge(chainsOf({ nft: [{ chain: table }], iptables: text }), packet), undefined);
  assert.equal(judge(chainsOf({ nft: [{ chain: table }] }), packet)?.verdict, "drop");
});
