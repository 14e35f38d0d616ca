"""``registrar.yaml`` → ``Policy``: read once, checked whole, every error with file, line, value and what was expected.

The same check runs when the function loads the file and when the CDK app synthesises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from registrar.defaults import Defaults
from registrar.errors import ConfigurationError
from registrar.event_pattern import IAM_EVENT_REGIONS
from registrar.grants import Grant
from registrar.marks import Marks
from registrar.partitions import partition_of
from registrar.policy import Cluster, Network, Policy, Rule, is_privileged
from registrar.tags import FORMS, parse_grant
from registrar.yaml_cursor import Cursor

_ACCOUNT = (r"[0-9]{12}", "an account of 12 digits")
_REGION = (r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", "a region such as eu-west-1")
# The installation names a namespace, and stands before a colon in usernames, groups and bindings.
_INSTALLATION = (r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", "a name of at most 40 lower-case letters, digits and hyphens")
_RESERVED = ("system", "eks", "aws", "amazon", "iam", "kube", "default")
# With "/", a cluster's tag of 60 and "/9" behind it, a key is within the 128 characters of IAM.
_PREFIX = (
    r"(?!(?i:aws:))(?=.{1,65}$)[A-Za-z0-9_.:=+@-]+(/[A-Za-z0-9_.:=+@-]+)?",
    "a tag prefix of at most 65 characters, not beginning with aws:",
)
# eks:CreateCluster: a letter or digit, then letters, digits, hyphens and underscores, at most 100.
_CLUSTER = (r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", "the name of an EKS cluster")
_TAG = (r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", "a word for tag keys: letters, digits, hyphens, at most 60")
# Queues, functions and alarms are named after it.
_NETWORK = re.compile(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?", re.ASCII)
_RULE = (r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", "a name of letters, digits and hyphens")
_ROLE_GLOB = (r"/[\w+=,.@/*-]*[\w+=,.@*-]", "a path and a name, beginning with /, such as /dev/*")
_PERMISSION_SET = (r"[\w+=,.@-]{1,32}", "the name of a permission set (no wildcard)")
_NAMESPACE_GLOB = re.compile(r"[a-z0-9*-]{1,63}", re.ASCII)

_TOP = ("installation", "formerly", "tagPrefix", "networks", "clusters", "rules")
_CLUSTER_KEYS = ("name", "tag", "account", "region", "network", "backend", "kubernetes", "registrarAccess", "mode")
_RULE_KEYS = (
    "name", "accounts", "roles", "permissionSets", "users", "groups", "clusters",
    "allow", "give", "privileged", "mustExpire", "maxDuration",
)  # fmt: skip
_NETWORK_KEYS = ("vpcId", "subnetIds", "securityGroupIds")


def load(path: Path | str, defaults: Defaults | None = None) -> Policy:
    """The policy in a file; without ``defaults`` every cluster must be complete. Raises ``ConfigurationError``."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    return parse(text, Path(path).name, defaults)


def parse(text: str, file: str = "registrar.yaml", defaults: Defaults | None = None) -> Policy:
    """The policy in a text. Raises ``ConfigurationError``."""
    top = Cursor.of(text, file).mapping(_TOP, required=("clusters", "rules"))
    marks = _marks(top)
    networks = (
        tuple(_network(name, at) for name, at in top["networks"].mapping(()).items()) if "networks" in top else ()
    )
    clusters = _clusters(top["clusters"], networks, defaults)
    rules = tuple(_rule(item, clusters, marks) for item in top["rules"].items())
    for at, rule in zip(top["rules"].items(), rules, strict=True):
        if [r.name for r in rules].count(rule.name) > 1:
            at.mapping(())["name"].fail("a name that no other rule has")
    prefix = top["tagPrefix"].text(*_PREFIX) if "tagPrefix" in top else "eks-registrar"
    return Policy(clusters, rules, marks.installation, prefix, marks.formerly, networks, file)


def _marks(top: Mapping[str, Cursor]) -> Marks:
    installation = _installation(top["installation"]) if "installation" in top else "eks-registrar"
    formerly: list[str] = []
    for item in top["formerly"].items() if "formerly" in top else ():
        name = _installation(item)
        if name in (installation, *formerly):
            item.fail("each former name once, and not the name of today")
        formerly.append(name)
    return Marks(installation, tuple(formerly))


def _installation(at: Cursor) -> str:
    name = at.text(*_INSTALLATION)
    if name in _RESERVED or name.startswith("kube-") or name.endswith("-controller"):
        at.fail("a name that neither Kubernetes, AWS nor another installation's mark (-controller) reserves")
    return name


def _network(name: str, at: Cursor) -> Network:
    if name == "public":
        at.fail("another name: the network public exists by itself")
    if not _NETWORK.fullmatch(name):
        at.fail("a network's name of at most 20 lower-case letters, digits and hyphens")
    keys = at.mapping(_NETWORK_KEYS, required=_NETWORK_KEYS)
    subnets = keys["subnetIds"].texts(r"subnet-[0-9a-z]+", "a subnet such as subnet-0a1b")
    groups = keys["securityGroupIds"].texts(r"sg-[0-9a-z]+", "a security group such as sg-0a1b")
    if not subnets:
        keys["subnetIds"].fail("at least one subnet")
    if not groups:
        keys["securityGroupIds"].fail("at least one security group")
    return Network(name, keys["vpcId"].text(r"vpc-[0-9a-z]+", "a VPC such as vpc-0a1b"), subnets, groups)


def _clusters(at: Cursor, networks: tuple[Network, ...], defaults: Defaults | None) -> tuple[Cluster, ...]:
    clusters: list[Cluster] = []
    for item in at.items():
        keys = _cluster_keys(item, defaults)
        cluster = _cluster(keys, networks)
        if any((c.account, c.region, c.name) == (cluster.account, cluster.region, cluster.name) for c in clusters):
            item.fail("each cluster only once")
        if any(c.tag.lower() == cluster.tag.lower() for c in clusters):
            item.fail(f"a tag that no other cluster has (it is {cluster.tag}; IAM's tag keys ignore case)")
        for other in clusters:
            if cluster.network != "public" and cluster.network == other.network and cluster.region != other.region:
                keys["network"].fail(
                    f"a network of {cluster.region}: a VPC is in one region, cluster {other.tag} is in {other.region}"
                )
        clusters.append(cluster)
        if cluster.account != clusters[0].account:
            keys["account"].not_yet_supported()
        _check_partition(keys["region"], cluster, clusters[0])
    if not clusters:
        at.fail("at least one cluster")
    return tuple(clusters)


def _cluster_keys(at: Cursor, defaults: Defaults | None) -> dict[str, Cursor]:
    """The entries of a cluster, with the defaults for account and region where it leaves them out."""
    if defaults is None:
        return at.mapping(_CLUSTER_KEYS, required=("name", "account", "region"))
    keys = at.mapping(_CLUSTER_KEYS, required=("name",))
    for name, default in (("account", defaults.account), ("region", defaults.region)):
        if name in keys:
            continue
        try:
            keys[name] = at.supplied(name, default.find(), default.source)
        except LookupError as why:
            at.fail(f"a mapping with the key {name}, or {default.source}, which {why}")
    return keys


def _check_partition(at: Cursor, cluster: Cluster, first: Cluster) -> None:
    """Raise where IAM's events would not reach the cluster's hub."""
    partition = partition_of(first.region)
    if partition_of(cluster.region) != partition:
        at.fail(f"a region of {partition}, as that of cluster {first.tag}: an account is in one partition")
    if partition not in IAM_EVENT_REGIONS:
        known = ", ".join(IAM_EVENT_REGIONS)
        at.fail(f"a region of the partitions {known}: where IAM's events appear in {partition} is not known")


def _cluster(keys: dict[str, Cursor], networks: tuple[Network, ...]) -> Cluster:
    name = keys["name"].text(*_CLUSTER)
    backend = keys["backend"].one_of("auto", "aws-auth", "access-entries") if "backend" in keys else "auto"
    kubernetes = keys["kubernetes"].one_of("managed", "none") if "kubernetes" in keys else "managed"
    access = keys["registrarAccess"].one_of("accessEntry", "manual") if "registrarAccess" in keys else "manual"
    if kubernetes == "none":
        _refuse_what_needs_kubernetes(keys, backend, access)
    return Cluster(
        name=name,
        tag=keys["tag"].text(*_TAG) if "tag" in keys else _default_tag(keys["name"]),
        account=keys["account"].text(*_ACCOUNT),
        region=keys["region"].text(*_REGION),
        network=keys["network"].one_of("public", *(n.name for n in networks)) if "network" in keys else "public",
        backend=backend,
        kubernetes=kubernetes,
        registrar_access=access,
        mode=keys["mode"].one_of("observe", "enforce") if "mode" in keys else "observe",
    )


def _refuse_what_needs_kubernetes(keys: dict[str, Cursor], backend: str, access: str) -> None:
    """Raise for what a cluster with ``kubernetes: none`` cannot have, or would never use."""
    if backend == "aws-auth":
        keys["kubernetes"].fail(
            "managed (or backend: access-entries): aws-auth cannot be written without a Kubernetes call"
        )
    if access == "accessEntry":
        keys["registrarAccess"].fail(
            "manual (or no such key): with kubernetes: none no Kubernetes call is made, so no way in is needed"
        )


def _default_tag(name: Cursor) -> str:
    return name.text(_TAG[0], "a name short enough for a tag key (or say tag:)")


def _rule(at: Cursor, clusters: tuple[Cluster, ...], marks: Marks) -> Rule:
    keys = at.mapping(_RULE_KEYS, required=("name", "clusters"))
    _refuse_useless(at, keys)
    tags = tuple(item.one_of(*(c.tag for c in clusters)) for item in keys["clusters"].items())
    own_accounts = tuple(dict.fromkeys(c.account for c in clusters if c.tag in tags))
    for item in keys["accounts"].items() if "accounts" in keys else ():
        if item.text(*_ACCOUNT) not in own_accounts:
            item.not_yet_supported()
    privileged = keys["privileged"].boolean() if "privileged" in keys else False
    return Rule(
        name=keys["name"].text(*_RULE),
        clusters=tags,
        accounts=keys["accounts"].texts(*_ACCOUNT) if "accounts" in keys else own_accounts,
        roles=keys["roles"].texts(*_ROLE_GLOB) if "roles" in keys else (),
        permission_sets=keys["permissionSets"].texts(*_PERMISSION_SET) if "permissionSets" in keys else (),
        allow=_grants(keys["allow"], marks, privileged, wildcards=True) if "allow" in keys else (),
        give=_grants(keys["give"], marks, privileged, wildcards=False) if "give" in keys else (),
        privileged=privileged,
    )


def _refuse_useless(at: Cursor, keys: dict[str, Cursor]) -> None:
    """Raise for what is not supported yet, and for a rule that could never match or allow anything."""
    for later in ("users", "groups", "mustExpire", "maxDuration"):
        if later in keys:
            keys[later].not_yet_supported()
    for name in ("clusters", "accounts", "roles", "permissionSets", "allow", "give"):
        if name in keys and not keys[name].items():
            keys[name].fail("at least one")
    if "roles" not in keys and "permissionSets" not in keys:
        at.fail("a mapping with roles or permissionSets: a rule for nobody can never match")
    if "allow" not in keys and "give" not in keys:
        at.fail("a mapping with allow or give: a rule that allows nothing can never match")
    if "roles" not in keys and "give" not in keys:
        keys["allow"].fail("give: roles of permission sets cannot carry tags, so they can ask for nothing")


def _grants(at: Cursor, marks: Marks, privileged: bool, wildcards: bool) -> tuple[Grant, ...]:
    return tuple(_grant(item, marks, privileged, wildcards) for item in at.items())


def _grant(at: Cursor, marks: Marks, privileged: bool, wildcards: bool) -> Grant:
    text = at.text()
    grant = parse_grant(text, _NAMESPACE_GLOB) if wildcards else parse_grant(text)
    if grant is None:
        place = "; a wildcard may stand only for a namespace, in allow" if "*" in text else ""
        at.fail(FORMS + place)
    nobody = Policy((), (), marks.installation, formerly=marks.formerly)
    forbidden = nobody.forbidden(grant)
    if forbidden is not None:
        at.fail(f"another grant: {forbidden}")
    if is_privileged(grant, marks) and not privileged:
        at.fail("privileged: true in this rule (the grant is privileged), or another grant")
    if is_privileged(grant, marks) and "*" in (grant.namespace or ""):
        at.fail("a namespace without a wildcard: the grant is privileged, which no wildcard ever matches")
    return grant
