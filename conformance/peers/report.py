"""Prints what was seen as one line of JSON."""
import json
import sys


def report(seen):
    print(json.dumps(seen))
    sys.stdout.flush()


def messages_of(error):
    """Every message that can be found from an error."""
    if error is None:
        return []
    inner = [m for e in getattr(error, "exceptions", ()) for m in messages_of(e)]
    own = [] if inner else [str(error)]
    return own + inner + messages_of(error.__cause__) + messages_of(error.__context__)
