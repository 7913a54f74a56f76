import os
import signal

import trio
from report import report


def late(*_):
    report("the program had not ended after 3 s")
    os._exit(0)


async def main():
    await trio.Event().wait()


signal.signal(signal.SIGALRM, late)
signal.alarm(3)
trio.run(main)
