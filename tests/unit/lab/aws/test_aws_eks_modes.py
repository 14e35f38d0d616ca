"""A cluster's authentication mode changes one way only."""

import uuid

import pytest
from entry_support import MODES, Entries, refusal

from lab.aws.side import AwsSide


def change(entries: Entries, mode: str, **asked: str) -> dict[str, object]:
    """UpdateClusterConfig."""
    answer = entries.eks.update_cluster_config(name=entries.name, accessConfig={"authenticationMode": mode}, **asked)
    return dict(answer["update"])


def mode_of(entries: Entries) -> str:
    """As DescribeCluster tells it."""
    return str(entries.eks.describe_cluster(name=entries.name)["cluster"]["accessConfig"]["authenticationMode"])


def test_a_cluster_goes_from_one_mode_to_the_next(side: AwsSide) -> None:
    """Each step is an update that can be followed; DescribeCluster tells the mode."""
    entries = Entries.of_new_cluster(side, "API_AND_CONFIG_MAP")
    assert mode_of(entries) == "API_AND_CONFIG_MAP"
    update = change(entries, "API")
    assert update["type"] == "AccessConfigUpdate"
    assert update["params"] == [{"type": "AuthenticationMode", "value": "API"}]
    followed = entries.eks.describe_update(name=entries.name, updateId=update["id"])["update"]
    assert (followed["status"], followed["errors"]) == ("Successful", [])
    assert update["id"] in entries.eks.list_updates(name=entries.name)["updateIds"]
    assert mode_of(entries) == "API"


@pytest.mark.parametrize(
    ("before", "after"),
    [(one, other) for one in MODES for other in MODES if (one, other) not in (MODES[:2], MODES[1:])],
)
def test_no_other_way_is_open(side: AwsSide, before: str, after: str) -> None:
    """Neither back, nor two steps at once, nor to the mode that it has."""
    entries = Entries.of_new_cluster(side, before)
    told = refusal(change, entries, after)
    assert told == f"InvalidParameterException: Unsupported authentication mode update from {before} to {after}"
    assert mode_of(entries) == before


def test_entries_live_on_in_the_next_mode(side: AwsSide) -> None:
    """Those of API_AND_CONFIG_MAP are those of API."""
    entries = Entries.of_new_cluster(side, "API_AND_CONFIG_MAP")
    role = entries.role()
    made = entries.create(role)
    change(entries, "API")
    assert entries.describe(role) == made


def test_a_change_that_is_sent_again_is_done_once(side: AwsSide) -> None:
    """The client's token makes it so."""
    entries, token = Entries.of_new_cluster(side, "CONFIG_MAP"), str(uuid.uuid4())
    first = change(entries, "API_AND_CONFIG_MAP", clientRequestToken=token)
    assert change(entries, "API_AND_CONFIG_MAP", clientRequestToken=token)["id"] == first["id"]


def test_an_update_that_was_never_made_is_not_found(side: AwsSide) -> None:
    """As every resource."""
    entries = Entries.of_new_cluster(side)
    told = refusal(entries.eks.describe_update, name=entries.name, updateId=str(uuid.uuid4()))
    assert told.startswith("ResourceNotFoundException: ")
