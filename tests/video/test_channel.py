"""The queue between two threads."""

from __future__ import annotations

import threading
import time

import pytest

from pleinair.video.channel import Channel, ChannelClosedError


def test_items_arrive_in_order_and_never_more_than_the_capacity_wait() -> None:
    channel: Channel[int] = Channel(3)
    ahead: list[int] = []
    put = 0

    def produce() -> None:
        nonlocal put
        for number in range(50):
            channel.put(number)
            put = number + 1
        channel.end()

    producer = threading.Thread(target=produce)
    producer.start()
    taken = []
    for number in channel:
        time.sleep(0.001)
        taken.append(number)
        ahead.append(put - len(taken))
    producer.join()
    assert taken == list(range(50))
    assert 0 <= max(ahead) <= 4  # three waiting, and one just put


def test_close_wakes_a_waiting_producer() -> None:
    channel: Channel[int] = Channel(1)
    channel.put(1)
    threading.Timer(0.05, channel.close).start()
    with pytest.raises(ChannelClosedError):
        channel.put(2)


def test_close_wakes_a_waiting_consumer() -> None:
    channel: Channel[int] = Channel(1)
    threading.Timer(0.05, channel.close).start()
    with pytest.raises(ChannelClosedError):
        next(iter(channel))
