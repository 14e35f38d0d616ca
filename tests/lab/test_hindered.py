"""A run that cannot do all it should: what is wanted stays, what is not wanted and stays is never called done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from entrance import Entrance, on_its_first_day
from stage import ACCOUNT, eventually, tagging
from test_rows_beside_entries import BY_ROWS, left

from lab.local_eks import CONFIGURATION, LocalEks
from lab.settings import API, API_AND_CONFIG_MAP, REGISTRAR_ROLE
from registrar import wiring
from registrar.errors import AwsAuthUnreadable, DeniedByAdmission, EntryDenied, Unreachable
from registrar.grants import Grant, GrantKind
from registrar.service import Settled

VIEW = "policy=AmazonEKSViewPolicy"
GRANTS = CONFIGURATION.read_text().replace('"group=oncall"]', f'"group=oncall", {VIEW}, "{VIEW}@*"]')
PLACES = {
    "entries": (GRANTS, API),
    "entries beside rows": (GRANTS, API_AND_CONFIG_MAP),
    "rows": (BY_ROWS, API_AND_CONFIG_MAP),
}


@pytest.fixture(scope="module", params=PLACES)
def hindered_eks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab for each way in which access entries count, in which events reach nobody but who is told of them."""
    text, mode = PLACES[request.param]
    with LocalEks.start(tmp_path_factory.mktemp("hindered"), text, with_function=False, mode=mode) as lab:
        yield lab


def where(*places: str) -> pytest.MarkDecorator:
    """A test of what there is in some of the places alone."""
    return pytest.mark.parametrize("hindered_eks", places, indirect=True)


@pytest.fixture
def place(hindered_eks: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Entrance:
    """That lab as on its first day, its AWS as the one that boto3 finds, and no role that asks for anything."""
    return on_its_first_day(hindered_eks, monkeypatch)


def by_rows(place: Entrance) -> bool:
    """Whether rows are what is written."""
    return place.registrar().clusters[0].backend == "aws-auth"


def with_entry(place: Entrance, grants: str) -> str:
    """A role whose access entry of ours gives it these grants."""
    if by_rows(place):
        return left(place, grants)
    name = place.role(grants)
    assert place.settle(tagging(name)).outcomes[0].error is None
    return name


def swept(place: Entrance) -> Settled:
    """What a sweep came to."""
    return place.settle({"registrar": "sweep", "account": ACCOUNT, "planHash": None})


@contextmanager
def denying(place: Entrance, *actions: str) -> Iterator[None]:
    """The registrar's role may not do this, as by a policy of the organization."""
    statement = {"Effect": "Deny", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    place.iam.put_role_policy(RoleName=REGISTRAR_ROLE, PolicyName="deny", PolicyDocument=document)
    try:
        yield
    finally:
        place.iam.delete_role_policy(RoleName=REGISTRAR_ROLE, PolicyName="deny")


@contextmanager
def not_to_be_judged(place: Entrance, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Exception]]:
    """Something is in the way of granting: an aws-auth that we do not judge, or an API server that is away."""
    with monkeypatch.context() as patch:
        if place.lab.mode == API:
            away = replace(wiring.describe(place.eks, place.registrar().clusters[0]), url="https://127.0.0.1:9")
            patch.setattr(wiring, "describe", lambda *_: away)
            yield Unreachable
        else:
            # The authenticator reads the first document and maps by it; which one counts is not ours to guess.
            place.patch_map_roles(place.data()["mapRoles"] + "---\nx: y\n")
            yield AwsAuthUnreadable


def test_a_revocation_that_iam_denies_is_never_called_done(place: Entrance) -> None:
    """Who was untagged is in still: the sweep fails, so that no dead letter which tells of it is deleted."""
    goes, _ = with_entry(place, "view"), with_entry(place, "view")
    place.untag(goes)
    with denying(place, "eks:DeleteAccessEntry"):
        assert isinstance(place.settle(tagging(goes)).outcomes[0].error, EntryDenied)
        [outcome] = swept(place).outcomes
        assert (type(outcome.error), outcome.complete) == (EntryDenied, False)
    assert place.entry(goes) is not None
    assert swept(place).outcomes[0].complete
    assert eventually(lambda: place.who(goes) is None)


@where("entries", "entries beside rows")
def test_a_grant_that_iam_denies_leaves_a_sweep_complete(place: Entrance) -> None:
    """It is told, and stays a matter of the next deployment; nobody has what they should not."""
    place.role("view")
    with denying(place, "eks:CreateAccessEntry"):
        settled = swept(place)
    assert [outcome.complete for outcome in settled.outcomes] == [True]
    assert [type(error) for error in settled.results[0].errors.values()] == [EntryDenied]


@where("entries", "entries beside rows")
@pytest.mark.parametrize("whole", [False, True], ids=["event", "sweep"])
@pytest.mark.parametrize(("first", "then"), [(f"{VIEW}@a1", f"{VIEW}@a1 {VIEW}"), (VIEW, f"{VIEW}@a1")])
def test_a_policy_that_grows_or_shrinks_is_never_lost(
    place: Entrance, monkeypatch: pytest.MonkeyPatch, first: str, then: str, whole: bool
) -> None:
    """For the whole cluster and in a namespace: what both give is what stands and is wanted."""
    name = with_entry(place, first)
    place.tag(name, then)
    with not_to_be_judged(place, monkeypatch) as error:
        settled = swept(place) if whole else place.settle(tagging(name))
    # In mode API nothing is in the way of a policy: it needs no binding, and an event looks at none.
    told = type(None) if place.lab.mode == API and not whole else error
    assert isinstance(settled.outcomes[0].error, told)
    granted = [] if place.lab.mode == API and then.endswith(VIEW) else ["a1"]
    assert place.policies(name) == {"AmazonEKSViewPolicy": granted}


@where("entries beside rows", "rows")
def test_a_dead_entry_is_not_made_again_where_a_foreign_row_cannot_be_seen(
    place: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would win over that row."""
    name = with_entry(place, "view")
    place.iam.delete_role(RoleName=name)
    place.role("view", name=name)
    row = f"- rolearn: arn:aws:iam::{ACCOUNT}:role/{name}\n  username: by-hand\n  groups: [by-hand]\n"
    place.patch_map_roles(place.data()["mapRoles"] + row)
    with not_to_be_judged(place, monkeypatch) as error:
        assert isinstance(place.settle(tagging(name)).outcomes[0].error, error)
    assert eventually(lambda: "by-hand" in (place.who(name) or {"groups": []})["groups"])


@where("entries")
@pytest.mark.parametrize("whole", [False, True], ids=["event", "sweep"])
def test_an_api_server_that_is_away_stops_no_revocation(
    place: Entrance, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    """EKS takes the entry away; whoever asks for more waits until the bindings can be looked at, and is told so."""
    goes, stays, comes = place.role("view"), place.role("view"), place.role("view")
    place.settle(tagging(goes), tagging(stays))
    place.untag(goes)
    before = place.entry(stays)
    away = replace(wiring.describe(place.eks, place.registrar().clusters[0]), url="https://127.0.0.1:9")
    with monkeypatch.context() as patch:
        patch.setattr(wiring, "describe", lambda *_: away)
        asked = [{"registrar": "sweep", "account": ACCOUNT, "planHash": None}] if whole else map(tagging, (goes, comes))
        settled = place.settle(*asked)
    assert {type(outcome.error) for outcome in settled.outcomes} == {Unreachable}
    assert [place.entry(name) for name in (goes, stays, comes)] == [None, before, None]
    assert [result.complete for result in place.registrar().sweep(ACCOUNT)] == [True]
    assert place.entry(comes) is not None


@where("rows")
def test_a_denied_write_leaves_a_row_in_the_place_of_an_entry_that_gave_too_much(place: Entrance) -> None:
    """Somebody else's new grant is denied, since the manifests were not applied again; alice keeps what is wanted."""
    alice, bob = with_entry(place, f"view edit@{place.namespace()}"), place.role("group=newcomers")
    place.tag(alice, "view")
    policy = place.registrar().policy
    rule = replace(policy.rules[0], name="more", allow=(Grant(GrantKind.GROUP, "newcomers"),), give=())
    settled = place.settle(tagging(alice), tagging(bob), policy=replace(policy, rules=(*policy.rules, rule)))
    assert [type(outcome.error) for outcome in settled.outcomes] == [type(None), DeniedByAdmission]
    assert (place.entry(alice), place.row(bob)) == (None, None)
    assert '"groups": ["eks-registrar:view"]' in (place.row(alice) or "")
    assert eventually(lambda: place.as_role(alice, "get", "pods", "-A").returncode == 0)
