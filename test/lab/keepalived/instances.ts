/** An instance of the peers' tests: what kind it is, and who of the two routers is to be master. */
export interface Instance {
  readonly name: string;
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly unicast: boolean;
  readonly vip: string;
  readonly master: "first" | "second";
}

/** Every kind there is: versions, families, multicast and unicast, each with either router as its master. */
export const instances: readonly Instance[] = (
  [
    [2, 4, false],
    [2, 4, true],
    [3, 4, false],
    [3, 4, true],
    [3, 6, false],
    [3, 6, true],
  ] as const
).flatMap(([version, family, unicast], kind) =>
  (["first", "second"] as const).map((master, side): Instance => {
    const number = 81 + 2 * kind + side;
    return {
      name: `VI_${number}`,
      vrid: number,
      version,
      family,
      unicast,
      vip: family === 4 ? `192.168.4.${number}` : `fd00:4::${number}`,
      master,
    };
  }),
);

const address = (family: 4 | 6, number: number) =>
  family === 4 ? `192.168.4.${number}` : `fd00:4::${number}`;

/** keepalived.conf of one of the two routers. */
export function configOf(router: "first" | "second", wanted: readonly Instance[] = instances): string {
  const [own, other] = router === "first" ? [11, 12] : [12, 11];
  const blocks = wanted.map(({ name, vrid, version, family, unicast, vip, master }) =>
    [
      `vrrp_instance ${name} {`,
      `    version ${version}`,
      "    state BACKUP",
      "    interface eth0",
      `    virtual_router_id ${vrid}`,
      `    priority ${master === router ? 100 : 90}`,
      `    advert_int ${version === 2 ? 1 : 0.1}`,
      ...(family === 6 ? ["    native_ipv6"] : []),
      ...(version === 2
        ? ["    authentication {", "        auth_type PASS", "        auth_pass 1111", "    }"]
        : []),
      ...(unicast
        ? [
            `    unicast_src_ip ${address(family, own)}`,
            "    unicast_peer {",
            `        ${address(family, other)}`,
            "    }",
          ]
        : []),
      "    virtual_ipaddress {",
      ...(family === 6 ? [`        fe80::${vrid}/64`] : []),
      `        ${vip}${family === 6 ? "/64" : ""}`,
      "    }",
      "}",
    ].join("\n"),
  );
  return `global_defs {\n    router_id ${router}\n}\n${blocks.join("\n")}\n`;
}
