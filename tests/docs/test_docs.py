"""The documentation says what the code does: names are compared, examples are run."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pages import GENERATED, PAGES, ROOT, anchors, blocks, links, page, rows

from registrar import cli, configuration, errors
from registrar.commands import exit_codes
from registrar.desired import desired
from registrar.held import MOST_BYTES, MOST_ROWS, Held
from registrar.marks import Marks, controller_group
from registrar.metrics import NAMESPACE, Metric
from registrar.model import (  # fmt: skip
    Asked,
    Decision,
    Desired,
    PrincipalKind,
    PrincipalRef,
    RbacView,
    Role,
    Row,
    Verdict,
)
from registrar.plan import make_plan
from registrar.report import as_dict
from registrar.result import ClusterResult
from registrar.sinks.map_roles import read_map_roles

MARKS = Marks("eks-registrar")

ALICE = PrincipalRef("123456789012", PrincipalKind.ROLE, "alice")
TOP_LEVEL, CLUSTER, RULE, NETWORK = (
    configuration._TOP, configuration._CLUSTER_KEYS, configuration._RULE_KEYS, configuration._NETWORK_KEYS,
)  # fmt: skip


def alice(value: str = "", services: frozenset[str] = frozenset(), path: str = "/dev/", name: str = "alice") -> Role:
    """A role with one tag for the cluster ``prod``."""
    ref = PrincipalRef(ALICE.account, ALICE.kind, name)
    arn = f"arn:aws:iam::{ref.account}:role{path}{name}"
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return Role(ref, arn, "AROAEXAMPLE", path, made, (("eks-registrar/prod", value),), services)


def reasons(role: Role) -> list[str]:
    """Why each of its grants is refused by the registrar.yaml of this repository."""
    policy = configuration.load(ROOT / "registrar.yaml")
    decisions = desired([role], policy, policy.cluster("prod"))[0].decisions
    return [decision.reason for decision in decisions if decision.verdict is Verdict.REFUSED]


def is_named(name: str, text: str) -> bool:
    """Whether a page has the name in code style."""
    return f"`{name}`" in text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(path: Path) -> None:
    """Every file or folder that a page points to exists, and so does the heading."""
    for target in links(path.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        goal = (path.parent / name).resolve() if name else path
        assert goal.exists(), f"{path.name} points to {target}"
        assert not anchor or anchor in anchors(goal.read_text()), f"{path.name} points to {target}"


@pytest.mark.parametrize("path", [p for p in PAGES if p != GENERATED], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_names_a_machine(path: Path) -> None:
    """Paths of somebody's machine and hosts of a package registry have no place in a page."""
    assert not re.search(
        r"(?<![\w.])/(work|root|home)/|pypi\.org|pythonhosted|registry\.npmjs|proxy\.golang", path.read_text()
    )


def test_every_error_is_in_the_operations_guide() -> None:
    """Whoever meets an error's name in the log at 3 a.m. finds it there."""
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    text = page("docs/operations.md")
    assert found
    assert [error.__name__ for error in found if not is_named(error.__name__, text)] == []


def test_errors_stand_under_their_kind() -> None:
    """The guide sorts the errors as the code does: retried or not."""
    text = page("docs/operations.md")
    for heading, kind in (("Retry", errors.Retry), ("Never retry", errors.NeverRetry)):
        of_kind = {each.__name__ for each in kind.__subclasses__() if each.__module__ == errors.__name__}
        assert {row[0].strip("`") for row in rows(text, heading)} == of_kind


def test_every_metric_is_in_the_operations_guide() -> None:
    """The table has all metrics and no other, and the namespace."""
    text = page("docs/operations.md")
    assert [row[0].strip("`") for row in rows(text, "Metrics")] == [metric.value for metric in Metric]
    assert is_named(NAMESPACE, text)


def test_every_key_of_the_json_output_is_documented() -> None:
    """The stable output has no key that a reader must guess."""
    policy = configuration.load(ROOT / "registrar.yaml")
    decision = Decision(Asked("view", "eks-registrar/prod"), Verdict.ALLOWED, "", group="eks-registrar:view")
    wanted = [Desired(ALICE, alice(), (decision,))]
    plan = make_plan(wanted, Held(()), {}, RbacView(), policy.marks)
    shown = as_dict(ClusterResult(policy.clusters[0], plan=plan, errors={ALICE: errors.Throttled("slow")}))
    nested = [
        entry for value in shown.values() if isinstance(value, list) for entry in value if isinstance(entry, dict)
    ]
    keys = {*shown, *(key for entry in nested for key in entry)}
    assert {"after", "verdict", "message"} < keys
    text = page("docs/operations.md")
    assert [key for key in sorted(keys) if not is_named(key, text)] == []


def test_every_exit_code_is_in_the_operations_guide() -> None:
    """The table has all codes and no other."""
    codes = {str(value) for name, value in vars(exit_codes).items() if name.isupper()}
    assert {row[0] for row in rows(page("docs/operations.md"), "Exit codes")} == codes


def test_every_key_of_the_configuration_is_documented() -> None:
    """Supported or not yet: each key that the loader knows stands in docs/policy.md."""
    text = page("docs/policy.md")
    assert [key for key in (*TOP_LEVEL, *CLUSTER, *RULE, *NETWORK) if not is_named(key, text)] == []


@pytest.mark.parametrize("body", blocks(page("README.md"), "yaml"))
def test_configurations_in_the_readme_load(body: str) -> None:
    """What a reader copies from the README is accepted."""
    assert configuration.parse(body).rules


def test_the_configuration_to_start_from_loads_and_writes_nothing() -> None:
    """registrar.yaml at the top is valid and observes only."""
    policy = configuration.load(ROOT / "registrar.yaml")
    assert policy.clusters
    assert not any(cluster.enforced for cluster in policy.clusters)


def test_the_error_in_the_policy_guide_is_one_of_the_loader() -> None:
    """The example of an error is what the loader prints for that mistake."""
    text = "tagPrefix: x\n\nclusters:\n- {name: prod, account: 123456789012, region: eu-west-1}\nrules: []\n"
    with pytest.raises(errors.ConfigurationError) as caught:
        configuration.parse(text)
    assert str(caught.value) in page("docs/policy.md")


def test_the_limits_in_the_operations_guide_are_those_of_the_code() -> None:
    """The size at which grants stop, and the four fifths of it for an alarm."""
    text = page("docs/operations.md")
    for number in (MOST_BYTES, MOST_ROWS, MOST_BYTES * 8 // 10):
        assert f"{number:,}" in text


def test_the_row_of_the_registrar_itself_is_read_as_a_foreign_one() -> None:
    """The row that the guide tells to write gives the controller's group, and is never planned against."""
    (body,) = blocks(page("docs/operations.md"), "yaml")
    read = read_map_roles(body, MARKS)
    assert read.ours == ()
    assert [row.groups for row in read.foreign] == [(controller_group("eks-registrar"),)]


def test_the_row_of_a_decision_is_in_the_fixed_form() -> None:
    """The line that decision 001 shows is one that the registrar would leave as it is."""
    (body,) = blocks(page("docs/decisions/001-rows-first-as-one-line-of-json.md"), "")
    read = read_map_roles(body, MARKS)
    assert read.our_form_is_canonical
    assert [row for row in read.ours if isinstance(row, Row)] != []


@pytest.mark.parametrize(("asked", "reason"), rows(page("docs/tags.md"), "Refusals"))
def test_a_refusal_has_the_reason_of_the_guide(asked: str, reason: str) -> None:
    """Each row of the table is asked for, and refused in just these words."""
    value = asked.strip("`").replace(r"\u2028", "\u2028")
    assert reasons(alice(value)) == [reason]


def test_reasons_about_the_role_are_those_of_the_guide() -> None:
    """Nodes, service-linked roles and the 33rd grant are refused in the guide's words."""
    many = " ".join(f"view@n{number}" for number in range(33))
    told = [
        *reasons(alice("view", frozenset({"ec2.amazonaws.com"}))),
        *reasons(
            alice("view", path="/aws-service-role/autoscaling.amazonaws.com/", name="AWSServiceRoleForAutoScaling")
        ),
        *reasons(alice(many)),
    ]
    text = " ".join(page("docs/tags.md").split())
    assert len(told) == 3
    assert [reason for reason in told if f"`{reason}" not in text] == []


def test_every_verdict_is_explained() -> None:
    """The tag guide says what becomes of a grant, for each way there is."""
    assert {row[0].strip("`") for row in rows(page("docs/tags.md"), "What becomes of a grant")} == set(Verdict)


def test_the_readme_names_every_command() -> None:
    """What the command line knows stands in the table, and what does not work yet is said to."""
    (actions,) = [a for a in cli._parser()._actions if isinstance(a, argparse._SubParsersAction)]
    table = rows(page("README.md"), "Command line")
    said = {row[0]: row[1] for row in table}
    for command in actions.choices:
        (cells,) = [cell for cell in said if re.search(rf"`(eks-registrar )?{command}\b", cell)]
        assert ("not yet supported" in said[cells]) == (command in cli.LATER)


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_has_its_parts(path: Path) -> None:
    """Context, choice and cost; and its number is that of the file."""
    text = path.read_text()
    assert text.startswith(f"# {path.name[:3]}: ")
    assert [part for part in ("Context", "Choice", "Cost") if f"**{part}.**" not in text] == []
