# SPDX-License-Identifier: Apache-2.0
"""Every operation of docs/openapi.yaml, called on the running server: the statuses and bodies that
come are the documented ones, member by member, and none is left uncalled."""

import json
import pathlib
import re

import jsonschema
import yaml

import harness

DOCUMENT = yaml.safe_load(
    (pathlib.Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml").read_text()
)
OPERATIONS = {
    (method.upper(), path)
    for path, item in DOCUMENT["paths"].items()
    for method in item
    if method != "parameters"
}


def resolve(node):
    while "$ref" in node:
        target = DOCUMENT
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def undocumented(schema, value, where=""):
    """Members of `value` that the schema does not know."""
    schema = resolve(schema)
    if isinstance(value, list):
        items = schema.get("items", {})
        found = [undocumented(items, each, f"{where}[{i}]") for i, each in enumerate(value)]
        return [name for names in found for name in names]
    parts = [resolve(part) for part in schema.get("allOf", [schema])]
    known = {name: each for part in parts for name, each in part.get("properties", {}).items()}
    if not isinstance(value, dict) or not known:
        return []
    found = [f"{where}.{name}" for name in value if name not in known]
    for name in value.keys() & known.keys():
        found += undocumented(known[name], value[name], f"{where}.{name}")
    return found


def template_of(method, path):
    """The documented path that this one is an instance of; the most literal one wins."""
    fitting = []
    for known_method, template in OPERATIONS:
        pattern = re.sub(r"\\{path\\}", "(.*)", re.escape(template))
        pattern = re.sub(r"\\{\w+\\}", "([^/]+)", pattern)
        if known_method == method and re.fullmatch(pattern, path):
            fitting.append(template)
    assert fitting, f"{method} {path} is not documented"
    return max(fitting, key=lambda template: (template.count("/"), -template.count("{")))


class Caller:
    def __init__(self, daemon):
        self.daemon = daemon
        self.called = set()

    def __call__(self, method, target, status, body=None, token=None):
        credential = self.daemon.token if token is None else token
        sent = {"authorization": f"Bearer {credential}"} if credential else {}
        response = harness.request(self.daemon.url, method, target, body, sent)
        assert response.status == status, (method, target, response)
        template = template_of(method, target.split("?")[0])
        self.called.add((method, template))
        documented = DOCUMENT["paths"][template][method.lower()]["responses"]
        assert str(status) in documented, f"{method} {template} does not document {status}"
        content = resolve(documented[str(status)])["content"]
        kind = response.headers["content-type"]
        assert kind in content, f"{method} {template} answers {status} with {kind}"
        value = response.json() if "json" in kind else response.body.decode(errors="replace")
        schema = content[kind]["schema"]
        jsonschema.validate(
            value,
            {**schema, "components": DOCUMENT["components"]},
            cls=jsonschema.Draft202012Validator,
        )
        assert not undocumented(schema, value), (method, target, value)
        return value


POLICY = """
version: 1
currency: USD
timezone: UTC
accounts:
  /:             {budgets: [{usd: "100", window: month}]}
  acme:          {budgets: [{usd: "10.00", window: month}]}
  acme/worker-*: {role: worker}
roles:
  worker:
    run: {lease: 15m, max_age: 2h, budgets: [{usd: "1.00"}, {calls: 50}]}
    allow: ["tool:*"]
    ask: [{match: "tool:mail/bulk", uses: 2}]
"""


def test_every_operation_is_as_documented(daemon):
    call = Caller(daemon(POLICY))
    call("GET", "/healthz", 200, token="")
    call("GET", "/readyz", 200, token="")
    call("GET", "/metrics", 200)
    call("GET", "/metrics", 401, token="")

    started = call(
        "POST",
        "/api/v1/runs",
        201,
        {
            "account": "acme/worker-1",
            "budgets": [{"unit": "usd", "cap": "0.50"}],
            "labels": {"ticket": "7"},
            "on_behalf_of": {"user": "ada"},
        },
    )
    run, token = started["run"], started["credential"]
    call("POST", "/api/v1/runs", 400, {"account": "../x"})
    call("POST", "/api/v1/runs", 401, {"account": "acme/worker-1"}, token="")
    call("POST", "/api/v1/runs", 403, {"account": "acme/worker-1"}, token=token)
    call("POST", "/api/v1/runs", 404, {"account": "nobody"})
    call("GET", "/api/v1/runs", 200)
    call("GET", f"/api/v1/runs/{run}", 200, token=token)
    call("GET", "/api/v1/runs/r_none", 404)
    call("POST", f"/api/v1/runs/{run}/renew", 200)
    call("POST", f"/api/v1/runs/{run}/renew", 403, token=token)
    child = call(
        "POST",
        f"/api/v1/runs/{run}/delegate",
        201,
        {"name": "helper", "budgets": [{"unit": "usd", "cap": "0.10"}]},
        token=token,
    )
    call("POST", f"/api/v1/runs/{child['run']}/end", 200, {"reason": "done"}, token=token)

    def place(status, usd, **more):
        body = {"operation": "tool:mail/send", "need": {"usd": usd, "calls": 1}, **more}
        return call("POST", "/api/v1/holds", status, body, token=token)

    hold = place(201, "0.20", args={"to": "x"}, idempotency_key="k")["hold"]
    place(409, "0.21", args={"to": "x"}, idempotency_key="k")
    place(402, "0.60")
    place(429, "0.45")
    place(400, "-1")
    call("POST", "/api/v1/holds", 403, {"operation": "net:r:example.org"}, token=token)
    call("GET", f"/api/v1/holds/{hold}", 200)
    assert len(call("GET", "/api/v1/holds?under=acme&max=1", 200)["holds"]) == 1
    call("GET", "/api/v1/holds?max=0", 400)
    call("GET", "/api/v1/holds", 403, token=token)
    call("POST", f"/api/v1/holds/{hold}/extend", 200, {"need": {"usd": "0.05"}}, token=token)
    call("POST", f"/api/v1/holds/{hold}/settle", 200, {"actual": {"usd": "0.30"}}, token=token)
    call("POST", f"/api/v1/holds/{hold}/settle", 409, {"actual": {"usd": "0.01"}}, token=token)
    call(
        "POST", f"/api/v1/holds/{hold}/correct", 200, {"actual": {"usd": "0.02"}, "reason": "bill"}
    )
    call("GET", f"/api/v1/holds/{hold}", 200)
    # What was claimed above the hold closed the run's own account.
    place(403, "0.01")
    call("POST", f"/api/v1/accounts/{started['account']}/resume", 200, {"reason": "accepted"})
    batch = call(
        "POST",
        "/api/v1/batch",
        200,
        [
            {"path": "/api/v1/holds", "body": {"operation": "tool:mail/send"}},
            {"path": "/api/v1/holds", "body": {"operation": "tool:mail/send", "need": {"usd": -1}}},
        ],
        token=token,
    )
    assert [each["status"] for each in batch] == [201, 400], batch
    call("POST", f"/api/v1/holds/{batch[0]['body']['hold']}/release", 200, token=token)

    def ask(text):
        body = {"operation": "tool:mail/bulk", "args": {"text": text}}
        return call("POST", "/api/v1/holds", 202, body, token=token)["approval"]["id"]

    asked, unwanted = f"/api/v1/approvals/{ask('a')}", f"/api/v1/approvals/{ask('b')}"
    assert ask("a") == asked.rpartition("/")[2]
    queue = call("GET", "/api/v1/approvals?state=pending&under=acme&max=1", 200)
    assert len(queue["approvals"]) == 1 and queue["truncated"]
    call("GET", "/api/v1/approvals", 200, token=token)
    call("GET", "/api/v1/approvals?state=open", 400)
    call("GET", asked, 200)
    call("POST", f"{asked}/approve", 403, {}, token=token)
    call("POST", f"{asked}/approve", 400, {"uses": 0})
    call("POST", f"{asked}/approve", 200, {"uses": 1, "comment": "fine"})
    call("POST", f"{asked}/refuse", 409, {"comment": "too late"})
    call("POST", f"{unwanted}/refuse", 400, {})
    call("POST", f"{unwanted}/refuse", 200, {"comment": "no"})
    call("POST", f"{unwanted}/approve", 409, {})
    call("GET", asked, 200, token=token)
    call("GET", unwanted, 200)
    call("GET", "/api/v1/approvals/ap_1", 404)

    call("GET", "/api/v1/quota", 200, token=token)
    call("GET", f"/api/v1/quota?run={run}", 200)
    call("GET", "/api/v1/quota", 400)
    explain = "/api/v1/explain?account=acme/worker-1&operation=tool:mail/send"
    assert call("GET", explain, 200)["walls"]
    call("GET", explain + "&command=ls", 400)
    call("GET", explain, 403, token=token)
    call("GET", "/api/v1/accounts?under=/", 200)
    call("GET", "/api/v1/accounts/acme/worker-1", 200)
    call("GET", "/api/v1/accounts/", 200)
    call("GET", "/api/v1/accounts/..", 400)
    raised = {"unit": "usd", "window": "month", "cap": "20", "reason": "launch"}
    call("POST", "/api/v1/accounts/acme/raise", 200, raised)
    call("POST", "/api/v1/accounts/acme/raise", 400, {**raised, "cap": "1"})
    call("GET", "/api/v1/accounts/acme", 200)
    call("POST", "/api/v1/accounts/acme/pause", 200, {"reason": "lunch"})
    call("GET", "/api/v1/accounts/acme", 200)
    call("POST", "/api/v1/accounts/acme/resume", 200)

    halt = call("POST", "/api/v1/halts", 201, {"account": "acme", "reason": "test"})["halt"]
    call("GET", "/api/v1/halts", 200)
    place(401, "0.01")
    call("GET", f"/api/v1/runs/{run}", 200)
    call("POST", f"/api/v1/halts/{halt}/lift", 200, {"reason": "over"})
    call("POST", f"/api/v1/halts/{halt}/lift", 404, {"reason": "over"})

    page = call("GET", "/api/v1/events?max=5", 200)
    assert len(page["events"]) == 5 and page["more"]
    call("GET", "/api/v1/events?type=nothing", 400)
    call("GET", "/api/v1/policy", 200)
    wider = POLICY.replace('usd: "10.00"', 'usd: "20.00"')
    assert call("PUT", "/api/v1/policy?dry_run=1", 200, wider)["dry_run"]
    assert call("PUT", "/api/v1/policy", 200, wider)["changed"]
    assert not call("PUT", "/api/v1/policy", 200, wider)["changed"]
    assert call("PUT", "/api/v1/policy", 400, "version: 2")["mistakes"]
    call("PUT", "/api/v1/policy", 403, wider, token=token)
    assert len(call("GET", "/api/v1/policy/versions", 200)["versions"]) == 2
    assert call("GET", "/api/v1/webhooks", 200) == {"webhooks": []}
    assert call("GET", "/api/v1/witnesses", 200)["witnesses"] == []
    call("GET", "/api/v1/witnesses", 403, token=token)
    call("GET", "/api/v1/webhooks", 403, token=token)
    call("GET", "/api/v1/status", 200)
    call("GET", "/api/v1/status", 403, token=token)
    call("POST", "/api/v1/clock/confirm", 200)
    erase = {"first": 1, "last": 2, "reason": "asked for"}
    assert call("POST", "/api/v1/payloads/erase", 200, erase)["state"] == "erased"
    call("POST", "/api/v1/payloads/erase", 400, {"first": 2, "last": 1, "reason": "r"})
    call("POST", "/api/v1/payloads/erase", 403, erase, token=token)

    harness.wait_for(
        lambda: harness.request(call.daemon.url, "GET", "/audit/checkpoint").status == 200,
        "the first checkpoint",
    )
    for path in ("checkpoint", "vkey", "policy", "tile/0/000.p/1"):
        call("GET", f"/audit/{path}", 200, token="")
    for path in ("tile/entries/000.p/1", "proof/1"):
        call("GET", f"/audit/{path}", 200)
        call("GET", f"/audit/{path}", 401, token="")
        call("GET", f"/audit/{path}", 403, token=token)
    for path in ("tile/0/001", "tile/entries/001", "proof/1000000"):
        call("GET", f"/audit/{path}", 404)
    assert call.called == OPERATIONS, json.dumps(sorted(OPERATIONS - call.called))
