#!/bin/sh
# Makes the code caches of a built or installed tree: code-cache.sh TREE
#
# Each program does once what it will do most: run a small job. Where jobs cannot run (a container
# without namespaces, say) the caches hold less, and the first job on the machine starts slower.
set -eu

tree=$(cd "$1" && pwd)
library=$tree/lib/eyrie
work=$(mktemp -d "${TMPDIR:-/tmp}/eyrie-code-cache.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The programs' own node and flags: V8 takes a cache only from its like.
warm() { # PROGRAM ARGS...
    timeout 60 env -u NODE_OPTIONS -u NODE_EXTRA_CA_CERTS \
        _CONDOR_EXECUTE="$work/execute" _CONDOR_LOG="$work/log" \
        "${NODE:-node}" --v8-pool-size=1 "$library/code-cache.cjs" make "$@" \
        </dev/null >"$work/output" 2>&1 || {
        echo "eyrie: the warm run of $1 failed, its code cache is incomplete:" >&2
        sed 's/^/    /' "$work/output" >&2
    }
}

# A job's owner must get to the sandbox, and mktemp made the directory ours alone.
chmod 755 "$work"
mkdir -m 755 "$work/execute" "$work/log"
cat >"$work/job.ad" <<EOF
MyType = "Job"
ClusterId = 1
ProcId = 0
JobUniverse = 5
Cmd = "/bin/true"
Iwd = "/"
Out = "/dev/null"
Err = "/dev/null"
EOF

warm eyrie run --result "$work/result.ad" "$work/job.ad"
warm condor_starter -f -job-input-ad "$work/job.ad" -job-output-ad "$work/result.ad" \
    -job-cluster 1 -job-proc 0
