/** Other fetches: NAME ARGUMENTS TYPE SOURCE; arguments in brackets may be left out, "-" are none. */
export const otherFetches = `
always_false - bool constant
always_true - bool constant
bin str bin constant
bool str bool constant
cpu_calls - sint internal
cpu_ns_avg - sint internal
cpu_ns_tot - sint internal
date [sint,str] sint constant
date_us - sint constant
env str str constant
hostname - str constant
int sint sint constant
ipv4 ipv4 ipv4 constant
ipv6 ipv6 ipv6 constant
lat_ns_avg - sint internal
lat_ns_tot - sint internal
meth str meth constant
nbproc - sint constant
prio_class - sint internal
prio_offset - sint internal
proc - sint constant
rand [sint] sint constant
res.cache_hit - bool response
res.cache_name - str response
res.comp - bool response
res.comp_algo - str response
stopping - bool internal
str str str constant
table_avl table sint internal
table_cnt table sint internal
thread - sint constant
unique-id - str constant
uuid [sint] str constant
var str[,str] any constant
`;
