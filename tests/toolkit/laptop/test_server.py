"""The server of the laptop AWS answers without waiting for what its client acknowledges."""

from __future__ import annotations

import asyncio
import socket

from ensemble.laptop.server import bound_socket


async def has_no_delay(listening: socket.socket) -> bool:
    """Whether what asyncio accepts there sends small answers at once."""
    accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.set_result(bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    async with await asyncio.start_server(note, sock=listening):
        _, writer = await asyncio.open_connection(*listening.getsockname())
        found = await accepted
        writer.close()
        return found


def test_a_small_answer_is_sent_at_once() -> None:
    assert asyncio.run(has_no_delay(bound_socket(0)))
