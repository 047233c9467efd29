"""The files for clusters that users copy: the Slurm script runs here with stand-ins, the KubeRay manifest is read.

There is no Slurm and no Kubernetes here. ``QWEN3_EVAL_KUBERAY_CRD`` may name KubeRay's own ``ray.io_rayjobs.yaml``, and
the manifest is then held to that schema, with no field that it does not have.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from places import ROOT
from processes import alive, wait_for

from qwen3_eval.cli import parser
from qwen3_eval.engines import engine_class

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
FOLDER = ROOT / "docs" / "cluster"
SLURM = FOLDER / "slurm.sh"
# Of sbatch 24.05, those that a copy is likely to have.
SBATCH = {
    "account", "constraint", "cpus-per-gpu", "cpus-per-task", "error", "exclude", "exclusive", "gpus-per-node", "gres",
    "job-name", "mem", "no-kill", "nodelist", "nodes", "ntasks-per-node", "open-mode", "output", "partition", "qos",
    "requeue", "signal", "time",
}  # fmt: skip
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


@needs_bash
def test_the_slurm_script_is_bash_and_its_options_are_those_of_sbatch() -> None:
    subprocess.run(["bash", "-n", str(SLURM)], check=True)
    if found := shutil.which("shellcheck"):
        subprocess.run([found, str(SLURM)], check=True)
    options = re.findall(r"^#SBATCH --([\w-]+)(?:=\S+)?$", SLURM.read_text("utf-8"), re.MULTILINE)
    assert len(options) == SLURM.read_text("utf-8").count("#SBATCH") and not set(options) - SBATCH


STUB = """#!/bin/bash
echo "$(basename "$0") $*" >> "$CALLS"
"""
STUBS = {
    # Ray's daemons stay until they are ended; a look at the status fails once.
    "ray": '[ "$1" = status ] && { [ -e "$CALLS.up" ] || { touch "$CALLS.up"; exit 1; }; exit 0; }\nexec sleep 600\n',
    "srun": 'while [[ $1 == --* ]]; do shift; done\nexec "$@"\n',
    "qwen3-eval": 'echo "$RAY_AUTH_MODE ${#RAY_AUTH_TOKEN}" >> "$CALLS.token"\n'
    "trap 'touch \"$CALLS.term\"; kill $child; sleep 0.5; exit 3' TERM\n"
    'until grep -q "^ray start --address" "$CALLS"; do sleep 0.05; done\n'
    'if [ -n "${HANGS:-}" ]; then sleep 600 & child=$!; wait; fi\nexit "${CODE:-0}"\n',
}


def group(number: int) -> list[int]:
    """The processes of a group."""
    done = subprocess.run(["ps", "-eo", "pid=,pgid="], capture_output=True, text=True, check=True)
    pairs = [line.split() for line in done.stdout.splitlines()]
    return [int(pid) for pid, own in pairs if own == str(number)]


class Job:
    """The script as a job of two nodes, with stand-ins for what it calls."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.calls = folder / "calls"
        for name, body in STUBS.items():
            (folder / name).write_text(STUB + body)
            (folder / name).chmod(0o755)
        own = {
            "CALLS": str(self.calls),
            "SLURM_JOB_NUM_NODES": "2",
            "HEAD": "10.1.2.3",
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        }
        self.process = subprocess.Popen(
            ["bash", str(SLURM)], cwd=folder, env={**os.environ, **own, **environment}, start_new_session=True
        )

    def ended(self) -> int:
        """The exit code; nothing of it is left."""
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise
        wait_for(lambda: not any(map(alive, group(self.process.pid))))
        return code


@needs_bash
@pytest.mark.parametrize("code", [0, 3])
def test_the_slurm_script_starts_a_cluster_runs_and_ends_it(tmp_path: Path, code: int) -> None:
    job = Job(tmp_path, CODE=str(code))
    assert job.ended() == code
    calls = job.calls.read_text().splitlines()
    [run] = [call for call in calls if call.startswith("qwen3-eval run")]
    head, worker = (
        next(call for call in calls if call.startswith(f"ray start {option}")) for option in ("--head", "--address")
    )
    assert "--include-dashboard=false" in head and "--block" in head and "--block" in worker
    address = re.search(r"--ray-address (\S+:6379)", run)
    assert address and f"--address={address[1]}" in worker
    args = parser().parse_args(run.split()[1:])
    assert args.wait_for_server == 1_800 and not args.replicas
    assert Path(f"{job.calls}.token").read_text() == "token 64\n"


@needs_bash
def test_before_the_time_is_over_the_run_ends_in_order(tmp_path: Path) -> None:
    job = Job(tmp_path, HANGS="1")
    wait_for(lambda: Path(f"{job.calls}.token").exists() or job.process.poll() is not None, 30)
    time.sleep(0.2)
    job.process.send_signal(signal.SIGTERM)
    assert job.ended() == 3 and Path(f"{job.calls}.term").exists()


def manifest() -> Any:
    return yaml.safe_load((FOLDER / "kuberay.yaml").read_text("utf-8"))


def test_the_kuberay_manifest_names_a_run_that_exists_and_asks_for_a_token() -> None:
    found = manifest()
    assert (found["apiVersion"], found["kind"]) == ("ray.io/v1", "RayJob")
    cluster = found["spec"]["rayClusterSpec"]
    assert cluster["authOptions"] == {"mode": "token"}
    assert cluster["rayVersion"] == re.search(r"ray==([\d.]+)", (ROOT / "pyproject.toml").read_text())[1]  # type: ignore[index]
    command, *argv = found["spec"]["entrypoint"].split()
    args = parser().parse_args(argv)
    assert (command, args.engine, args.ray_address, args.replicas) == ("qwen3-eval", "ray", "auto", 0)
    assert engine_class(args.engine)
    head, [workers] = cluster["headGroupSpec"], cluster["workerGroupSpecs"]
    assert head["template"]["spec"]["containers"] and workers["template"]["spec"]["containers"]
    assert workers["minReplicas"] == workers["replicas"] <= workers["maxReplicas"] and workers["groupName"]
    assert str(args.run_dir).startswith(head["template"]["spec"]["containers"][0]["volumeMounts"][0]["mountPath"])


def closed(schema: Any) -> Any:
    """A schema of Kubernetes with no fields beside those that it names, as its server has it."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(value) for name, value in schema.items()}
    if made.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    if isinstance(made.get("properties"), dict) and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def test_the_kuberay_manifest_fits_the_schema_of_kuberay() -> None:
    path = os.environ.get("QWEN3_EVAL_KUBERAY_CRD", "")
    if not path:
        pytest.skip("QWEN3_EVAL_KUBERAY_CRD names no ray.io_rayjobs.yaml of KubeRay")
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    versions = yaml.load(Path(path).read_text("utf-8"), Loader=yaml.CSafeLoader)["spec"]["versions"]
    [schema] = [each["schema"]["openAPIV3Schema"] for each in versions if each["name"] == "v1"]
    spec = jsonschema.Draft7Validator(closed(schema["properties"]["spec"]))
    found = manifest()["spec"]
    assert [error.message for error in spec.iter_errors(found)] == []
    assert list(spec.iter_errors({**found, "entrypoin": ""}))
