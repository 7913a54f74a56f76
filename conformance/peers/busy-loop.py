import time

import trio
from report import report

fired = False


async def timer():
    global fired
    await trio.sleep(0.001)
    fired = True


async def work():
    return 1


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(timer)
        await trio.lowlevel.checkpoint()
        end = time.monotonic() + 1
        while not fired and time.monotonic() < end:
            await work()
        report("the timer fired" if fired else "the timer did not fire")


trio.run(main)
