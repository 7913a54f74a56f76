import trio
from report import report

seen = []


async def waiting():
    try:
        await trio.sleep_forever()
    finally:
        seen.append("finally")


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiting)
        await trio.sleep(0.001)
        nursery.cancel_scope.cancel()


trio.run(main)
report(seen)
