import trio
from report import report


async def nested(depth):
    if depth > 0:
        return await nested(depth - 1) + 1
    await trio.sleep(0.001)
    return 0


try:
    report(trio.run(nested, 100_000))
except RecursionError as error:
    report(f"RecursionError: {error}")
