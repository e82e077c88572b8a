# SPDX-License-Identifier: Apache-2.0
"""Other gateways, installed below build/bench/peers and run as their own documentation says."""

PEERS: dict = {}
