"""The laws of the pure part, for arbitrary tags, rows, bindings and orders.

The world is a tiny model: rows and bindings, and what a plan does to them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from registrar.desired import desired
from registrar.grants import Grant, united_policies
from registrar.held import Held
from registrar.marks import binding_of, group_of, owner_of_row
from registrar.model import BindingState, Gone, PrincipalRef, RbacView, Role, Row
from registrar.plan import Plan, groups_of_interest, make_plan
from registrar.policy import GUARDED_NAMESPACES
from registrar.tags import asked_by, parse_grant, read
from tests.unit.samples import ACCOUNT, MARKS, PREFIX, grant, policy_of, prod, ref, role

OURS = "eks-registrar"
RULES = """
- {name: all, roles: ["/**"], clusters: [prod], allow: [view, "view@*", "edit@*", "admin@team-*", "group=oncall",
    policy=AmazonEKSViewPolicy]}
- {name: dev, roles: ["/dev/*"], clusters: [prod], privileged: true, allow: ["admin@kube-system", "edit@*"]}
- {name: node, roles: ["/n1"], clusters: [prod], allow: [view], give: ["view@nodes"]}
"""
POLICY = policy_of(RULES)
PROD = replace(prod(POLICY), backend="aws-auth")
ENTRIES = replace(PROD, backend="access-entries")
NAMES = ("n1", "n2", "bob", "carol", "dave")

words = st.sampled_from(
    [
        "view", "view@a", "edit@a", "edit@b", "edit@team-x", "admin@team-x", "admin@a", "group=oncall", "group=other",
        "edit", "cluster-admin", "cluster-admin@a", "edit@kube-system", "admin@kube-system", "edit@eks-registrar",
        "group=system:masters", "group=eks-registrar-controller", "group=eks-registrar:edit@a", "system:masters",
        "view/until=2030-01-01", "policy=AmazonEKSViewPolicy", "edit@*", "*", "edit@a\u2028view", "{{SessionName}}",
    ]
)  # fmt: skip
pieces = st.one_of(words, st.text(max_size=12), st.text("edit@kube-syml:/=*{}. \t", max_size=20))
values = st.lists(pieces, max_size=5).map(" ".join)
keys = st.sampled_from([PREFIX, f"{PREFIX}/prod", f"{PREFIX}/prod/2", f"{PREFIX}/test", f"{PREFIX}/PROD", "team"])
tag_sets = st.dictionaries(keys, values, max_size=4).map(lambda tags: tuple(tags.items()))
paths = st.sampled_from(["/", "/dev/", "/dev/team/"])
trusts = st.sampled_from([(), (), ("ec2.amazonaws.com",), ("lambda.amazonaws.com",)])


def roles(name: str) -> st.SearchStrategy[Role | Gone]:
    """A role of this name in any state, or its absence."""
    there = st.builds(lambda tags, path, t: role(name, tags, path, t), tag_sets, paths, trusts)
    return st.one_of(there, st.just(Gone(ref(name))))


populations = st.tuples(*(roles(name) for name in NAMES))
states = st.sampled_from([BindingState.RIGHT, BindingState.WRONG, BindingState.ABSENT, BindingState.FOREIGN])
held_groups = st.sets(
    st.sampled_from(["eks-registrar:view", "eks-registrar:edit@a", "eks-registrar:edit@b", "oncall", "system:masters"]),
    min_size=1,
)


@st.composite
def held_rows(draw: st.DrawFn) -> tuple[Row, ...]:
    """Rows of ours as they may be found: stale, doubled, for roles that nobody asks about, edited by hand."""
    found = draw(st.lists(st.tuples(st.sampled_from([*NAMES, "zoe", "Bob"]), held_groups), max_size=6))
    rows = [
        Row(
            f"arn:aws:iam::{ACCOUNT}:role/{name}", f"{OURS}:{ACCOUNT}:role/{name}:{{{{SessionName}}}}", tuple(sorted(g))
        )
        for name, g in found
    ]
    if draw(st.booleans()):
        rows.append(Row(f"arn:aws:iam::{ACCOUNT}:role/eve", f"{OURS}:edited", ("eks-registrar:view",)))
    return tuple(rows)


access_policies = st.sets(st.sampled_from(["policy=AmazonEKSViewPolicy", "policy=AmazonEKSEditPolicy@a"]), max_size=2)


@st.composite
def held_entries(draw: st.DrawFn) -> tuple[Row, ...]:
    """Access entries of ours as they may be found (of another path, edited, dead), and rows beside them."""
    made = st.builds(
        lambda name, path, groups, policies, role_id: Row(
            f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
            f"{OURS}:{ACCOUNT}:role/{name}:{{{{SessionName}}}}",
            tuple(sorted(groups)),
            True,
            role_id,
            united_policies(grant(word) for word in policies),
        ),
        st.sampled_from([*NAMES, "zoe"]), paths, held_groups, access_policies, st.sampled_from(["AROAEXAMPLE", ""]),
    )  # fmt: skip
    return (*draw(st.lists(made, max_size=6, unique_by=lambda row: row.arn)), *draw(held_rows()))


@dataclass(frozen=True)
class World:
    """A cluster in small: our rows, the state of some bindings (others are absent), and what does not exist.

    ``entries``: access is written as access entries; ``settled`` are those that have stood for two minutes.
    """

    rows: tuple[Row, ...]
    bindings: dict[str, BindingState]
    missing: dict[str, str]
    conflicts: dict[PrincipalRef, str]
    canonical: bool = True
    entries: bool = False
    settled: frozenset[str] = frozenset()

    def plan(self, *principals: Role | Gone) -> Plan:
        """What the registrar would do for these principals."""
        wanted = desired(principals, POLICY, ENTRIES if self.entries else PROD)
        held = Held(self.rows, self.canonical, entries=self.entries, settled=self.settled)
        groups = groups_of_interest(wanted, held, MARKS)
        found = {g: self.bindings.get(g, BindingState.ABSENT) for g in groups}
        view = RbacView(
            {g: (s, ("u", "1") if s in (BindingState.RIGHT, BindingState.WRONG) else None) for g, s in found.items()},
            {g: what for g, what in self.missing.items() if g in groups},
        )
        return make_plan(wanted, held, self.conflicts, view, MARKS)

    def apply(self, plan: Plan) -> World:
        """The world after a plan, as a cluster would be: what was dropped is absent, what was made is right."""
        bindings = {**self.bindings, **{b.group: BindingState.RIGHT for b in plan.make}}
        for binding in plan.drop:
            assert bindings.pop(binding.group) is not BindingState.FOREIGN, "a foreign binding was dropped"
        rows, canonical = (self.rows, self.canonical) if plan.rows is None else (plan.rows, True)
        new = {row.arn.lower() for row in rows if row.entry and row not in self.rows}
        return replace(self, rows=rows, bindings=bindings, canonical=canonical, settled=self.settled - new)

    def settle(self, *principals: Role | Gone) -> World:
        """Plan and apply once."""
        return self.apply(self.plan(*principals))


GROUPS = ["eks-registrar:view", "eks-registrar:edit@a", "eks-registrar:edit@b", "eks-registrar:admin@team-x"]
of_any_cluster = (
    st.dictionaries(st.sampled_from(GROUPS), states),
    st.dictionaries(st.sampled_from(GROUPS), st.just("namespace a"), max_size=2),
    st.dictionaries(st.sampled_from([ref(name) for name in NAMES]), st.just("claimed"), max_size=1),
    st.booleans(),
)
arns = st.builds(lambda path, name: f"arn:aws:iam::{ACCOUNT}:role{path}{name}".lower(), paths, st.sampled_from(NAMES))
worlds = st.one_of(
    st.builds(World, held_rows(), *of_any_cluster),
    st.builds(World, held_entries(), *of_any_cluster, st.just(True), st.frozensets(arns)),
)
laws = settings(deadline=None, max_examples=100)


@laws
@given(worlds, populations)
def test_the_plan_of_an_applied_plan_is_empty(world: World, people: tuple[Role | Gone, ...]) -> None:
    """One run settles everything that it can; a second one writes nothing."""
    after = world.settle(*people)
    again = after.plan(*people)
    assert again.empty
    assert again.changes == ()


@laws
@given(worlds, populations, st.sets(st.integers(0, len(NAMES) - 1)))
def test_rows_of_others_never_change(world: World, people: tuple[Role | Gone, ...], named: set[int]) -> None:
    """An event can add, change and remove the rows of the roles that it names, and of no other."""
    mine = {people[n].ref for n in named}
    after = world.settle(*(people[n] for n in named))

    def others(rows: tuple[Row, ...]) -> list[Row]:
        return sorted(row for row in rows if owner_of_row(row, MARKS) not in mine)

    assert others(after.rows) == others(world.rows)


@laws
@given(worlds, populations)
def test_no_row_has_a_group_that_no_rule_allows(world: World, people: tuple[Role | Gone, ...]) -> None:
    """Whatever the tags say and whatever stood there before, judged by the rules read with a person's eyes."""
    rows = world.settle(*people).rows
    by_owner = {person.ref: person for person in people}
    for row in rows:
        person = by_owner.get(owner_of_row(row, MARKS))  # type: ignore[arg-type]
        if person is None:
            continue
        assert isinstance(person, Role)
        assert person.ref not in world.conflicts
        assert all(permitted(person, group) for group in row.groups), row
        assert {policy.text for policy in row.policies} <= {"policy=AmazonEKSViewPolicy"}, row
        assert not row.policies or "ec2.amazonaws.com" not in person.trusted_services, row


def permitted(person: Role, group: str) -> bool:
    """RULES, told a second time without the code that is tested."""
    if "ec2.amazonaws.com" in person.trusted_services:
        return person.path == "/" and person.ref.name == "n1" and group in (f"{OURS}:view", f"{OURS}:view@nodes")
    if group == "oncall":
        return True
    assert group.startswith(f"{OURS}:")
    name, _, namespace = group.removeprefix(f"{OURS}:").partition("@")
    guarded = namespace in GUARDED_NAMESPACES or namespace == OURS
    if name == "view":
        return True
    if name == "admin" and namespace == "kube-system":
        return person.path == "/dev/"
    if guarded or not namespace:
        return False
    return name == "edit" or (name == "admin" and namespace.startswith("team-"))


@laws
@given(worlds, populations, st.data())
def test_any_order_and_duplication_converges(
    world: World, people: tuple[Role | Gone, ...], data: st.DataObject
) -> None:
    """One batch of all, or many batches of some, in any order and again: the same rows, the same bindings in use."""
    together = world.settle(*people)
    batches = data.draw(st.lists(st.lists(st.sampled_from(people), min_size=1, max_size=4), max_size=6))
    apart = world
    for batch in [*batches, *([person] for person in data.draw(st.permutations(people)))]:
        apart = apart.settle(*batch)
    assert sorted(apart.rows) == sorted(together.rows)
    used = {group for row in together.rows for group in row.groups}
    for group in used:
        assert apart.bindings.get(group) == together.bindings.get(group)


@laws
@given(worlds, populations)
def test_every_group_granted_has_its_binding(world: World, people: tuple[Role | Gone, ...]) -> None:
    """After a run no named role holds a group of ours without the right binding behind it."""
    after = world.settle(*people)
    named = {person.ref for person in people}
    for row in after.rows:
        if owner_of_row(row, MARKS) in named:
            ours = [group for group in row.groups if binding_of(group, MARKS) is not None]
            assert all(after.bindings.get(group) is BindingState.RIGHT for group in ours)


@laws
@given(
    st.one_of(pieces, st.from_regex(r"[a-z:.-]{1,8}(@[a-z0-9-]{1,8})?|(group|policy)=[A-Za-z:@=]{1,9}", fullmatch=True))
)
def test_a_grant_read_and_spelt_again_is_the_same_text(word: str) -> None:
    """Parse → text is the identity, so what is reported is what the tag says."""
    grant = parse_grant(word)
    if grant is not None:
        assert grant.text == word
        assert parse_grant(grant.text) == grant
        assert read(word, "key").grant == (grant if "/" not in word else None)


@laws
@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,12}", fullmatch=True),
    st.none() | st.from_regex(r"[a-z]{1,9}", fullmatch=True),
)
def test_a_group_of_ours_is_read_back_as_its_grant(name: str, namespace: str | None) -> None:
    """Grant → group → binding keeps ClusterRole and namespace."""
    grant = parse_grant(name if namespace is None else f"{name}@{namespace}")
    assert isinstance(grant, Grant)
    binding = binding_of(group_of(grant, OURS) or "", MARKS)
    assert binding is not None
    assert (binding.role, binding.namespace) == (name, namespace)


@laws
@given(st.text(max_size=256))
def test_any_value_is_read_without_a_crash(value: str) -> None:
    """Each word is either a grant in ASCII or a problem that can be printed on one line; never more than 32 grants."""
    asked = asked_by([(PREFIX, value)], PREFIX, "prod")
    assert sum(a.grant is not None for a in asked) <= 32
    for one in asked:
        assert (one.grant is None) != (one.problem is None)
        assert one.problem is None or (one.problem.isascii() and one.problem.isprintable())
        assert one.grant is None or one.grant.text.isascii()
