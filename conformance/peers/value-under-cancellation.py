import math

import trio
import trio.testing
from report import report

seen = "lost"


async def receive(receiver, scope):
    global seen
    with scope:
        await receiver.receive()
        seen = "received"


async def main():
    global seen
    sender, receiver = trio.open_memory_channel(math.inf)
    scope = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(receive, receiver, scope)
        await trio.testing.wait_all_tasks_blocked()
        sender.send_nowait("value")
        scope.cancel()
    try:
        receiver.receive_nowait()
        seen = "still there"
    except trio.WouldBlock:
        pass


trio.run(main)
report(seen)
