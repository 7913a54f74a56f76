import trio
from report import report

seen = []


async def call():
    try:
        await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            await trio.sleep(0.001)
            seen.append("cleanup")


async def task(scope):
    with scope:
        await call()
        seen.append("code after the call")


async def main():
    scope = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(task, scope)
        await trio.sleep(0.001)
        scope.cancel()


trio.run(main)
report(seen)
