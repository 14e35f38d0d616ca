"""A function that stays warm while somebody changes the cluster's authentication mode under it."""

from __future__ import annotations

from pathlib import Path

import pytest
from entrance import Entrance, change_mode
from stage import eventually, tagging

from lab.aws.registrar_role import ROLE_NAME
from lab.local_eks import LocalEks
from registrar.service import Registrar


def done(registrar: Registrar, *names: str) -> None:
    """Let it settle what was done to these roles."""
    settled = registrar.settle([tagging(name) for name in names])
    assert [outcome.error for outcome in settled.outcomes] == [None for _ in names]


def test_a_warm_function_follows_the_mode(lab_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a mode of before it would remove a row and leave the entry that wins over it, or write where nobody reads."""
    with LocalEks.start(lab_folder, with_function=False) as lab:
        monkeypatch.setenv("AWS_ENDPOINT_URL", lab.aws.endpoint_url)
        place = Entrance(lab)
        warm = place.registrar()
        goes, first = place.role("view"), place.role("view")
        done(warm, goes, first)
        assert place.row(goes) is not None

        change_mode(place, "API_AND_CONFIG_MAP")
        done(place.registrar(), goes)
        assert place.entry(goes) is not None
        place.untag(goes)
        done(warm, goes)
        assert (place.entry(goes), place.row(goes)) == (None, None)
        assert eventually(lambda: place.who(goes) is None)

        group = "eks-registrar-controller"
        place.enter(place.arn(ROLE_NAME), username=f"{group}:{{{{SessionName}}}}", kubernetesGroups=[group])
        change_mode(place, "API")
        later = place.role("view")
        done(warm, first, later)
        assert place.row(later) is None
        assert eventually(lambda: place.who(later))
        assert eventually(lambda: place.who(first))
