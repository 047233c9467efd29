"""The address of a server and its key: how they are shown, sent and kept out of what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import TOYS
from server_requests import ask, choice, request
from stub_server import MODEL, TEXT, Body, Stub

from qwen3_eval import secrets
from qwen3_eval.cli import main
from qwen3_eval.config import EngineConfig, RunConfig
from qwen3_eval.engines.launch import server_command
from qwen3_eval.types import UsageError

# --- credentials


SECRETS = {
    "OPENAI_API_KEY": "sk-test-0123456789abcdef",
    "HF_TOKEN": "hf_abcdefghijklmnop",
    "JUDGE_API_KEY": "judge-key-987654321",
}


def everything(folder: Path, printed: str) -> str:
    """All that a run left: every file and every printed line."""
    texts = [path.read_bytes().decode("utf-8", "replace") for path in sorted(folder.rglob("*")) if path.is_file()]
    return "\n".join([printed, *texts])


def echo(stub: Stub, body: Body) -> Any:
    """A server that repeats what it was sent, the credentials first."""
    seen = stub.headers[-1].get("Authorization", "")
    told = " ".join([seen, stub.queries[-1], *SECRETS.values(), "us%20er:p%40ss-w0rd!", "us er:p@ss-w0rd!"])
    number = len(stub.bodies)
    if number % 3 == 1:
        return None
    return (400, {"error": {"message": f"denied: {told}"}}) if number % 3 else choice(finish_reason="error", error=told)


@pytest.mark.parametrize("kind", ["key", "address", "query"])
def test_no_secret_is_written_anywhere(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QWEN3_EVAL_HTTP_TRIES", "1")
    with Stub(basic="us er:p@ss-w0rd!" if kind == "address" else "") as stub:
        stub.reply = lambda body: echo(stub, body)
        address = stub.url
        if kind == "address":
            address = address.replace("//", "//us%20er:p%40ss-w0rd!@")
        if kind == "query":
            address += "?api_key=query-key-13579&version=2"
        words = ["run", "--model", MODEL, "--base-url", address, "--tasks", "toy_sum", "--tasks-dir", str(TOYS)]
        words += ["--mode", "non-thinking", "--limit", "9", "--samples", "1", "--slots", "1", "--report"]
        code = main([*words, "--run-dir", str(tmp_path / "run")])
        monkeypatch.chdir(tmp_path)
        main(["report", str(tmp_path / "run"), "--out", str(tmp_path / "page.html")])
    output = capfd.readouterr()
    left = everything(tmp_path, output.out + output.err)
    assert code in (0, 3) and "denied: " in left and secrets.MASK in left
    address_forms = ["p@ss-w0rd!", "p%40ss-w0rd!", "us%20er", "us er", "dXMgZXI6cEBzcy13MHJkIQ=="]
    hidden = [*SECRETS.values(), "query-key-13579", *(address_forms if kind == "address" else ())]
    assert [secret for secret in hidden if secret in left] == []
    assert (tmp_path / "run" / "run.json").is_file()


def test_credentials_of_the_address_are_sent_before_a_key(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other-key-123")
    with Stub(basic="al ice:b:o/b") as stub:
        address = stub.url.replace("//", "//al%20ice:b%3Ao%2Fb@")
        assert ask(address, lambda engine: engine.generate(request())).text == TEXT
        with pytest.raises(UsageError, match="takes other credentials") as error:
            ask(stub.url.replace("//", "//al%20ice:wr0ngword@"), lambda engine: engine.generate(request()))
    assert "wr0ngword" not in str(error.value)
    assert "OPENAI_API_KEY is not" in capfd.readouterr().err
    assert len({each.get("Authorization") for each in stub.headers}) == 2


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://u:p@h:8000/v1", "http://***@h:8000/v1"),
        ("http://u@h/v1", "http://***@h/v1"),
        ("http://u:p#q@h/v1", "http://***@h/v1"),
        ("https://h/v1?api-key=x&v=1", "https://h/v1?api-key=***&v=1"),
        ("https://h/v1?code=x", "https://h/v1?code=***"),
        ("http://h/v1", "http://h/v1"),
        ("http://h/a@b", "http://h/a@b"),
        ("http://u:p/q@h/v1", "http://***@h/v1"),
    ],
)
def test_an_address_as_it_is_shown(address: str, shown: str) -> None:
    assert secrets.shown_address(address) == shown
    config = RunConfig(MODEL, ("toy",), engine=EngineConfig("server", address))
    assert config.as_json()["engine"]["base_url"] == shown


def test_secret_arguments_are_masked() -> None:
    args = {"api_key": "vllm-key-24680", "hf-token": "x", "max_model_len": 512}
    config = RunConfig("demo", ("toy",), engine=EngineConfig("server", args=args))
    assert config.as_json()["engine"]["args"] == {"api_key": "***", "hf-token": "***", "max_model_len": 512}
    assert "vllm-key-24680" not in json.dumps(config.identity())
    assert secrets.redacted("wrong key vllm-key-24680") == "wrong key ***"


@settings(max_examples=50)
@given(st.text(min_size=8, max_size=20).filter(lambda text: "*" not in text))
def test_a_secret_is_found_in_each_form(secret: str) -> None:
    forms = secrets._forms_of(secret)
    found = secrets.without("|".join(forms), tuple(sorted(forms, key=len, reverse=True)))
    assert [form for form in forms if form in found] == []


def test_a_key_of_our_own_server_is_on_no_command_line() -> None:
    config = RunConfig("demo", ("toy",), engine=EngineConfig("server"))
    command = server_command(config, {"api_key": "vllm-key-24680", "max_model_len": 512}, 8000)
    assert "--max-model-len=512" in command and not [word for word in command if "24680" in word]


def test_a_served_name_needs_no_slash(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["run", "--tasks", "toy_sum", "--tasks-dir", str(TOYS), "--mode", "non-thinking", "--limit", "1"]
    with Stub(models=("qwen3-8b",)) as stub:
        server = ["--model", "qwen3-8b", "--base-url", stub.url, "--samples", "1"]
        assert main([*words, *server, "--run-dir", str(tmp_path / "a")]) == 0
        assert stub.bodies[0]["model"] == "qwen3-8b"
        assert main([*words, *server, "--run-dir", str(tmp_path / "b"), "--rendering", "client"]) == 2
        assert "--tokenizer" in capfd.readouterr().err
        assert main([*words, *server, "--model", "qwen3-9b", "--run-dir", str(tmp_path / "c")]) == 2
        assert "did you mean 'qwen3-8b'" in capfd.readouterr().err
    assert main([*words, "--model", "qwen3-8b", "--run-dir", str(tmp_path / "d")]) == 2
