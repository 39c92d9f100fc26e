import type { KeepalivedConfig, SmtpSettings } from "../../../config/keepalived/model/index.js";
import type { InstanceState, RoleEvent } from "../role.js";

/** A mail as the real one writes it. */
export interface Mail {
  readonly subject: string;
  readonly body: string;
}

const ofInstance: Readonly<Record<InstanceState, readonly [string, string]>> = {
  MASTER: ["Entering MASTER state", "=> VRRP Instance is now owning VRRP VIPs <="],
  BACKUP: ["Entering BACKUP state", "=> VRRP Instance is no longer owning VRRP VIPs <="],
  FAULT: ["Entering FAULT state", "=> VRRP Instance is no longer owning VRRP VIPs <="],
  STOP: ["Stopping", "=> VRRP Instance stopping <="],
  DELETED: ["Deleted", "=> VRRP Deleted at reload <="],
};

const ofGroup: Readonly<Partial<Record<InstanceState, readonly [string, string]>>> = {
  MASTER: ["Entering MASTER state", "=> All VRRP group instances are now in MASTER state <="],
  BACKUP: ["Entering BACKUP state", "=> All VRRP group instances are now in BACKUP state <="],
  FAULT: ["Entering FAULT state", "=> All VRRP group instances are now in FAULT state <="],
  STOP: ["Stopping", "=> All VRRP group instances are now stopping <="],
};

/** The mail that an event brings about; undefined if there is none. Pure. */
export function mailOf(event: RoleEvent, config: KeepalivedConfig): Mail | undefined {
  const { smtp, routerId } = config.global;
  if (smtp.server === undefined || smtp.to.length === 0) return undefined;
  switch (event.kind) {
    case "instance": {
      const wanted = config.instances.find(({ name }) => name === event.name)?.smtpAlert ?? ofVrrp(smtp);
      if (!wanted || (smtp.noEmailFaults && event.state === "FAULT")) return undefined;
      const [subject, body] = ofInstance[event.state];
      return { subject: `[${routerId}] VRRP Instance ${event.name} - ${subject}`, body };
    }
    case "group": {
      const wanted = config.syncGroups.find(({ name }) => name === event.name)?.smtpAlert ?? ofVrrp(smtp);
      const text = ofGroup[event.state];
      if (!wanted || !text || (smtp.noEmailFaults && event.state === "FAULT")) return undefined;
      return { subject: `[${routerId}] VRRP Group ${event.name} - ${text[0]}`, body: text[1] };
    }
    case "mail": {
      const { virtualServer, server, state, message } = event;
      const subject =
        server === undefined
          ? `Virtualserver ${virtualServer} - ${state}`
          : `Realserver ${server} of virtual server ${virtualServer} - ${state}`;
      return { subject: `[${routerId}] ${subject}`, body: message };
    }
    default:
      return undefined;
  }
}

const ofVrrp = ({ alertVrrp, alert }: SmtpSettings): boolean => alertVrrp ?? alert ?? false;
