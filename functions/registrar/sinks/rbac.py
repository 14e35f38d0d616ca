"""RBAC bindings of one cluster: one per group, a ClusterRoleBinding or a RoleBinding, marked as ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from registrar.eks.client import AlreadyExists, Kubernetes, NamespaceTerminating, NotFound, Object
from registrar.errors import RegistrarError, WriteConflict
from registrar.marks import MANAGED_BY, Marks, binding_of
from registrar.model import Binding, BindingState, RbacView

RBAC = "/apis/rbac.authorization.k8s.io/v1"
# Up to here bindings are looked at one by one.
SINGLY = 25

# How a binding was found and, of ours, its uid and version.
Found: TypeAlias = tuple[BindingState, tuple[str, str] | None]


class Bindings(Protocol):
    """Where bindings are kept."""

    def read(self, groups: Iterable[str]) -> RbacView:
        """What stands behind these groups now."""

    def survey(self, groups: Iterable[str]) -> RbacView:
        """The same, and every other binding of ours in the cluster."""

    def stand(self, groups: Iterable[str]) -> bool:
        """Whether the binding behind each of these groups is right now; a group that is not ours needs none."""

    def make(self, binding: Binding, view: RbacView) -> None:
        """Create or correct a binding that ``view`` does not show as right."""

    def drop(self, binding: Binding, view: RbacView) -> None:
        """Delete a binding if it is still the one that ``view`` shows."""


@dataclass(frozen=True)
class RbacBindings:
    """The bindings of a real cluster."""

    kubernetes: Kubernetes
    marks: Marks

    def read(self, groups: Iterable[str]) -> RbacView:
        """The state of the binding behind each group, and which ClusterRoles and namespaces do not exist.

        Raises what ``Kubernetes.request`` raises, but for 404.
        """
        return self._view(self._bindings(groups), {})

    def survey(self, groups: Iterable[str]) -> RbacView:
        """The same, and the state of every other binding that carries our mark and a name of ours.

        Raises what ``Kubernetes.request`` raises: a list that broke off is never taken for a short one.
        """
        return replace(self._view(self._bindings(groups), self._listed()), whole=True)

    def _listed(self) -> dict[str, Found]:
        """Every binding that carries our mark and a name of ours, by its group."""
        listed = {}
        selector = f"{MANAGED_BY} in ({','.join(self.marks.all)})"
        for collection in (f"{RBAC}/clusterrolebindings", f"{RBAC}/rolebindings"):
            for found in self.kubernetes.list_all(collection, selector):
                binding = self._binding(found)
                if binding is not None:
                    listed[binding.group] = self._judge(found, binding)
        return listed

    def stand(self, groups: Iterable[str]) -> bool:
        """Whether each binding is right now: one request for each, or two lists for many.

        Raises what ``Kubernetes.request`` raises.
        """
        bindings = self._bindings(groups)
        listed = self._listed() if len(bindings) > SINGLY else {}
        states = (listed.get(b.group) or self._state(b) for b in bindings)
        return all(state is BindingState.RIGHT for state, _ in states)

    def _bindings(self, groups: Iterable[str]) -> list[Binding]:
        return [b for group in sorted(set(groups)) if (b := binding_of(group, self.marks)) is not None]

    def _view(self, bindings: Sequence[Binding], listed: Mapping[str, Found]) -> RbacView:
        found = dict(listed) | {b.group: self._state(b) for b in bindings if b.group not in listed}
        absent = [b for b in bindings if found[b.group][0] is BindingState.ABSENT]
        roles = {role for role in {b.role for b in bindings} if not self._exists(f"{RBAC}/clusterroles/{role}")}
        places = {b.namespace for b in absent if b.namespace}
        gone = {place for place in places if not self._exists(f"/api/v1/namespaces/{place}")}
        missing = {b.group: f"namespace {b.namespace}" for b in bindings if b.namespace in gone}
        missing |= {b.group: f"ClusterRole {b.role}" for b in bindings if b.role in roles}
        return RbacView(found, missing)

    def make(self, binding: Binding, view: RbacView) -> None:
        """Create a binding, or put its subject right.

        Raises ``NotFound`` or ``NamespaceTerminating`` if its namespace went meanwhile, ``WriteConflict`` if the
        binding changed or went, and what ``Kubernetes.request`` raises.
        """
        state, version = view.found[binding.group]
        if state is BindingState.WRONG and version is not None:
            self._correct(binding, *version)
            return
        try:
            self.kubernetes.create(_collection(binding), self._body(binding))
        except AlreadyExists:
            if self._state(binding)[0] is not BindingState.RIGHT:
                raise

    def _correct(self, binding: Binding, uid: str, resource_version: str) -> None:
        """Put the subject right and nothing else: somebody's labels and annotations stay."""
        right = {
            "metadata": {"uid": uid, "resourceVersion": resource_version},
            "subjects": self._body(binding)["subjects"],
        }
        try:
            self.kubernetes.merge(f"{_collection(binding)}/{binding.name}", right)
        except NotFound as error:
            raise WriteConflict(f"{error}; it was deleted between our read and our write") from error

    def drop(self, binding: Binding, view: RbacView) -> None:
        """Delete a binding of ours. One that is gone already, or with its namespace, is no error.

        Raises ``WriteConflict`` if it changed since, and what ``Kubernetes.request`` raises.
        """
        _, version = view.found[binding.group]
        if version is None:
            return
        try:
            self.kubernetes.delete(
                f"{_collection(binding)}/{binding.name}", uid=version[0], resource_version=version[1]
            )
        except NotFound:
            return

    def _state(self, binding: Binding) -> Found:
        try:
            found = self.kubernetes.get(f"{_collection(binding)}/{binding.name}")
        except NotFound:
            return BindingState.ABSENT, None
        return self._judge(found, binding)

    def _binding(self, found: Object) -> Binding | None:
        """The binding of ours that an object has the name and the place of."""
        metadata = found["metadata"]
        place = f"@{metadata['namespace']}" if metadata.get("namespace") else ""
        return binding_of(f"{metadata['name']}{place}", self.marks)

    def _judge(self, found: Object, binding: Binding) -> Found:
        metadata, expected = found["metadata"], self._body(binding)
        marked = (metadata.get("labels") or {}).get(MANAGED_BY) == binding.mark
        # The role of a binding is immutable: one of our name for another role was never ours to begin with.
        if not marked or found["roleRef"] != expected["roleRef"]:
            return BindingState.FOREIGN, None
        state = BindingState.RIGHT if found.get("subjects") == expected["subjects"] else BindingState.WRONG
        return state, (metadata["uid"], metadata["resourceVersion"])

    def _exists(self, path: str) -> bool:
        try:
            found = self.kubernetes.get(path)
        except NotFound:
            return False
        return not found["metadata"].get("deletionTimestamp")

    def _body(self, binding: Binding) -> Object:
        group = "rbac.authorization.k8s.io"
        kind = "RoleBinding" if binding.namespace else "ClusterRoleBinding"
        return {
            "apiVersion": f"{group}/v1",
            "kind": kind,
            "metadata": {"name": binding.name, "labels": {MANAGED_BY: binding.mark}},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": binding.role},
            "subjects": [{"apiGroup": group, "kind": "Group", "name": binding.group}],
        }


def is_missing_place(error: RegistrarError) -> bool:
    """Whether a binding could not be made because its namespace is not there, or is just going."""
    return isinstance(error, NamespaceTerminating) or (isinstance(error, NotFound) and error.kind == "namespaces")


def _collection(binding: Binding) -> str:
    return f"{RBAC}/namespaces/{binding.namespace}/rolebindings" if binding.namespace else f"{RBAC}/clusterrolebindings"
