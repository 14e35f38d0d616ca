"""`python -m lab`: one supervisor owns all parts, and nothing outlives it, whatever ends it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import ProcessId, family, open_to_the_network, wait_until_gone

from lab.settings import LabFolder
from lab.supervisor import LabState, supervisor_pid

CHECKOUT = Path(__file__).parents[2]


def command(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start `python -m lab` as an interactive shell does: in a process group of its own, open to Ctrl-C.

    Without `env` it would inherit an ignored SIGINT from a shell that runs the tests in the background.
    """
    return subprocess.Popen(
        ["env", "--default-signal=INT", sys.executable, "-m", "lab", "--folder", str(folder), *arguments],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT / "functions")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run `python -m lab` to its end; returns exit code and output."""
    process = command(folder, *arguments)
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


@pytest.fixture
def own_lab(lab_folder: Path) -> Iterator[Path]:
    """A lab brought up by the command line, beside the session's."""
    code, output = run(lab_folder, "up")
    assert code == 0, output
    yield lab_folder
    run(lab_folder, "down")


def in_shell(folder: Path, line: str) -> str:
    """What a line prints in a shell that has read the lab's env."""
    script = f". {folder}/env && {line}"
    return subprocess.run(["/bin/sh", "-c", script], check=True, capture_output=True, text=True).stdout


def supervised(folder: Path) -> set[ProcessId]:
    """All processes of the folder's lab."""
    pid = supervisor_pid(LabFolder(folder))
    assert pid is not None
    return family(pid)


def starting(process: "subprocess.Popen[str]", folder: Path) -> set[ProcessId]:
    """The processes of a lab that is in the middle of its start."""
    assert process.stdout is not None
    assert "kube-apiserver" in process.stdout.readline()
    return supervised(folder) | family(process.pid)


def test_up_status_kubeconfig_and_down(local_eks: object, own_lab: Path) -> None:
    """A lab beside another one: up once `up` returns, shared with no second one, at home in a shell, gone by `down`."""
    processes = supervised(own_lab)
    assert len(processes) >= 7
    assert open_to_the_network(processes) == set()
    code, output = run(own_lab, "up")
    assert (code, "already runs" in output) == (1, True)
    code, output = run(own_lab, "status")
    assert (code, "a lab runs in" in output) == (0, True)

    in_shell(own_lab, "kubectl get configmap aws-auth -n kube-system && aws iam get-role --role-name eks-registrar")
    code, kubeconfig = run(own_lab, "kubeconfig", "eks-registrar")
    path = own_lab / "role.yaml"
    path.write_text(kubeconfig)
    assert "eks-registrar-controller:lab" in in_shell(own_lab, f"kubectl --kubeconfig {path} auth whoami")

    assert run(own_lab, "down")[0] == 0
    assert wait_until_gone(processes) == set()
    assert run(own_lab, "status")[0] == 1
    assert not (own_lab / "env").exists()


def test_a_killed_supervisor_takes_every_part_with_it(own_lab: Path) -> None:
    """No process outlives a kill -9: not the parts, not what they started, not the guard."""
    state = LabState.read(LabFolder(own_lab))
    assert state is not None
    processes = supervised(own_lab)
    os.kill(state.supervisor, signal.SIGKILL)
    assert wait_until_gone(processes) == set()
    assert run(own_lab, "status")[0] == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_up_that_is_interrupted_leaves_nothing(lab_folder: Path, number: signal.Signals) -> None:
    """Ctrl-C, a polite and an impolite end of `up` in the middle of the start all end the start itself."""
    process = command(lab_folder, "up")
    processes = starting(process, lab_folder)
    os.kill(process.pid, number)
    process.wait(timeout=30)
    assert wait_until_gone(processes, within_s=30) == set()
    assert not (lab_folder / "state.json").exists()


def test_foreground_stays_until_it_is_told_to_end(lab_folder: Path) -> None:
    """`up --foreground` owns the parts itself and takes them down at Ctrl-C."""
    process = command(lab_folder, "up", "--foreground")
    assert process.stdout is not None
    while "ready:" not in (line := process.stdout.readline()):
        assert line, "it ended before it was ready"
    processes = family(process.pid)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert wait_until_gone(processes) == set()


def test_a_part_that_dies_ends_the_lab_and_is_named(own_lab: Path) -> None:
    """A lab with a dead part would answer wrongly: it ends, and its log says which part died."""
    processes = supervised(own_lab)
    etcd = next(process for process in processes if Path(f"/proc/{process.pid}/comm").read_text() == "etcd\n")
    os.kill(etcd.pid, signal.SIGKILL)
    assert wait_until_gone(processes) == set()
    assert "etcd has died" in (own_lab / "supervisor.log").read_text()


def test_a_lab_is_started_in_the_mode_that_is_asked_for_and_outlives_its_change(lab_folder: Path) -> None:
    """DescribeCluster tells the mode; the authenticator's restart is not taken for the death of a part."""
    code, output = run(lab_folder, "up", "--mode", "API_AND_CONFIG_MAP")
    assert code == 0, output
    try:
        mode = "aws eks describe-cluster --name lab --query cluster.accessConfig.authenticationMode --output text"
        assert in_shell(lab_folder, mode) == "API_AND_CONFIG_MAP\n"
        in_shell(lab_folder, "aws eks update-cluster-config --name lab --access-config authenticationMode=API")
        in_shell(lab_folder, "aws eks wait cluster-active --name lab")
        assert in_shell(lab_folder, mode) == "API\n"
        assert "eks-registrar" in in_shell(lab_folder, "aws eks list-access-entries --cluster-name lab")
        assert run(lab_folder, "status")[0] == 0
    finally:
        run(lab_folder, "down")


def test_a_mode_that_eks_does_not_have_is_wrong_usage(lab_folder: Path) -> None:
    """Refused before anything starts."""
    code, output = run(lab_folder, "up", "--mode", "ACCESS_ENTRIES")
    assert (code, "invalid choice: 'ACCESS_ENTRIES'" in output) == (2, True)


def test_a_bad_configuration_is_told_before_anything_starts(lab_folder: Path, tmp_path: Path) -> None:
    """One sentence that says what is wrong with it, and no process."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("clusters: nonsense\nrules: []\n")
    code, output = run(lab_folder, "up", "--config", str(bad))
    assert (code, "cannot use this configuration" in output) == (1, True)


def test_a_folder_with_other_files_is_never_taken(tmp_path: Path) -> None:
    """A mistyped --folder costs nobody his files."""
    (tmp_path / "etcd").mkdir()
    code, output = run(tmp_path, "up")
    assert (code, "choose another --folder" in output) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["etcd"]
