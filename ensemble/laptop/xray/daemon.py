"""X-Ray's daemon, which Lambda runs beside each function: takes documents by UDP on loopback."""

from __future__ import annotations

import socket

from ensemble.laptop.xray.traces import DocumentRefused, Traces

LARGEST_PACKET = 1 << 16


class Daemon:
    """Hands what came to `traces`, whenever it is asked to `take` it: no thread waits, and each run is the same.

    A packet is a line, `{"format": "json", "version": 1}`, and a document (AWS X-Ray Developer Guide, "Sending segment
    documents to the X-Ray daemon"). What is none is counted in `refused`, as the daemon drops it too.
    """

    def __init__(self, traces: Traces) -> None:
        self._traces = traces
        self.refused = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)

    @property
    def address(self) -> str:
        """Where it listens, as `AWS_XRAY_DAEMON_ADDRESS` has it."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def take(self) -> None:
        """Take what has come."""
        while True:
            try:
                packet = self._socket.recv(LARGEST_PACKET)
            except BlockingIOError:
                return
            try:
                self._traces.put(packet.partition(b"\n")[2])
            except DocumentRefused:
                self.refused += 1

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()
