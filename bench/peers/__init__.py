# SPDX-License-Identifier: Apache-2.0
"""Other gateways, installed below build/bench/peers and run as their own documentation says.

A peer is a class with a `version`, whether it `has_budgets` (else `why_none`), `serve(bench,
provider_url)` and, with budgets, `serve_budget(bench, provider_url, cap)`. What cannot be had or
does not start raises Skip with the reason: it is named in the results, and nothing else fails.
"""
from peers.hardcap import Hardcap
from peers.litellm import LiteLlm
from peers.portkey import Portkey

PEERS = {"litellm": LiteLlm(), "hardcap": Hardcap(), "portkey": Portkey()}

# Asked for, and not to be had.
ABSENT = {"riskkernel": "the Go module proxy answers 403 for github.com/prashar32/riskkernel"
                        " v0.9.0: this module version is not available"}
