# SPDX-License-Identifier: Apache-2.0
"""What Ringfence tells of itself: /metrics as promtool takes it, the dashboard's names, logs as
JSON, spans at a collector; and that no planted secret is in any of it."""

import http.server
import json
import re
import shutil
import subprocess
import threading

import pytest

import harness
from harness import MOCK_KEY, chat_body, request, wait_for

DASHBOARD = harness.ROOT / "packaging/grafana/ringfence.json"
PLANTED = "the-password-is-tangerine"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector:
    """A tiny OTLP receiver: keeps the bodies it gets, answers with `status`, or not at all."""

    def __init__(self):
        self.bodies = []
        self.status = 200
        self.answers = threading.Event()
        self.answers.set()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.bodies.append((self.path, self.headers["content-type"], body))
                collector.answers.wait()
                self.send_response(collector.status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self):
        return [
            span
            for _, _, body in list(self.bodies)
            for resource in json.loads(body)["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]

    def stop(self):
        self.answers.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def collector():
    one = Collector()
    yield one
    one.stop()


def document(mock):
    return harness.policy(
        mock.url,
        {
            "acme": {"budgets": [{"usd": "1.00", "window": "month"}]},
            "acme/agent-*": {"role": "agent"},
        },
    )


def spend(served, credential, text="hello", headers=(), **more):
    return request(
        served.url,
        "POST",
        "/v1/chat/completions",
        chat_body(text, max_tokens=20, **more),
        {"authorization": f"Bearer {credential}", **dict(headers)},
    )


def metrics(served):
    response = request(
        served.url, "GET", "/metrics", headers={"authorization": f"Bearer {served.token}"}
    )
    assert response.status == 200, response
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return response.body.decode()


def value(text, series):
    """The value of one series, written as it is on the page; none where it is not there."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None


def attributes(span):
    return {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}


def use_everything(mock, served):
    """A plain call, a stream, a refusal, a provider that fails: every family has a series."""
    credential = served.start_run("acme/agent-1")["credential"]
    assert spend(served, credential).status == 200
    assert spend(served, credential, stream=True).status == 200
    assert spend(served, "nonsense").status == 401
    mock.control(status=500)
    assert spend(served, credential).status == 500
    mock.reset()
    served.wait_at_rest("acme")
    return credential


def test_metrics_are_what_a_scraper_takes(mock, daemon):
    served = daemon(document(mock))
    use_everything(mock, served)
    text = metrics(served)
    promtool = shutil.which("promtool")
    assert promtool, "promtool is missing: make bootstrap installs it"
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 0 and not checked.stderr + checked.stdout, checked

    assert value(text, 'ringfence_decisions_total{outcome="allow",reason=""}') == 3
    assert value(text, 'ringfence_llm_refusals_total{reason="unauthenticated"}') == 1
    upstream = 'ringfence_upstream_calls_total{provider="mock",outcome="%s"}'
    assert value(text, upstream % "answered") == 2
    assert value(text, upstream % "server_error") == 1
    assert value(text, 'ringfence_upstream_first_byte_seconds_count{provider="mock"}') == 3
    assert value(text, 'ringfence_upstream_seconds_count{provider="mock"}') == 3
    assert value(text, 'ringfence_http_requests_total{route="llm",status="200"}') == 2
    assert value(text, "ringfence_open_streams") == 0
    assert value(text, "ringfence_hold_seconds_count") == 3
    settled = 'ringfence_budget_settled{account="acme",unit="usd",window="month"}'
    assert value(text, settled) == float(served.money("acme")[1])


def test_strangers_see_metrics_only_when_told_so(mock, daemon):
    served = daemon(document(mock))
    assert request(served.url, "GET", "/metrics").status == 401
    run = served.start_run("acme/agent-1")["credential"]
    bearer = {"authorization": f"Bearer {run}"}
    assert request(served.url, "GET", "/metrics", headers=bearer).status == 403
    opened = daemon(document(mock), "--listen", "127.0.0.1:0", "--metrics-open")
    opened.start_run("acme/agent-1")
    shown = request(opened.url, "GET", "/metrics")
    assert shown.status == 200 and b"ringfence_live_runs 1" in shown.body
    assert b"acme" not in shown.body
    assert request(opened.url, "GET", "/metrics", headers=bearer).status == 401


def test_the_dashboard_asks_for_what_is_served(mock, daemon, collector):
    served = daemon(document(mock), "--listen", "127.0.0.1:0", "--otlp-endpoint", collector.url)
    use_everything(mock, served)
    text = metrics(served)
    names = set(re.findall(r"^([a-z_]+)(?:\{| )", text, re.MULTILINE))
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    assert len(asked) >= 12
    for expression in asked:
        used = set(re.findall(r"\b(?:ringfence|process)_[a-z_]+", expression))
        assert used and used <= names, (expression, used - names)


def test_logs_as_json_lines(mock, daemon):
    served = daemon(document(mock), "--listen", "127.0.0.1:0", "--log-format", "json")
    credential = served.start_run("acme/agent-1")["credential"]
    mock.control(reset_after_tokens=0)
    assert spend(served, credential).status >= 500
    served.stop()
    lines = served.program.log_path.read_text().splitlines()
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    assert any(one["level"] == "warning" and "provider mock" in one["message"] for one in logged)
    assert any(one["level"] == "info" and "ending" in one["message"] for one in logged)
    assert all(set(one) == {"time", "level", "message"} for one in logged)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_secret_leaves_in_logs_metrics_or_spans(mock, daemon, collector, log_format):
    options = ("--log-format", log_format, "--otlp-endpoint", collector.url)
    served = daemon(document(mock), "--listen", "127.0.0.1:0", *options)
    credential = served.start_run("acme/agent-1")["credential"]
    said = {"x-planted": PLANTED, "user-agent": PLANTED}
    assert spend(served, credential, PLANTED, said, user=PLANTED).status == 200
    assert spend(served, PLANTED, PLANTED, said).status == 401
    assert request(served.url, "GET", f"/api/v1/{PLANTED}?q={PLANTED}").status in (401, 404)
    mock.control(status=500)
    spend(served, credential, PLANTED, said)
    mock.control(status=200, reset_after_tokens=0)
    spend(served, credential, PLANTED, said)
    mock.reset()
    broken = '{"model": "gpt-test", "messages": "' + PLANTED
    bearer = {"authorization": f"Bearer {credential}"}
    assert request(served.url, "POST", "/v1/chat/completions", broken, bearer).status == 400
    page = metrics(served)
    operator = served.token
    served.stop()
    assert len(collector.spans()) == 4
    told = page + served.program.log_path.read_text(errors="replace")
    told += "".join(body.decode() for _, _, body in collector.bodies)
    assert "provider mock" in told and "gen_ai" in told
    for secret in (PLANTED, MOCK_KEY, operator, credential, credential.rsplit(".", 1)[-1]):
        assert secret not in told


def test_a_call_is_a_span(mock, daemon, collector):
    served = daemon(document(mock), "--listen", "127.0.0.1:0", "--otlp-endpoint", collector.url)
    run = served.start_run("acme/agent-1")
    answer = spend(served, run["credential"], headers={"traceparent": PARENT, "tracestate": "a=b"})
    assert answer.status == 200
    sent = {name.lower(): text for name, text in mock.requests()[-1]["headers"]}
    [span] = wait_for(collector.spans, "the span")
    path, kind, _ = collector.bodies[0]
    assert path == "/v1/traces" and kind == "application/json"
    assert span["traceId"] == "0af7651916cd43dd8448eb211c80319c"
    assert span["parentSpanId"] == "b7ad6b7169203331" and span["kind"] == 3
    assert sent["traceparent"] == f"00-{span['traceId']}-{span['spanId']}-01"
    assert sent["tracestate"] == "a=b"
    assert int(span["startTimeUnixNano"]) < int(span["endTimeUnixNano"])
    told = attributes(span)
    usage = answer.json()["usage"]
    assert span["name"] == f"chat {told['gen_ai.request.model']}"
    assert told["gen_ai.operation.name"] == "chat" and told["gen_ai.provider.name"] == "openai"
    assert told["gen_ai.usage.input_tokens"] == str(usage["prompt_tokens"])
    assert told["gen_ai.usage.output_tokens"] == str(usage["completion_tokens"])
    assert told["ringfence.account"] == run["account"] and told["ringfence.run"] == run["run"]
    assert told["ringfence.decision"] == "allow"
    assert told["ringfence.decision_id"] == answer.headers["x-ringfence-decision"]
    assert told["ringfence.cost_usd"] == float(answer.headers["x-ringfence-cost"])
    assert told["ringfence.held_usd"] >= told["ringfence.cost_usd"] > 0
    assert "error.type" not in told and span["status"] == {}


def test_refusals_are_spans_and_unsampled_traces_are_not(mock, daemon, collector):
    served = daemon(document(mock), "--listen", "127.0.0.1:0", "--otlp-endpoint", collector.url)
    credential = served.start_run("acme/agent-1", {"usd": "0.000001"})["credential"]
    unsampled = PARENT[:-1] + "0"
    assert spend(served, credential, headers={"traceparent": unsampled}).status == 402
    refused = spend(served, credential)
    assert refused.status == 402
    served.stop()
    [span] = collector.spans()
    told = attributes(span)
    assert told["ringfence.decision"] == "refuse" and span["status"] == {"code": 2}
    assert told["ringfence.reason"] == told["error.type"] == refused.json()["error"]["code"]
    assert "parentSpanId" not in span


def test_a_collector_that_hangs_delays_no_call(mock, daemon, collector):
    served = daemon(document(mock), "--listen", "127.0.0.1:0", "--otlp-endpoint", collector.url)
    credential = served.start_run("acme/agent-1")["credential"]
    collector.answers.clear()
    assert spend(served, credential).status == 200
    wait_for(lambda: collector.bodies, "the first batch, which is not answered")
    for _ in range(5):
        assert spend(served, credential).status == 200
    assert served.stop() == 0, "nor the end of the daemon"


def test_what_a_collector_refuses_is_dropped_and_counted(mock, daemon, collector):
    served = daemon(document(mock), "--listen", "127.0.0.1:0", "--otlp-endpoint", collector.url)
    collector.status = 400
    assert spend(served, served.start_run("acme/agent-1")["credential"]).status == 200
    dropped = 'ringfence_trace_spans_dropped_total{reason="not_taken"}'
    wait_for(lambda: value(metrics(served), dropped) == 1, "the drop")
    assert value(metrics(served), "ringfence_trace_spans_exported_total") == 0


def test_a_collector_that_is_no_address(mock, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(json.dumps(document(mock)))
    done = subprocess.run(
        [harness.BIN_DIR / "ringfence", "serve", "--policy", policy, "--data", tmp_path / "data",
         "--listen", "127.0.0.1:0", "--otlp-endpoint", "nonsense"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2, done
