"""A shared port daemon for tests.

    shared-port.py SCENARIO PROGRAM ARGUMENT...

Makes the listening Unix socket that a startd would hand down, as descriptor 9, and becomes PROGRAM,
as the starter. A child passes connections through it, as SCENARIO (JSON, a list) says:

    {"say": HEX, ...}      a TCP connection whose client has said these bytes
      "times": N             as many of them, all at once
      "how": "slow"          with the announcement byte by byte
             "joined"        with announcement and descriptor in one piece
             "two"           with two descriptors, the second one more than is wanted
    {"pass": "file"}       something else in its place: file, udp, unix, listener
    {"raw": HEX}           these bytes, no descriptor, and the end
"""

import array
import json
import os
import socket
import sys
import tempfile
import time

ANNOUNCEMENT = bytes.fromhex("0100000008000000000000004c")


def connect(path):
    one = socket.socket(socket.AF_UNIX)
    one.connect(path)
    return one


def send_descriptors(to, data, sockets):
    numbers = array.array("i", [s.fileno() for s in sockets])
    to.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)])


def pass_on(path, one, how):
    with connect(path) as to:
        if how == "joined":
            send_descriptors(to, ANNOUNCEMENT + b"\0", [one])
            return
        if how == "slow":
            for byte in ANNOUNCEMENT:
                to.send(bytes([byte]))
                time.sleep(0.005)
        else:
            to.sendall(ANNOUNCEMENT)
        send_descriptors(to, b"\0", [one, one] if how == "two" else [one])


def tcp_pair():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


def others(kind):
    return {
        "file": lambda: open("/dev/null"),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "unix": lambda: socket.socketpair()[0],
        "listener": lambda: socket.create_server(("127.0.0.1", 0)),
    }[kind]()


def play(path, step, clients):
    if "raw" in step:
        with connect(path) as to:
            to.sendall(bytes.fromhex(step["raw"]))
    elif "pass" in step:
        with others(step["pass"]) as other:
            pass_on(path, other, "")
    else:
        for _ in range(step.get("times", 1)):
            client, served = tcp_pair()
            client.sendall(bytes.fromhex(step["say"]))
            pass_on(path, served, step.get("how"))
            served.close()
            clients.append(client)


def main():
    directory = tempfile.mkdtemp(dir="/var/tmp")
    path = directory + "/socket"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(200)
    if os.fork() == 0:
        listener.close()
        clients = []
        for step in json.loads(sys.argv[1]):
            play(path, step, clients)
        # All have been passed on; each is closed by whoever serves it.
        for client in clients:
            client.settimeout(20)
            while client.recv(1000):
                pass
        os.unlink(path)
        os.rmdir(directory)
        os._exit(0)
    os.dup2(listener.fileno(), 9)
    os.execvp(sys.argv[2], sys.argv[2:])


main()
