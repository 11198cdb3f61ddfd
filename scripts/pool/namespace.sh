#!/bin/bash
# The first process of a test pool, in a mount and a PID namespace of its own: makes the pool's file
# system from an installed root, becomes at home in it, and starts condor_master. It ends when its
# standard input does, and the kernel then kills whatever is left of the pool.
#
#   unshare --mount --pid --fork --kill-child scripts/pool/namespace.sh ROOT DIRECTORY USER \
#       [OUTSIDE INSIDE]...
#
# DIRECTORY becomes /pool, the one place that can be written besides /tmp and the like. Each file or
# directory OUTSIDE is seen as INSIDE, for reading. USER is who runs the daemons. Standard output
# gets one line, `ready`, when condor_master is started.
set -euo pipefail

# As long as /proc is still that of the world outside.
read -r pid _ </proc/self/stat

root=$1 directory=$2 user=$3
shift 3

# A pool's file system must be a mount of its own, or programs inside could make no mount private.
mount --bind "$root" "$root"
mount --bind "$directory" "$root/pool"

while [ $# -gt 0 ]; do
    if [ ! -e "$root$2" ]; then
        mkdir -p "$root$(dirname "$2")"
        if [ -d "$1" ]; then mkdir "$root$2"; else touch "$root$2"; fi
    fi
    mount --bind "$1" "$root$2"
    mount -o remount,bind,ro "$root$2"
    shift 2
done

mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"

# HTCondor looks for cgroup version 1 where systemd mounts it, CPU weight and CPU time as one. Where this
# host has them apart, its own starter gets at least the times, or it would make no cgroups at all.
cgroups=$root/sys/fs/cgroup
if [ -d "$cgroups/cpuacct" ] && [ ! -e "$cgroups/cpu,cpuacct" ]; then
    mount -t tmpfs -o mode=755 tmpfs "$cgroups"
    for hierarchy in /sys/fs/cgroup/*/; do
        mkdir "$cgroups/$(basename "$hierarchy")"
        mount --bind "$hierarchy" "$cgroups/$(basename "$hierarchy")"
    done
    mkdir "$cgroups/cpu,cpuacct"
    mount --bind /sys/fs/cgroup/cpuacct "$cgroups/cpu,cpuacct"
fi
for place in tmp var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$root/$place"; done
mount -t tmpfs -o mode=755 tmpfs "$root/run"

# Devices of its own: a pool leaves nothing in this host's /dev/shm.
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
# For sandboxes that are file systems; not everywhere can there be any.
for device in /dev/loop-control /dev/loop[0-9]*; do
    [ -e "$device" ] || continue
    touch "$root$device"
    mount --bind "$device" "$root$device"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for link in fd:. stdin:/0 stdout:/1 stderr:/2; do
    ln -s "/proc/self/fd${link#*:}" "$root/dev/${link%%:*}"
done
mount -o remount,bind,ro "$root"

# Not chroot: from within one no user namespace can be made.
cd "$root"
pivot_root . .
umount --lazy .
cd /

export CONDOR_CONFIG=/pool/condor_config PATH=/usr/local/bin:/usr/bin:/usr/sbin HOME=/ LANG=C.UTF-8
daemons=(log spool execute lock run)
if [ "$user" = root ]; then
    (cd /pool && chown condor: "${daemons[@]}")
    condor_master -f </dev/null >/pool/log/master.output 2>&1 &
else
    (cd /pool && chown "$user:" "${daemons[@]}")
    setpriv --reuid="$user" --regid="$user" --init-groups condor_master -f \
        </dev/null >/pool/log/master.output 2>&1 &
fi
echo "ready $pid"
# Not `wait`: bash collects orphans while it reads.
while read -r _; do :; done
