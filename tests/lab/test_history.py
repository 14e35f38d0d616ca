"""Former bodies of aws-auth are kept in the cluster, and a person can put one back when the registrar is shut out."""

import json
import subprocess
from pathlib import Path

import pytest
from kept_history import NOTE, OWN, changed_by_hand, command, history, kept, registered
from registrar_identity import MERGE, Registrar, given_map_roles
from stage import TAG, Stage, a_name, event, eventually, tagging

from registrar.commands.restore import by_hand

__all__ = ["history"]

GARBAGE = "- rolearn: arn:aws:iam::123456789012:role/x\n groups: [\n"


def test_the_body_before_a_write_is_kept_whole(history: Stage) -> None:
    """Every key to the byte, with what was about to be done."""
    before = history.data()
    role = registered(history)
    (body,) = kept(history)
    assert (body["number"], body["cluster"], body["before"]) == (1, "lab", f"adds {role}")
    status, said = command(history, "history", "--show", "1", "--output", "json")
    assert (status, json.loads(said)["data"]) == (0, before)


def test_writes_of_ours_alone_push_no_older_body_out(history: Stage) -> None:
    """What an operator looks for at 3 a.m. is what others had written."""
    for _ in range(3):
        registered(history)
    assert [body["number"] for body in kept(history)] == [1]


def test_the_ring_turns_after_ten_bodies(history: Stage) -> None:
    """Twelve different bodies: the last ten are there, newest first, each as it was."""
    for number in range(12):
        changed_by_hand(history, number)
        registered(history)
    bodies = kept(history)
    assert [body["number"] for body in bodies] == list(range(12, 2, -1))
    assert {body["configMap"] for body in bodies} == {f"history-{number}" for number in range(10)}
    _, oldest = command(history, "history", "--show", "3")
    assert NOTE.format(2) in oldest
    assert NOTE.format(3) not in oldest


def test_a_body_is_put_back_with_our_rows_as_they_stand_now(history: Stage) -> None:
    """Revoked roles stay revoked, later ones stay registered, and every byte of others is that of before."""
    stays, leaves = registered(history), registered(history)
    changed_by_hand(history, "before")
    comes, foreign = registered(history), history.foreign()
    history.untag(leaves)
    history.settle(event("UntagRole", leaves, tagKeys=[TAG]))
    history.patch_map_roles("\n".join(history.rows()) + "\n- rolearn: arn:aws:iam::123456789012:role/only\n")
    number = str(kept(history)[0]["number"])
    status, said = command(history, "restore", number, "--cluster", "lab", "--yes")
    assert status == 0, said
    assert said.endswith("settle its own rows:\n  eks-registrar sweep\n")
    assert history.foreign() == foreign
    assert history.row(stays)
    assert history.row(comes)
    assert history.row(leaves) is None


def test_an_aws_auth_that_shuts_everybody_out_is_put_back(history: Stage) -> None:
    """The case it is for: the registrar itself gets 401, a person restores, and all is as before."""
    role, foreign = registered(history), history.foreign()
    history.patch_map_roles(GARBAGE)
    itself = history.lab.kubeconfig_for_role("eks-registrar", session=a_name("s"))
    asks = ("get", "configmap", "aws-auth", "-n", "kube-system")
    assert eventually(lambda: history.lab.kubectl(*asks, kubeconfig=itself, check=False).returncode != 0)
    status, table = command(history, "history")
    assert "CANNOT BE READ" in table

    status, said = command(history, "restore", "1", "--yes")
    assert status == 0, said
    assert "note: mapRoles cannot be read now" in said
    assert eventually(lambda: history.lab.kubectl(*asks, kubeconfig=itself, check=False).returncode == 0)
    assert history.foreign() == foreign
    assert history.rows() == [], "no row of ours is taken from a broken text"
    history.settle(tagging(role))
    assert history.row(role)
    assert eventually(lambda: history.as_role(role, "get", "pods", "-A").returncode == 0)


def test_an_aws_auth_that_is_gone_is_made_anew(history: Stage) -> None:
    """By the person's own rights: the registrar never makes one."""
    registered(history)
    foreign = history.foreign()
    history.lab.kubectl("delete", "configmap", "aws-auth", "-n", "kube-system")
    status, said = command(history, "restore", "1", "--yes")
    assert status == 0, said
    assert history.foreign() == foreign


def test_nothing_is_written_without_a_yes(history: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The diff is shown, and the answer decides."""
    registered(history)
    changed_by_hand(history, "since")
    before = history.data()
    monkeypatch.setattr("builtins.input", lambda _: "y")
    status, said = command(history, "restore", "1")
    assert status == 1
    assert "-# changed by hand, since\n" in said
    assert "nothing was written" in said
    assert history.data() == before


def test_a_change_while_the_person_reads_is_not_written_over(history: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was agreed to is no longer what is there."""
    registered(history)
    changed_by_hand(history, "since")

    def meanwhile(_: str) -> str:
        changed_by_hand(history, "meanwhile")
        return "yes"

    monkeypatch.setattr("builtins.input", meanwhile)
    status, said = command(history, "restore", "1")
    assert status == 1
    assert "changed by somebody else since it was shown; nothing was written" in said
    assert NOTE.format("meanwhile") in history.data()["mapRoles"]


def test_a_context_of_another_cluster_is_refused(history: Stage, tmp_path: Path) -> None:
    """The history knows whose it is."""
    registered(history)
    text = history.lab.configuration.read_text()
    other = tmp_path / "registrar.yaml"
    other.write_text(text.replace("tag: lab,", "tag: prod,").replace("clusters: [lab]", "clusters: [prod]"))
    status, said = command(history, "--config", str(other), "restore", "1", "--cluster", "prod", "--yes")
    assert status == 1
    assert "leads to cluster lab, not prod" in said


def test_the_plain_kubectl_lines_do_the_same(history: Stage, tmp_path: Path) -> None:
    """They put the rows of others back and none of ours; and where nothing is kept they write nothing."""
    registered(history)
    foreign = history.foreign()
    changed_by_hand(history, "before")
    registered(history)
    history.patch_map_roles(GARBAGE)

    def run(slot: str) -> int:
        lines = by_hand(slot, history.registrar().policy.marks, None).replace(
            "kubectl ", f"{history.lab.kubectl_path} "
        )
        return subprocess.run(["sh", "-c", lines], cwd=tmp_path, capture_output=True, check=False).returncode

    assert run("history-9") != 0
    assert history.data()["mapRoles"] == GARBAGE
    assert run("history-0") == 0
    assert history.foreign() == foreign | {"mapRoles": foreign["mapRoles"] + NOTE.format("before")}
    assert history.rows() == []


def test_a_history_that_cannot_be_written_hinders_no_removal(history: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Without its ConfigMaps the write goes on, and the log says what to do."""
    role = registered(history)
    made = history.lab.api.request("GET", f"{OWN}/history-0").body
    history.lab.kubectl("delete", "configmap", "history-0", "-n", "eks-registrar")
    try:
        changed_by_hand(history, "since")
        history.untag(role)
        settled = history.settle(event("UntagRole", role, tagKeys=[TAG]))
    finally:
        clean = {key: made["metadata"][key] for key in ("name", "namespace", "labels", "annotations")}
        history.lab.api.request("POST", OWN, {"metadata": clean})
    assert settled.outcomes[0].error is None
    assert history.row(role) is None
    assert "apply `eks-registrar manifests --cluster lab` again" in caplog.text


def test_a_body_as_large_as_aws_auth_can_be_is_kept(history: Stage) -> None:
    """The limit of a ConfigMap is on the data, and what is kept has the same data."""
    text = history.data()["mapRoles"] + "# filled to its limit\n" * 30_000
    given_map_roles(history.lab, text)
    registered(history)
    assert kept(history)[0]["bytes"] > 650_000


@pytest.mark.parametrize("annotation", ["eks-registrar/input-hash", "eks-registrar/kept2", "a"])
def test_of_the_annotations_only_the_note_is_the_registrars(history: Stage, annotation: str) -> None:
    """An empty one is one, too."""
    registrar = Registrar.of(history.lab)
    for value in ("", "x"):
        body = {"metadata": {"annotations": {annotation: value}}}
        answer = registrar.request("PATCH", f"{OWN}/history-1", body, MERGE)
        assert answer.status == 422, answer.message
        assert "only the data is the registrar's" in answer.message
    note = {"metadata": {"annotations": {"eks-registrar/kept": "x"}}}
    assert registrar.request("PATCH", f"{OWN}/history-1", note, MERGE).status == 200


def test_a_sweep_that_finds_nothing_to_write_keeps_what_others_have_written_since(history: Stage) -> None:
    """Between two writes of ours may lie weeks; what others wrote in them is at most a sweep old in the history."""
    sweep = {"registrar": "sweep", "account": "123456789012"}
    registered(history)
    history.settle(sweep)
    changed_by_hand(history, "later")
    settled = history.settle(sweep)
    assert settled.outcomes[0].complete
    assert not settled.results[0].written
    newest = kept(history)[0]
    assert (newest["number"], newest["before"]) == (2, "nothing: a sweep found it right")
