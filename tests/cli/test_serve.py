"""`matprior serve`: what it says, what it refuses, and that it answers and ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

pytest.importorskip("fastapi", reason='the page needs fastapi: pip install "matprior[web]"')
pytest.importorskip("uvicorn", reason='the page needs uvicorn: pip install "matprior[web]"')


def test_it_serves_on_loopback_until_it_is_stopped(fitted):
    command = [sys.executable, "-m", "matprior", "serve", str(fitted), "--port", "0", "--no-training"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has told them to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        told = [process.stdout.readline() for _ in range(2)]
        assert told[0] == "Serving model.\n"
        (address,) = re.findall(r"Page: (http://127\.0\.0\.1:\d+) ", told[1])
        body = json.dumps({"strings": ["NaI"]}).encode()
        request = urllib.request.Request(
            f"{address}/api/models/model/predict", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["rows"][0]["answers"][0]["target"] == "melting_point_K"
    finally:
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_another_host_comes_with_a_warning(matprior, fitted, monkeypatch):
    monkeypatch.setattr("matprior.web.server.run", lambda app, sock, ready: ready())
    for host, warned in (("0.0.0.0", True), ("127.0.0.1", False)):
        done = matprior("serve", fitted, "--host", host, "--port", 0)
        assert done.code == 0, done.err
        assert (
            "Warning: 0.0.0.0 is reached from other computers. There is no password" in done.out
        ) is warned


def test_a_taken_port_is_a_sentence(matprior, fitted):
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
        done = matprior("serve", fitted, "--port", port)
    assert (done.code, f"Port {port} is taken" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing-here"], "is not a fitted matprior model"),
        (["matbert-small"], "is a pretrained checkpoint, not a fitted model"),
        (["matbert-small", "--port", 70000], "--port is 70000"),
        (["matbert-small", "--host", "203.0.113.7"], "is no address of this computer"),
        (["matbert-small", "--rows", 0], "The limit rows is 0"),
    ],
)
def test_what_is_refused(matprior, words, message):
    done = matprior("serve", "--port", 0, *words)
    assert (done.code, message in done.err) == (2, True), done.err


def test_what_lacks_is_named_with_the_way_to_install_it(matprior, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = matprior("serve", "model")
    assert (done.code, 'pip install "matprior[web]"' in done.err) == (2, True)
