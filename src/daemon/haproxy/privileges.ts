import type { Global } from "../../config/haproxy/model/index.js";
import { changeRoot } from "../../sys/index.js";
import type { Messages } from "./messages.js";

/** Goes into the chroot and gives up user and group, for all threads. What has to be read from files was read. False: it was refused, and said. */
export function dropPrivileges(global: Global, messages: Messages): boolean {
  const { chroot, gid, uid } = global;
  if (chroot !== undefined) {
    try {
      changeRoot(chroot);
    } catch {
      messages.alert(`[haproxy.main()] Cannot chroot(${chroot}).`);
      return false;
    }
  }
  if (gid !== undefined && gid !== 0) {
    try {
      if (process.getgroups!().length > 0) process.setgroups!([]);
    } catch {
      messages.warning(
        "[haproxy.main()] Failed to drop supplementary groups. Using 'gid'/'group' without 'uid'/'user' is generally useless.",
      );
    }
    try {
      process.setgid!(gid);
    } catch {
      messages.alert(`[haproxy.main()] Cannot set gid ${gid}.`);
      return false;
    }
  }
  if (uid !== undefined && uid !== 0) {
    try {
      process.setuid!(uid);
    } catch {
      messages.alert(`[haproxy.main()] Cannot set uid ${uid}.`);
      return false;
    }
  }
  return true;
}
