#!/bin/sh
# Installs a built tree: install.sh TREE PREFIX. A configuration file that exists is kept, and the
# new one is put beside it as FILE.new where it differs. GLEXEC_SETUID=yes makes glexec set-uid root.
set -eu

tree=$1
prefix=$2

install_file() { # FILE TARGET
    mode=644
    [ -x "$1" ] && mode=755
    install -D -m "$mode" "$1" "$2"
}

# A program of yesterday must not be what starts beside the files of today.
rm -f "$prefix"/lib/eyrie/*.snapshot "$prefix"/lib/eyrie/*.heap
made="-name *.cache -o -name *.snapshot -o -name *.heap"
# shellcheck disable=SC2086 # words of find
for file in $(cd "$tree" && set -f && find bin lib libexec share -type f ! '(' $made ')'); do
    install_file "$tree/$file" "$prefix/$file"
done

# Not by default: an administrator decides. Removed first, so that a name of yesterday's file stays ordinary.
if [ "${GLEXEC_SETUID:-no}" = yes ]; then
    rm -f "$prefix/libexec/eyrie/glexec"
    install -o root -g root -m 4111 "$tree/libexec/eyrie/glexec" "$prefix/libexec/eyrie/glexec"
fi

for file in $(cd "$tree" && find etc -type f); do
    target=$prefix/$file
    if [ -e "$target" ] && ! cmp -s "$tree/$file" "$target"; then target=$target.new; fi
    install_file "$tree/$file" "$target"
done

"$(dirname "$0")/code-cache.sh" "$prefix"
echo "eyrie: installed in $prefix"
