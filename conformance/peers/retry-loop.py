import trio
from report import report


async def loop():
    while True:
        try:
            await trio.sleep(0.001)
            raise ValueError("work")
        except Exception:
            pass


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(loop)
        await trio.sleep(0.01)
        nursery.cancel_scope.cancel()


trio.run(main)
report("cancelled")
