import trio
from report import report

seen = []


async def main():
    with trio.move_on_after(0.001):
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(0.02)
                seen.append("cleanup ended")
    seen.append("went on")


trio.run(main)
report(seen)
