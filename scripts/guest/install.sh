#!/bin/sh
# Fetches what the guest of the tests boots (test/vm/) into $EYRIE_GUEST (/var/tmp/eyrie-guest):
#
#   vmlinuz    Debian's kernel for clouds
#   root/      busybox with a link for each of its commands, and the kernel's modules in the list below
#   installed  the names of both packages; there when all went through
#
# Needs apt with a Debian mirror, but no root: nothing is installed on this machine.
set -eu

guest=${EYRIE_GUEST:-/var/tmp/eyrie-guest}

# Disks in memory and in files, a scheduler for them that knows weights, and what is mounted over
# read-only trees.
modules='brd loop bfq overlay fuse'

# The package that the kernel's name without a version stands for today.
kernel_package() {
    apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -1
}

# Root may write where apt's own user may not.
download() { # DIRECTORY
    [ "$(id -u)" -ne 0 ] || apt-get update -qq
    (cd "$1" && apt-get download -qq -o APT::Sandbox::User=root "$(kernel_package)" busybox-static)
    for package in "$1"/*.deb; do dpkg-deb --extract "$package" "$1/unpacked"; done
}

# The module tree of the whole package is twenty times what the guest needs.
choose_modules() { # UNPACKED ROOT VERSION
    depmod --basedir "$1" "$3"
    for module in $modules; do
        modprobe --dirname "$1" --set-version "$3" --show-depends "$module"
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r file; do
        install -D -m 644 "$file" "$2/usr/${file#"$1"/}"
    done
    cp "$1/lib/modules/$3/modules.order" "$1/lib/modules/$3/modules.builtin" \
        "$1/lib/modules/$3/modules.builtin.modinfo" "$2/usr/lib/modules/$3"
    depmod --basedir "$2" "$3"
}

lay_out_root() { # UNPACKED ROOT
    mkdir -p "$2/usr/bin" "$2/usr/sbin" "$2/usr/lib" "$2/usr/lib64"
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$2/$name"; done
    busybox=$(find "$1" -name busybox -type f -perm -1)
    # Itself is among the commands.
    "$busybox" --list-full | sed -n 's,^\(usr/\)*\(s*bin/\),usr/\2,p' | while read -r link; do
        ln -s /usr/bin/busybox "$2/$link"
    done
    rm -f "$2/usr/bin/busybox"
    install -m 755 "$busybox" "$2/usr/bin/busybox"
}

fill() { # NEW
    mkdir -p "$1/download" "$1/root"
    download "$1/download"
    unpacked=$1/download/unpacked
    cp "$unpacked"/boot/vmlinuz-* "$1/vmlinuz"
    lay_out_root "$unpacked" "$1/root"
    for tree in "$unpacked"/lib/modules/*; do choose_modules "$unpacked" "$1/root" "${tree##*/}"; done
    (cd "$1/download" && ls -- *.deb) >"$1/installed"
    rm -rf "$1/download"
}

if [ "${1:-}" = --fill ]; then
    fill "$2"
    exit
fi

[ ! -e "$guest/installed" ] || exit 0
mkdir -p "$guest"
exec 9>"$guest/lock"
flock 9
[ ! -e "$guest/installed" ] || exit 0
echo "fetching a kernel for the guest of the tests into $guest" >&2
rm -rf "$guest/new"
mkdir "$guest/new"
if ! "$0" --fill "$guest/new" >"$guest/log" 2>&1; then
    echo "eyrie: fetching the guest's kernel failed; the end of $guest/log is:" >&2
    tail -n 20 "$guest/log" >&2
    exit 1
fi
rm -rf "$guest/root"
mv "$guest/new/vmlinuz" "$guest/new/root" "$guest"
mv "$guest/new/installed" "$guest/installed"
rm -rf "$guest/new"
