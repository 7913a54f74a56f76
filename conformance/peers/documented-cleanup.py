import trio
from report import report

seen = []


async def waiting():
    try:
        await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            seen.append("cleanup began")
            await trio.sleep(0.001)
            seen.append("cleanup ended")


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiting)
        await trio.sleep(0.001)
        nursery.cancel_scope.cancel()
    seen.append("cancelled")


trio.run(main)
report(seen)
