# SPDX-License-Identifier: Apache-2.0
"""What a call of a framework came to, as one line of JSON on stdout."""

import json


def status_of(error):
    return getattr(error, "status_code", getattr(error, "code", None))


def tell(call):
    """Calls it, and prints what it returned, or what it raised: its classes, status and text."""
    try:
        told = call()
    except Exception as error:
        told = {
            "raised": [kind.__name__ for kind in type(error).__mro__],
            "status": status_of(error) or status_of(error.__cause__),
            "text": str(error)[:2000],
        }
    print(json.dumps(told, default=str), flush=True)
