#!/bin/sh
# Makes the code caches and the start-up snapshots of a built or installed tree: code-cache.sh TREE
#
# Each program does once what it will do most: run a small job. Where jobs cannot run (a container
# without namespaces, say) the caches hold less, and the first job on the machine starts slower.
set -eu

tree=$(cd "$1" && pwd)
library=$tree/lib/eyrie
work=$(mktemp -d "${TMPDIR:-/tmp}/eyrie-code-cache.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

node=$("${NODE:-node}" -p process.execPath)
key=$(dirname "$0")/../../build/snapshot-key

# The programs' own node and flags: V8 takes a cache only from its like.
warm() { # PROGRAM ARGS...
    timeout 60 env -u NODE_OPTIONS -u NODE_EXTRA_CA_CERTS \
        _CONDOR_EXECUTE="$work/execute" _CONDOR_LOG="$work/log" \
        "$node" --v8-pool-size=1 "$library/code-cache.cjs" make "$@" \
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
warm condor_procd --on-demand --idle 0 -A "$work/procd" -L "$work/procd.log"

# A snapshot is tried before it gets its name: with a bad one nothing would start.
snapshot() { # PROGRAM
    rm -f "$library/$1".*.snapshot "$library/$1".*.heap
    bundle=$library/$1.cjs
    made=$work/$1.snapshot
    set -- "$1" "$library/$1.$("$key" "$node" "$bundle").snapshot"
    if env -i "$node" --no-warnings --v8-pool-size=1 --snapshot-blob "$made" \
        --build-snapshot "$library/snapshot.cjs" "$1" "$work/fifo" </dev/null >"$work/output" 2>&1 &&
        env -i "$node" "$library/trim-snapshot.cjs" "$made" "$made.heap" &&
        env -i "$node" --v8-pool-size=1 --snapshot-blob "$made" "$bundle" \
            "$(try "$1")" </dev/null >"$work/output" 2>&1; then
        install -m 644 "$made.heap" "${2%.snapshot}.heap"
        install -m 644 "$made" "$2.new"
        mv "$2.new" "$2"
    else
        echo "eyrie: no start-up snapshot of $1, it will start slower:" >&2
        sed 's/^/    /' "$work/output" >&2
    fi
}

try() { # PROGRAM
    case $1 in
        condor_starter) echo -version ;;
        *) echo --version ;;
    esac
}

mkfifo "$work/fifo"
snapshot eyrie
snapshot condor_starter
snapshot condor_procd
