"""``registrar.yaml``: what loads, and with which words everything else is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from registrar.configuration import load, parse
from registrar.errors import ConfigurationError
from registrar.grants import Grant, GrantKind
from registrar.tags import keys_for
from tests.unit.samples import POLICY_HEAD, policy_of

GOLDEN = Path(__file__).parents[1] / "golden" / "configuration"
REFUSED = sorted((GOLDEN / "refused").glob("*.yaml"))


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_a_wrong_file_is_refused_with_line_value_and_expectation(path: Path) -> None:
    """Each file is refused with exactly the message that stands in its first line."""
    first_line = path.read_text(encoding="utf-8").splitlines()[0]
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert str(caught.value) == first_line.removeprefix("# ")


def test_the_design_s_example_loads() -> None:
    """Everything of the contract's example that works today is read as it is meant."""
    policy = load(GOLDEN / "example.yaml")
    [cluster] = policy.clusters
    assert (cluster.name, cluster.tag, cluster.account, cluster.region) == ("prod", "prod", "123456789012", "eu-west-1")
    assert (cluster.network, cluster.backend, cluster.kubernetes, cluster.mode) == (
        "corp",
        "auto",
        "managed",
        "observe",
    )
    devs, ops = policy.rules
    assert devs.allow == (
        Grant(GrantKind.CLUSTER_ROLE, "edit", "team-*"),
        Grant(GrantKind.GROUP, "oncall"),
    )
    assert (devs.roles, devs.accounts, devs.privileged) == (("/dev/*",), ("123456789012",), False)
    assert (ops.permission_sets, ops.privileged) == (("Ops",), True)
    assert ops.give == (Grant(GrantKind.CLUSTER_ROLE, "cluster-admin"),)
    [network] = policy.networks
    assert (network.vpc_id, network.subnet_ids, network.security_group_ids) == ("vpc-1", ("subnet-1",), ("sg-1",))


def test_a_cluster_only_observes_unless_told_otherwise() -> None:
    """A new cluster is planned for and not written to."""
    policy = policy_of()
    assert policy.cluster("prod").enforced
    assert not policy.cluster("test").enforced


def test_a_rule_speaks_about_its_clusters_own_account_by_default() -> None:
    """``accounts`` left out is the cluster's account, never "every account"."""
    [rule] = policy_of().rules
    assert rule.accounts == ("123456789012",)


def test_the_tag_of_a_cluster_may_differ_from_its_name() -> None:
    """Two clusters of one name in two regions are told apart by their tag."""
    policy = parse(
        'clusters:\n- {name: main, account: "123456789012", region: eu-west-1}\n'
        '- {name: main, tag: us, account: "123456789012", region: us-east-1}\nrules: []\n'
    )
    assert [(c.name, c.tag) for c in policy.clusters] == [("main", "main"), ("main", "us")]


def test_the_registrar_s_own_way_in_is_chosen_for_each_cluster() -> None:
    """An access entry must be asked for; by default a person gives the access."""
    policy = parse(
        'clusters:\n- {name: new, account: "123456789012", region: eu-west-1, registrarAccess: accessEntry}\n'
        '- {name: old, account: "123456789012", region: us-east-1}\nrules: []\n'
    )
    assert [c.registrar_access for c in policy.clusters] == ["accessEntry", "manual"]


def test_backend_and_kubernetes_are_chosen_for_each_cluster() -> None:
    """By default a cluster's mode decides, and Kubernetes is spoken to; each can be said, and both together."""
    policy = parse(
        'clusters:\n- {name: a, account: "123456789012", region: eu-west-1}\n'
        '- {name: b, account: "123456789012", region: eu-west-1, backend: access-entries}\n'
        '- {name: c, account: "123456789012", region: eu-west-1, kubernetes: none}\n'
        '- {name: d, account: "123456789012", region: eu-west-1, backend: access-entries, kubernetes: none}\n'
        "rules: []\n"
    )
    assert [(c.backend, c.kubernetes) for c in policy.clusters] == [
        ("auto", "managed"), ("access-entries", "managed"), ("auto", "none"), ("access-entries", "none"),
    ]  # fmt: skip


def test_a_rule_may_name_access_policies() -> None:
    """With a wildcard for the namespace in ``allow``, and literally in ``give``."""
    policy = policy_of(
        '- {name: r, roles: ["/x"], clusters: [prod], give: [policy=AmazonEKSViewPolicy@team-a],'
        ' allow: [policy=AmazonEKSViewPolicy, "policy=AmazonEKSEditPolicy@a-*"]}'
    )
    [rule] = policy.rules
    assert rule.allow == (
        Grant(GrantKind.POLICY, "AmazonEKSViewPolicy"),
        Grant(GrantKind.POLICY, "AmazonEKSEditPolicy", "a-*"),
    )
    assert rule.give == (Grant(GrantKind.POLICY, "AmazonEKSViewPolicy", "team-a"),)


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-northwest-1"])
def test_regions_of_every_partition_whose_iam_events_can_be_found_are_known(region: str) -> None:
    """A region's shape is checked without shutting out China or GovCloud."""
    text = f'clusters:\n- {{name: c, account: "123456789012", region: {region}}}\nrules: []\n'
    assert parse(text).clusters[0].region == region


def test_every_tag_key_fits_into_iam() -> None:
    """The longest prefix and the longest cluster tag make keys of at most 128 characters."""
    policy = parse(
        f"tagPrefix: {'p' * 65}\nclusters:\n"
        f'- {{name: c, tag: {"t" * 60}, account: "123456789012", region: eu-west-1}}\nrules: []\n'
    )
    assert max(map(len, keys_for(policy.tag_prefix, policy.clusters[0].tag))) == 128


def test_the_installation_names_what_is_ours_and_not_the_tags() -> None:
    """Another installation keeps the prefix of tags, and guards its own namespace and groups."""
    policy = policy_of(head=f"installation: second{POLICY_HEAD}")
    assert (policy.installation, policy.tag_prefix) == ("second", "eks-registrar")
    with pytest.raises(ConfigurationError, match="begins with second"):
        policy_of(
            '- {name: r, roles: ["/**"], clusters: [prod], allow: ["group=second:edit@x"]}',
            head=f"installation: second{POLICY_HEAD}",
        )


@pytest.mark.parametrize("grant", [
    "cluster-admin", "edit", "edit@kube-system", "admin@kube-public", "policy=AmazonEKSClusterAdminPolicy",
    "policy=AmazonEKSAdminViewPolicy", "policy=AmazonEKSSecretReaderPolicy@a", "policy=AmazonEKSEditPolicy@kube-system",
])  # fmt: skip
def test_the_word_privileged_lets_a_rule_name_privileged_grants(grant: str) -> None:
    """With ``privileged: true`` the same grants load that are refused without it."""
    policy = policy_of(
        f'- {{name: r, roles: ["/x"], clusters: [prod], privileged: true, allow: ["{grant}"], give: ["{grant}"]}}'
    )
    assert policy.rules[0].allow == policy.rules[0].give


def test_a_missing_file_is_told_as_such(tmp_path: Path) -> None:
    """The path stands in the message."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml: cannot be read"):
        load(tmp_path / "nowhere.yaml")


def test_a_file_that_is_no_text_is_told_as_such(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are no configuration."""
    (tmp_path / "latin.yaml").write_bytes(b"clusters: \xe9")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path / "latin.yaml")


def test_control_characters_are_no_yaml() -> None:
    """A reader's error, which has no line, is a configuration error too."""
    with pytest.raises(ConfigurationError, match="not readable as YAML"):
        parse("clusters: \x00")


def test_an_unknown_cluster_is_told_with_the_known_ones() -> None:
    """A misspelt ``--cluster`` names what would be right."""
    with pytest.raises(KeyError, match=r"no cluster 'prd' .* prod, test"):
        policy_of().cluster("prd")
