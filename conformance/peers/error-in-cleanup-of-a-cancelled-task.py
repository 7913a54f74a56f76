import trio
from report import messages_of, report


async def waiting():
    try:
        await trio.sleep_forever()
    finally:
        raise ValueError("the cleanup failed")


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(waiting)
        await trio.sleep(0.001)
        nursery.cancel_scope.cancel()


try:
    trio.run(main)
    report(False)
except BaseException as error:
    report("the cleanup failed" in messages_of(error))
