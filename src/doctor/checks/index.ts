import type { Check } from "../finding.js";
import { arpAnswers } from "./arp-answers.js";
import { arpRules } from "./arp-rules.js";
import { arpSettings } from "./arp-settings.js";
import { attachment } from "./attachment.js";
import { clocks } from "./clocks.js";
import { directorVip } from "./director-vip.js";
import { duplicates } from "./duplicates.js";
import { firewall } from "./firewall.js";
import { limits } from "./limits.js";
import { links } from "./links.js";
import { listeners } from "./listeners.js";
import { mtu } from "./mtu.js";
import { natGateway } from "./nat-gateway.js";
import { offloads } from "./offloads.js";
import { portRange } from "./port-range.js";
import { reach } from "./reach.js";
import { returnWay } from "./return-way.js";
import { serverVip } from "./server-vip.js";
import { services } from "./services.js";
import { shares } from "./shares.js";
import { stores } from "./stores.js";
import { table } from "./table.js";
import { tunnels } from "./tunnels.js";

/** All that the doctor asks, a file each, in the order in which findings are told and mended. */
export const checks: readonly Check[] = [
  links,
  duplicates,
  attachment,
  directorVip,
  arpRules,
  serverVip,
  arpSettings,
  arpAnswers,
  tunnels,
  returnWay,
  natGateway,
  firewall,
  services,
  listeners,
  stores,
  reach,
  mtu,
  offloads,
  table,
  limits,
  portRange,
  clocks,
  shares,
];
