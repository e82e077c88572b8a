# SPDX-License-Identifier: Apache-2.0
import pytest

import harness


@pytest.fixture(scope="session")
def session_mock(tmp_path_factory):
    provider = harness.Mock(tmp_path_factory.mktemp("mock"))
    yield provider
    provider.stop()


@pytest.fixture
def mock(session_mock):
    """The mock provider with default knobs and empty counts."""
    session_mock.reset()
    return session_mock


@pytest.fixture
def daemon(tmp_path):
    """daemon(document) starts `ringfence serve`; all are stopped at the end of the test."""
    started = []

    def start(document, *options):
        directory = tmp_path / f"daemon{len(started)}"
        directory.mkdir()
        one = harness.Daemon(directory, document, options or ("--listen", "127.0.0.1:0"))
        started.append(one)
        return one

    yield start
    for one in started:
        if one.program and one.program.process.poll() is None:
            one.stop()


@pytest.fixture
def witness(tmp_path):
    """witness(name, *vkeys) starts `ringfence witness`; all are stopped at the end of the test."""
    started = []

    def start(name, *vkeys):
        directory = tmp_path / name
        directory.mkdir()
        started.append(harness.Witness(directory, name, vkeys))
        return started[-1]

    yield start
    for one in started:
        if one.program.process.poll() is None:
            assert one.stop() == 0


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    for fixture, program in (
        ("daemon", "ringfence"),
        ("witness", "ringfence"),
        ("session_mock", "ringfence-mock"),
    ):
        if fixture in item.fixturenames and not (harness.BIN_DIR / program).exists():
            pytest.fail(f"{harness.BIN_DIR / program} is not built")
