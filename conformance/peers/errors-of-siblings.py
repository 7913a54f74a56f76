import trio
from report import messages_of, report


async def first():
    await trio.sleep(0.001)
    raise ValueError("the first")


async def second():
    try:
        await trio.sleep_forever()
    finally:
        raise ValueError("the second")


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(first)
        nursery.start_soon(second)


try:
    trio.run(main)
except BaseException as error:
    found = messages_of(error)
    report([it for it in ("the first", "the second") if it in found])
