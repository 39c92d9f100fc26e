/**
 * The first program of a guest: makes the usual places, loads the modules, runs /job/script, whose output and exit status go out
 * by serial lines of their own, and turns the machine off.
 */
export const init = `#!/bin/sh
export PATH=/sbin:/bin:/usr/sbin:/usr/bin HOME=/ TERM=dumb
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mkdir -p /run/netns
while read -r module; do insmod "$module" || echo "insmod $module: $?"; done </etc/modules.order
ip link set lo up
stty raw -echo </dev/ttyS1
stty raw -echo </dev/ttyS2
cd /job
sh ./script >/dev/ttyS1 2>&1 </dev/null
echo "$?" >/dev/ttyS2
sync
poweroff -f
`;
