#!/bin/sh
# Installs HTCondor for the test pools, each release in a root of its own below $EYRIE_POOLS
# (/var/tmp/eyrie-pools): trixie has 23.9; sid moves, and has the newest that Debian has.
#
#   scripts/pool/install.sh [trixie] [sid]
#
# Needs root, debootstrap, and a Debian mirror: the one that this host's apt uses, else debootstrap's
# own. A finished root has the file `installed` beside it and is left alone; what was begun and not
# finished is made anew.
set -eu

pools=${EYRIE_POOLS:-/var/tmp/eyrie-pools}

# The root's own apt gets them, since debootstrap cannot choose who provides a virtual package.
packages='condor procps'

# apt's own list of what it is configured with; a proxy or a certificate authority of this host
# stands in apt.conf.d too.
mirror() {
    # shellcheck disable=SC2016 # apt's variables
    apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Label: Debian' 2>/dev/null | head -1
}

configure_apt() { # ROOT
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
    # A root that a power cut spoils is made anew; documents are read nowhere.
    printf '%s\n' force-unsafe-io path-exclude=/usr/share/doc/* path-exclude=/usr/share/man/* \
        path-exclude=/usr/share/locale/* >"$1/etc/dpkg/dpkg.cfg.d/pool"
    apt-config dump --format '%F "%v";%n' Acquire | grep -E '^Acquire::(http|https|Check|Retries)' \
        >"$1/etc/apt/apt.conf.d/host" || true
    for file in /etc/resolv.conf /etc/hosts; do cp "$file" "$1$file"; done
}

# The jobs' owners have the same uid in each root, so that files outside mean the same.
add_users() { # ROOT
    chroot "$1" useradd --uid 20001 --create-home --shell /bin/sh alice
    chroot "$1" useradd --uid 20002 --create-home --shell /bin/sh bob
}

# In a mount namespace of its own, whose end takes the mounts away whatever happens. The root is
# bound onto itself, for else it would be no mount, and programs in it could make none private.
fill_root() { # ROOT SUITE
    mirror=$(mirror)
    # shellcheck disable=SC2086 # no argument where there is no mirror
    debootstrap --variant=minbase --cache-dir="$pools/cache/$2" "$2" "$1" $mirror
    mount --bind "$1" "$1"
    mount -t proc proc "$1/proc"
    mount --bind "$pools/cache/$2" "$1/var/cache/apt/archives"
    configure_apt "$1"
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    chroot "$1" apt-get update -qq
    # shellcheck disable=SC2086 # one word a package
    chroot "$1" apt-get install -qq --yes --no-install-recommends \
        -o APT::Keep-Downloaded-Packages=true $packages
    add_users "$1"
    mkdir -p "$1/pool" "$1/opt/eyrie"
}

install_root() { # SUITE
    directory=$pools/$1
    if [ -e "$directory/installed" ]; then
        echo "HTCondor $(cat "$directory/installed") is in $directory/root"
        return
    fi
    echo "installing HTCondor of Debian $1 in $directory/root" >&2
    rm -rf "$directory"
    mkdir -p "$directory" "$pools/cache/$1"
    if ! unshare --mount "$0" --fill "$directory/root" "$1" >"$directory/log" 2>&1; then
        echo "eyrie: installing HTCondor of Debian $1 failed; the end of $directory/log is:" >&2
        tail -n 20 "$directory/log" >&2
        return 1
    fi
    # shellcheck disable=SC2016 # dpkg's variable
    chroot "$directory/root" dpkg-query --show --showformat '${Version}\n' condor >"$directory/installed.new"
    mv "$directory/installed.new" "$directory/installed"
    echo "HTCondor $(cat "$directory/installed") is in $directory/root"
}

if [ "${1:-}" = --fill ]; then
    fill_root "$2" "$3"
    exit
fi

if [ "$(id -u)" -ne 0 ]; then
    echo 'eyrie: the test pools are installed by root only' >&2
    exit 1
fi
[ $# -gt 0 ] || set -- trixie sid
for suite; do
    case $suite in
        trixie | sid) ;;
        *) echo "usage: $0 [trixie] [sid]" >&2 && exit 2 ;;
    esac
done
mkdir -p "$pools"
chmod 755 "$pools"
exec 9>"$pools/lock"
flock 9
# Each uses one processor, and waits for the network half of the time.
jobs=''
for suite; do
    install_root "$suite" 9>&- &
    jobs="$jobs $!"
done
failed=0
for job in $jobs; do wait "$job" || failed=1; done
exit "$failed"
