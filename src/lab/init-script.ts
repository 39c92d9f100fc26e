import { basename } from "node:path";
import { hostMark } from "./host-mark.js";

/**
 * What a host's first process does, as a shell script (dash, util-linux and coreutils, which every Debian has). It is born in
 * mount, PID and UTS namespaces of its own and in the host's network; `$1` is the host's folder, `$2` its name.
 *
 *     /etc /var /root   overlays: what the host writes lies in FOLDER/disk, which outlives a loss of power
 *     /run              its own, but for /run/rondo
 *     /proc             its own; of /proc/sys only net can be written, as all else is the whole machine's
 *     /sys              its own devices; the machine's bpffs and cgroups
 *
 * Once that is so it says "ready" and waits for ever: its one child for scripts to run (FOLDER/control), it
 * itself for that child, by which dash takes away whatever orphan ends.
 */
export const initScript = `
set -e
folder=$1
name=$2

# Networks of other labs, which these mounts would keep.
umount -n -l /run/netns 2>/dev/null || :

disk=$folder/disk
layer() {
  mkdir -p "$disk/$1" "$disk/.work/$1"
  chmod --reference="/$1" "$disk/$1"
  mount -n -t overlay -o "lowerdir=/$1,upperdir=$disk/$1,workdir=$disk/.work/$1" overlay "/$1"
}
if ! layer etc 2>/dev/null; then
  # The folder lies on a file system that no overlay can write to: the disk is in memory then, and new at each start.
  disk=$folder/memory
  mkdir -p "$disk"
  mount -n -t tmpfs -o mode=755 disk "$disk"
  layer etc
fi
layer var
layer root
if [ ! -e "$disk/.seeded" ]; then
  rm -f /etc/hostname /etc/hosts /etc/resolv.conf
  rm -rf /var/www
  mkdir -p /var/www/html
  cp -r "$folder/seed/." /
  : > "$disk/.seeded"
fi

mkdir -p "$folder/new"
mount -n -t tmpfs -o mode=755 run "$folder/new"
mkdir "$folder/new/rondo" "$folder/new/netns"
mkdir -m 1777 "$folder/new/lock"
: > "$folder/new/${basename(hostMark)}"
[ -p "$folder/control" ] || mkfifo -m 600 "$folder/control"
mount -n --bind /run/rondo "$folder/new/rondo"
mount -n --move "$folder/new" /run

mount -n -t proc proc /proc
echo "$name" > /proc/sys/kernel/hostname
mount -n --bind /proc/sys /proc/sys
mount -n --bind /proc/sys/net /proc/sys/net
mount -n -o remount,bind,ro /proc/sys

mount -n -t sysfs sysfs "$folder/new"
for part in bpf cgroup; do
  [ ! -d "/sys/fs/$part" ] || [ ! -d "$folder/new/fs/$part" ] || mount -n --rbind "/sys/fs/$part" "$folder/new/fs/$part"
done
mount -n --move "$folder/new" /sys

exec 3<> "$folder/control"
listen() {
  while :; do
    read -r script <&3 || continue
    [ ! -f "$script" ] || (/bin/sh "$script" </dev/null 3>&- &)
  done
}
set +e
trap '' HUP INT TERM
echo ready
exec >/dev/null 2>&1
listen &
while :; do wait "$!"; done
`;
