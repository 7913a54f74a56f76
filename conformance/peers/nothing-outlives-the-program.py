import trio
from report import report

seen = []


async def waiting():
    try:
        await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            await trio.sleep(0.02)
            seen.append("cleanup ended")


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiting)
        await trio.sleep(0.001)
        raise ValueError("main")


try:
    trio.run(main)
except BaseException:
    seen.append("program ended")
report(seen)
