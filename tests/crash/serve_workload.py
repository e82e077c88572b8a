# SPDX-License-Identifier: Apache-2.0
"""What is asked of `ringfence serve` while it is killed: runs, holds, settles, a raise, a halt, a
policy.

Each step is one request and leaves one mark in the record (record.py). `Workload.go` asks for the
steps in order until one is not answered as it should be; it goes on from there, with the very same
request, once the service runs again. Under its idempotency key, or by what it says, a request that
was done but not heard is not done twice; where a request has neither (a run, a raise, an extension,
a lift), the record is looked at first, as an operator would.
"""
import hashlib
import http.client
import json
from decimal import Decimal
from typing import Callable, NamedTuple

from faults import must
from record import Record

ANSWER_SECONDS_MAX = 30
POLICY = """\
version: 1
currency: USD
timezone: UTC
accounts:
  acme: {budgets: [{usd: "10.00", window: lifetime}, {calls: 50, window: lifetime}]}
  acme/*: {role: worker}
roles:
  worker: {allow: ["tool:*"]}
"""
WIDER = POLICY.replace("10.00", "11.00")
# What is charged once all is done: k1, k2, k4 (cut by the halt, settled late) and k5.
SETTLED_USD = Decimal("3.10")
SETTLED_CALLS = 4

Mark = tuple[str, str]


class Answer(NamedTuple):
    status: int
    json: dict


class Node:
    """A running service, as its operator reaches it."""

    def __init__(self, url: str, token: str):
        self.place = url.removeprefix("http://")
        self.token = token

    def get(self, path: str) -> tuple[int, str]:
        return self._ask("GET", path, None, self.token)

    def ask(self, method: str, path: str, body: object, token: str | None) -> Answer | None:
        """None: nobody answered."""
        try:
            status, text = self._ask(method, f"/api/v1{path}", body, token or self.token)
            return Answer(status, json.loads(text) if text else {})
        except (OSError, http.client.HTTPException):
            return None

    def _ask(self, method: str, path: str, body: object, token: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.place, timeout=ANSWER_SECONDS_MAX)
        try:
            text = body if isinstance(body, str) else json.dumps(body)
            connection.request(method, path, None if body is None else text,
                               {"authorization": f"Bearer {token}",
                                "content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


class Step(NamedTuple):
    mark: Mark
    status: int
    request: Callable[["Workload"], tuple[str, str, object, str | None]]  # method, path, body, run
    again: bool = True  # whether it may simply be asked again


def start(account: str) -> Step:
    return Step(("run", account), 201, lambda _: (
        "POST", "/runs", {"account": account, "lease": "none"}, None), again=False)


def hold(account: str, key: str, usd: str, status: int = 201) -> Step:
    return Step(("hold" if status == 201 else "refused", key), status, lambda _: (
        "POST", "/holds", {"operation": "tool:mail/send", "need": {"usd": usd},
                           "idempotency_key": key}, account))


def on_hold(mark: str, account: str, key: str, verb: str, body: object, again: bool = True) -> Step:
    return Step((mark, key), 200, lambda work: (
        "POST", f"/holds/{work.holds[key]}/{verb}", body, account), again)


def settle(account: str, key: str, usd: str) -> Step:
    return on_hold("settled", account, key, "settle", {"actual": {"usd": usd}})


ONE, TWO = "acme/one", "acme/two"
STEPS = [
    start(ONE),
    hold(ONE, "k1", "1.00"),
    settle(ONE, "k1", "0.70"),
    hold(ONE, "k2", "2.00"),
    hold(ONE, "k3", "0.50"),
    on_hold("extended", ONE, "k2", "extend", {"need": {"usd": "0.25"}}, again=False),
    settle(ONE, "k2", "1.90"),
    on_hold("released", ONE, "k3", "release", None),
    Step(("raised", "acme"), 200, lambda _: ("POST", "/accounts/acme/raise", {
        "unit": "usd", "window": "lifetime", "cap": "12.00", "reason": "more"}, None), again=False),
    start(TWO),
    hold(TWO, "k4", "0.30"),
    Step(("halted", TWO), 201,
         lambda _: ("POST", "/halts", {"account": TWO, "reason": "enough"}, None)),
    settle(TWO, "k4", "0.10"),
    Step(("policy", hashlib.sha256(WIDER.encode()).hexdigest()), 200,
         lambda _: ("PUT", "/policy", WIDER, None)),
    hold(ONE, "k5", "0.40"),
    hold(ONE, "k6", "500.00", status=402),
    settle(ONE, "k5", "0.40"),
    Step(("lifted", ""), 200, lambda work: (
        "POST", f"/halts/{work.halt}/lift", {"reason": "go on"}, None), again=False),
]


class Workload:
    def __init__(self) -> None:
        self.done = 0  # steps that were answered
        self.asked = 0  # steps that were asked for
        self.holds: dict[str, str] = {}
        self.credentials: dict[str, str] = {}
        self.halt = ""
        self.runs_lost = 0  # begun for a request that was not heard
        self.checkpoint = ""  # the last one that was seen

    @property
    def acknowledged(self) -> set[Mark]:
        return {step.mark for step in STEPS[:self.done]}

    @property
    def submitted(self) -> set[Mark]:
        return {step.mark for step in STEPS[:self.asked]}

    def go(self, node: Node, record: Record | None = None) -> bool:
        """Goes on from where it stopped, with the record as it was left; whether all is done."""
        for index in range(self.done, len(STEPS)):
            step = STEPS[index]
            known = record is not None and index + 1 == self.asked and self._find(step, record)
            self.asked = index + 1
            if not known and not self._ask(node, step):
                return False
            self.done = index + 1
            self._look(node)
        return True

    def _find(self, step: Step, record: Record) -> bool:
        """Whether an unheard request that cannot simply be repeated was done."""
        if step.again or not record.marks()[step.mark]:
            return False
        if step.mark[0] == "run":  # nobody has its credential: another one is begun
            self.runs_lost += 1
            return False
        return True

    def _ask(self, node: Node, step: Step) -> bool:
        method, path, body, run = step.request(self)
        answer = node.ask(method, path, body, self.credentials[run] if run else None)
        if answer is None or answer.status == 503:
            return False
        must(answer.status == step.status, f"{step.mark}: answered {answer}")
        if step.mark[0] == "run":
            self.credentials[step.mark[1]] = answer.json["credential"]
        elif step.mark[0] == "hold":
            self.holds[step.mark[1]] = answer.json["hold"]
        elif step.mark[0] == "halted":
            self.halt = answer.json["halt"]
        return True

    def _look(self, node: Node) -> None:
        """Keeps the newest checkpoint there is; a service that is being killed shows none."""
        try:
            status, text = node.get("/audit/checkpoint")
        except (OSError, http.client.HTTPException):
            return
        if status == 200:
            self.checkpoint = text
