#!/bin/sh
# Names what the build needs and this machine lacks, with the Debian package that has it; as root
# on Debian, installs it. Exit status 0: everything is there.
#
#   scripts/prerequisites.sh build|test|pool|guest
set -eu

missing=''
packages=''

lacks() { # WHAT PACKAGE
    missing="$missing
  $1 (Debian package: $2)"
    packages="$packages $2"
}

needs_command() { # COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || lacks "$1" "$2"
}

# A static program needs libc.a, which some distributions package apart from the headers.
needs_static_libc() {
    [ -e "$(cc -print-file-name=libc.a 2>/dev/null || echo libc.a)" ] || lacks 'libc.a and the C headers' libc6-dev
}

# glexec verifies proxies with libcrypto.
needs_openssl() {
    echo '#include <openssl/x509.h>' | cc -E - >/dev/null 2>&1 || lacks "OpenSSL's headers" libssl-dev
}

# Debian's own nodejs package is accepted but starts three times slower than the upstream one.
needs_node() {
    if ! command -v node >/dev/null 2>&1; then
        lacks 'node 20.12 or newer' nodejs
    elif ! node -e 'const [a, b] = process.versions.node.split(".").map(Number);
                    process.exit(a > 20 || (a === 20 && b >= 12) ? 0 : 1)'; then
        echo "eyrie: node $(node --version) is too old: install Node.js 20.12 or newer" >&2
        exit 1
    fi
}

look() { # PURPOSE
    missing=''
    packages=''
    needs_node
    needs_command npm npm
    needs_command make make
    needs_command cc gcc
    needs_command c++ g++
    needs_command python3 python3
    needs_static_libc
    needs_openssl
    case $1 in
        test)
            needs_command shellcheck shellcheck
            needs_command setpriv util-linux
            needs_command ps procps
            needs_command openssl openssl
            # Proxies with the attributes of a virtual organisation; brings the VOMS library along.
            needs_command voms-proxy-fake voms-clients
            ;;
        pool)
            needs_command debootstrap debootstrap
            needs_command nsenter util-linux
            needs_command pivot_root util-linux
            needs_command flock util-linux
            ;;
        guest)
            needs_command qemu-system-x86_64 qemu-system-x86
            needs_command cpio cpio
            needs_command depmod kmod
            needs_command mkfs.ext4 e2fsprogs
            needs_command setpriv util-linux
            needs_command flock util-linux
            ;;
    esac
}

install_packages() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # one word a package
    apt-get install -y -qq --no-install-recommends $packages >&2
}

look "$1"
if [ -n "$missing" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "eyrie: installing$packages" >&2
    install_packages
    look "$1"
fi
if [ -n "$missing" ]; then
    echo "eyrie: cannot $1, missing:$missing" >&2
    exit 1
fi
