import trio
from report import report

seen = []


async def worker(cleaning):
    try:
        await trio.sleep(0.001)
    finally:
        cleaning.set()
        with trio.CancelScope(shield=True):
            await trio.sleep(0.02)
            seen.append("first step")
            await trio.sleep(0.02)
            seen.append("second step")


async def main():
    cleaning = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker, cleaning)
        await cleaning.wait()
        nursery.cancel_scope.cancel()


trio.run(main)
report(seen)
