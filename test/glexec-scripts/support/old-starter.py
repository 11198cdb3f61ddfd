"""What HTCondor 7.7.2 to 9.10 did to run a job through condor_glexec_run, step by step.

    old-starter.py <REQUEST

REQUEST is JSON: `script`, the words behind it in `words` (GLEXEC PROXY SANDBOX WRAPPER STDIN STDOUT STDERR
COMMAND ARGUMENT...), `environment` (the text to send), `open` (the paths for streams that are `-`, in
order), `retries`, `directory`, where the script starts, and `uid`, the user to become first. Where `stopped` is true the
script waits for SIGCONT before its first line, as for a starter that registers its family first. `wrong` makes one
mistake: "no-descriptor", "two-descriptors", "silence", or a number, the length to tell.

It is the caller, not the judge: it prints what it saw as JSON.
"""

import array
import json
import os
import socket
import struct
import subprocess
import sys
import time


def read_exactly(sock, length):
    data = b""
    while len(data) < length:
        more = sock.recv(length - len(data))
        if not more:
            break
        data += more
    return data


def send_descriptors(sock, descriptors):
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    sock.sendmsg([b"\0"], control)


def attempt(request):
    ours, theirs = socket.socketpair()
    read_end, write_end = os.pipe()
    stopped = ["/bin/sh", "-c", 'kill -STOP $$; exec "$@"', "sh"] if request["stopped"] else []
    child = subprocess.Popen(
        [*stopped, request["script"], *request["words"]],
        stdin=theirs, stdout=write_end, stderr=write_end, cwd=request["directory"],
    )
    theirs.close()
    os.close(write_end)
    print(json.dumps({"born": child.pid}), flush=True)
    with os.fdopen(read_end, "rb") as diagnostics:
        return converse(request, ours, child, diagnostics)


def converse(request, ours, child, diagnostics):
    hello = read_exactly(ours, 4)
    if hello != struct.pack("=I", 0xDEADBEEF):
        output = diagnostics.read().decode("latin1")
        return {"hello": hello.hex(), "output": output, "status": child.wait()}
    sent = time.monotonic()
    error, lingers = speak(request, ours)
    told = time.monotonic() - sent
    print(json.dumps({"started": child.pid}), flush=True)
    status = child.wait()
    output = diagnostics.read().decode("latin1")
    return {"hello": hello.hex(), "error": error, "lingers": lingers, "told": told, "status": status, "output": output}


def speak(request, ours):
    """Gives what the new socket said, and whether the old one was still open then."""
    wrong = request.get("wrong")
    text = request["environment"].encode("latin1") + b"\0"
    try:
        ours.sendall(struct.pack("=i", wrong if isinstance(wrong, int) else len(text)))
        ours.sendall(text)
        if wrong == "silence":
            ours.close()
            return None, False
        for path in request["open"]:
            fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            send_descriptors(ours, {"no-descriptor": [], "two-descriptors": [fd, fd]}.get(wrong, [fd]))
            os.close(fd)
        new, theirs = socket.socketpair()
        send_descriptors(ours, [theirs.fileno()])
        theirs.close()
        error = read_exactly(new, 255).decode("latin1")
    except (BrokenPipeError, ConnectionResetError) as trouble:
        return f"starter: {trouble}", False
    ours.setblocking(False)
    try:
        lingers = ours.recv(1) != b""
    except BlockingIOError:
        lingers = True
    except ConnectionResetError:
        lingers = False
    return error, lingers


def main():
    request = json.load(sys.stdin)
    os.setgroups([])
    os.setresgid(request["uid"], request["uid"], request["uid"])
    os.setresuid(request["uid"], request["uid"], request["uid"])
    for number in range(request["retries"] + 1):
        seen = attempt(request)
        if len(seen["hello"]) == 8 or seen["status"] not in (202, 203):
            break
    print(json.dumps({"attempts": number + 1, **seen}))


main()
