"""A binding of ours that somebody changed, put right by the registrar with its own rights."""

import json

from stage import TAG, Stage, event, verdicts


def test_a_wrong_subject_is_put_right_and_somebodys_label_stays(quiet: Stage) -> None:
    """Only the subjects are written: the admission policy lets the registrar change no label."""
    team = quiet.namespace()
    role = quiet.role(f"edit@{team}")
    tagging = event("TagRole", role, tags=[{"key": TAG, "value": f"edit@{team}"}])
    quiet.settle(tagging)
    binding = ("rolebinding", "eks-registrar:edit", "-n", team)
    quiet.lab.kubectl("label", *binding, "example.com/seen=yes")
    theirs = [{"op": "replace", "path": "/subjects/0/name", "value": "theirs"}]
    quiet.lab.kubectl("patch", *binding, "--type=json", "-p", json.dumps(theirs))
    settled = quiet.settle(tagging)
    assert settled.outcomes[0].error is None
    assert verdicts(settled) == {f"edit@{team}": "allowed"}
    found = json.loads(quiet.lab.kubectl("get", *binding, "-o", "json").stdout)
    assert [subject["name"] for subject in found["subjects"]] == [f"eks-registrar:edit@{team}"]
    assert found["metadata"]["labels"]["example.com/seen"] == "yes"
    assert quiet.as_role(role, "create", "configmap", "x", "-n", team).returncode == 0
