"""A startd for tests.

    inherit.py SAY LENGTH PROGRAM ARGUMENT...

Becomes PROGRAM with a TCP connection as descriptor 13, and a listening TCP socket as descriptor 9.
The peer of the connection says the bytes SAY (hex), reads LENGTH bytes, and says them back to the
listener, as a client that then waits for the end.
"""

import os
import socket
import sys


def read(one, length):
    data = b""
    while len(data) < length:
        more = one.recv(length - len(data))
        if not more:
            break
        data += more
    return data


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    peer = socket.create_connection(address)
    own = listener.accept()[0]
    if os.fork() == 0:
        listener.close()
        own.close()
        peer.sendall(bytes.fromhex(sys.argv[1]))
        with socket.create_connection(address) as client:
            client.sendall(read(peer, int(sys.argv[2])))
            client.recv(1)
        os._exit(0)
    peer.close()
    os.dup2(own.fileno(), 13)
    os.dup2(listener.fileno(), 9)
    os.execvp(sys.argv[3], sys.argv[3:])


main()
