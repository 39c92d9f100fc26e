// keepalived.conf as the course notes have it, with their slips (`vrrp_instance_Vl_1`, `proiority`, `auth_type pass`,
// `nb_get_retry` of a TCP_CHECK): a lab mends them as `rondo keepalived -t --fix` does before it starts keepalived.

export interface NotesFile {
  readonly routerId: string;
  readonly state: "MASTER" | "BACKUP";
  readonly interface: string;
  readonly priority: number;
  readonly vip: string;
}

/** The part of VRRP, which both clusters have. */
export const vrrpPart = ({
  routerId,
  state,
  interface: card,
  priority,
  vip,
}: NotesFile): string => `global_defs {
	router_id  ${routerId}		##路由ID号
	vrrp_iptables		##禁止防火墙自动设置策略，默认会拒绝所有
}
vrrp_instance_Vl_1 {
	state ${state}		##主服务器
	interface  ${card}		##定义网络接口
	virtual_router_id  51		##主备vrid号必须一致，默认就行
	proiority  ${priority}		##主备优先级，优先级高优先获取VIP
	advert_int  1
	authentication {
		auth_type  pass
		auth_pass  1111	##主备服务器密码必须一致
	}
	virtual_ipaddress {		
		${vip}	##谁是主服务器谁获得该VIP
	}
}
`;

/** The virtual server of the DR cluster, and its real servers. */
export const virtualServerPart = (
  vip: string,
  servers: readonly string[],
): string => `virtual_server ${vip} 80 {	##设置ipvsadm的VIP规则
    lb_algo rr			##设置LVS调度算法为RR
    lb_kind DR		##设置LVS的模式为DR
	#persistence_timout  50	##开启后，客户端在一定时间内容始终访问相同服务器
    protocol TCP

${servers.map(realServer).join("")}}
`;

const realServer = (address: string) => `    real_server ${address} 80 {	##设置后端Web服务器真实IP
       	weight 1				##权重为1
        TCP_CHECK {			##对后台真实服务器做建健康检查
            connect_timeout 3		##超时时间3秒
            nb_get_retry 3		##如果检查不通，就重试3次
            delay_before_retry 3	##每隔3秒检查一次
        }
    }
`;
