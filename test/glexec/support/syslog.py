"""Stands where syslogd is: prints what each datagram holds, as a line of JSON. Arguments: the socket."""
import json
import os
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
print('ready', flush=True)
while True:
    print(json.dumps(receiver.recv(65536).decode('utf8', 'replace')), flush=True)
