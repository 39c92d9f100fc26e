import { constants } from "node:fs";
import { close, openFile } from "./descriptor.js";
import { checked, libc } from "./libc.js";

/** Of include/uapi/linux/if_tun.h. */
const TUNSETIFF = 0x400454ca;
const TUNSETPERSIST = 0x400454cb;
const IFF_TUN = 1;
const IFF_NO_PI = 0x1000;
/** struct ifreq (include/uapi/linux/if.h): a name of 16 bytes, then what the request is about. */
const requestSize = 40;
const flagsAt = 16;

/**
 * Makes a TUN device in the calling thread's network: IP packets without a link layer. It stays though nobody reads from it, and
 * goes with its network.
 *
 * @throws SystemError ENOENT or ENODEV where the kernel has no TUN
 */
export function createTun(name: string): void {
  const fd = openFile("/dev/net/tun", constants.O_RDWR);
  try {
    const request = Buffer.alloc(requestSize);
    request.write(name, "latin1");
    request.writeUInt16LE(IFF_TUN | IFF_NO_PI, flagsAt);
    checked(`ioctl(TUNSETIFF ${name})`, libc.ioctl(fd, TUNSETIFF, "void *", request));
    checked(`ioctl(TUNSETPERSIST ${name})`, libc.ioctl(fd, TUNSETPERSIST, "int", 1));
  } finally {
    close(fd);
  }
}
