#!/bin/sh -e
# Puts a condor_config_val where a starter of root's looks for it, in a mount namespace of its own,
# and becomes the starter.
#
#   begin.sh CONFIG_VAL ANSWER STARTER ARGUMENT...
mount -t tmpfs -o mode=755 none /opt
mkdir -p /opt/condor/bin
install -m 755 "$1" /opt/condor/bin/condor_config_val
install -m 644 "$2" /opt/condor/bin/answer
shift 2
exec "$@"
