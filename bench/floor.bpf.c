/*
 * The floor: what clang -O2 makes of the least that a director does, to measure our programs against.
 *
 *   dr_floor     parse, look the flow up in a hash map, write the server's address into the frame, send it
 *   dr_set2      as a director does it: two candidate buckets of four entries, one cache line each; server's counters,
 *                TCP flags, time to live, time of the last packet
 *   dr_new_set2  the same, and a flow that is not there gets an entry: the emptier bucket first, claimed by compare-and-swap
 *
 * floor.ts says the same in our assembler; both share the maps that stand here, but for the table.
 * bench/object-file.ts loads this: maps are what stands in the section "maps", programs in sections of their own.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>

#define section(name) __attribute__((section(name), used))
#define inlined static inline __attribute__((always_inline))
#define network16(number) __builtin_bswap16(number)

static void *(*map_lookup)(const void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static __u64 (*coarse_now)(void) = (void *)BPF_FUNC_ktime_get_coarse_ns;

struct map { __u32 type, key_size, value_size, max_entries, flags; };

struct flow { __be32 client, virtual; __be16 client_port, virtual_port; __u8 protocol, zero[3]; };
struct server { __u8 mac[6]; __u16 device; __u32 number; };
struct service { __be32 address; __be16 port; __u8 protocol, zero; };
struct counts { __u64 packets, bytes; };
struct entry {
	__u64 word;
	struct flow flow;
	__u32 server, seen, flags, unused;
	__u8 mac[6];
	__u16 device;
	__u8 room[16];
};
struct bucket { struct entry entry[4]; };
enum { FREE, CLAIMED, LIVE };

struct map floor_flows section("maps") = { BPF_MAP_TYPE_HASH, sizeof(struct flow), sizeof(struct server), 4 * BUCKETS };
struct map floor_services section("maps") = { BPF_MAP_TYPE_HASH, sizeof(struct service), 4, 512 };
struct map floor_servers section("maps") = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct server), 4096 };
struct map floor_counts section("maps") = { BPF_MAP_TYPE_PERCPU_ARRAY, 4, sizeof(struct counts), 4096 };
struct map c_table section("maps") = { BPF_MAP_TYPE_ARRAY, 4, sizeof(struct bucket), BUCKETS, BPF_F_MMAPABLE };

struct packet { struct ethhdr *ethernet; struct iphdr *ip; struct tcphdr *tcp; __u64 length; };

/* Whether it is a packet to forward: TCP in IPv4 without options, no fragment. */
inlined int parse(struct xdp_md *context, struct packet *packet, struct flow *flow)
{
	void *data = (void *)(long)context->data, *end = (void *)(long)context->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	if ((void *)(tcp + 1) > end) return 0;
	if (ethernet->h_proto != network16(ETH_P_IP)) return 0;
	if (*(__u8 *)ip != 0x45 || ip->protocol != IPPROTO_TCP) return 0;
	if (ip->frag_off & network16(0x3fff)) return 0;
	*packet = (struct packet){ ethernet, ip, tcp, end - data };
	*flow = (struct flow){ ip->saddr, ip->daddr, tcp->source, tcp->dest, IPPROTO_TCP };
	return 1;
}

inlined void address_to(struct ethhdr *ethernet, const __u8 *mac)
{
	__builtin_memcpy(ethernet->h_source, ethernet->h_dest, 6);
	__builtin_memcpy(ethernet->h_dest, mac, 6);
}

section("xdp/dr_floor") int dr_floor(struct xdp_md *context)
{
	struct packet packet;
	struct flow flow;
	if (!parse(context, &packet, &flow)) return XDP_PASS;
	struct server *server = map_lookup(&floor_flows, &flow);
	if (!server) return XDP_PASS;
	address_to(packet.ethernet, server->mac);
	return XDP_TX;
}

/* Its halves choose the two buckets. */
inlined __u64 hash_of(const struct flow *flow)
{
	const __u64 *key = (const void *)flow;
	__u64 mixed = key[0] ^ key[1] * 0x9E3779B97F4A7C15ull;
	mixed = (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9ull;
	return mixed ^ mixed >> 32;
}

inlined struct entry *find(struct bucket *bucket, const struct flow *flow)
{
	const __u64 *wanted = (const void *)flow;
	_Pragma("unroll") for (int i = 0; i < 4; i++) {
		struct entry *entry = &bucket->entry[i];
		const __u64 *there = (const void *)&entry->flow;
		if (there[0] == wanted[0] && there[1] == wanted[1] && (entry->word & 3) == LIVE) return entry;
	}
	return 0;
}

inlined int used(const struct bucket *bucket)
{
	int count = 0;
	_Pragma("unroll") for (int i = 0; i < 4; i++) count += bucket->entry[i].word != FREE;
	return count;
}

inlined struct entry *claim(struct bucket *bucket)
{
	_Pragma("unroll") for (int i = 0; i < 4; i++) {
		__u64 *word = &bucket->entry[i].word;
		if (*word == FREE && __sync_val_compare_and_swap(word, FREE, CLAIMED) == FREE) return &bucket->entry[i];
	}
	return 0;
}

inlined int set2(struct xdp_md *context, int creates)
{
	struct packet packet;
	struct flow flow;
	if (!parse(context, &packet, &flow)) return XDP_PASS;
	__u64 hash = hash_of(&flow);
	__u32 one = (__u32)hash & (BUCKETS - 1), other = (__u32)(hash >> 32) & (BUCKETS - 1);
	struct bucket *first = map_lookup(&c_table, &one), *second = map_lookup(&c_table, &other);
	if (!first || !second) return XDP_PASS;
	struct entry *entry = find(first, &flow);
	if (!entry) entry = find(second, &flow);
	__u32 now = coarse_now() >> 20;
	if (!entry) {
		if (!creates) return XDP_PASS;
		struct service key = { packet.ip->daddr, packet.tcp->dest, IPPROTO_TCP };
		if (!map_lookup(&floor_services, &key)) return XDP_PASS;
		__u32 chosen = one & 3;
		struct server *server = map_lookup(&floor_servers, &chosen);
		if (!server) return XDP_PASS;
		int swap = used(second) < used(first);
		entry = claim(swap ? second : first);
		if (!entry) entry = claim(swap ? first : second);
		if (!entry) return XDP_DROP;
		entry->flow = flow;
		entry->server = server->number;
		__builtin_memcpy(entry->mac, server->mac, 6);
		entry->word = LIVE;
	}
	__u32 number = entry->server;
	struct counts *counts = map_lookup(&floor_counts, &number);
	if (counts) { counts->packets++; counts->bytes += packet.length; }
	__u32 flags = ((__u8 *)packet.tcp)[13];
	if (flags & 5) entry->flags |= flags;
	entry->seen = now;
	if (packet.ip->ttl <= 1) return XDP_PASS;
	__u32 sum = packet.ip->check + network16(0x0100);
	packet.ip->check = sum + (sum >= 0xffff);
	packet.ip->ttl--;
	address_to(packet.ethernet, entry->mac);
	return XDP_TX;
}

section("xdp/dr_set2") int dr_set2(struct xdp_md *context) { return set2(context, 0); }
section("xdp/dr_new_set2") int dr_new_set2(struct xdp_md *context) { return set2(context, 1); }
