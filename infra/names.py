"""The names of what is deployed: known before the deployment, so that a person or a pipeline can prepare for them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, and so for functions, rules, schedules
_ROLE = _FUNCTION = _RULE = _SCHEDULES = 64
_QUEUE = 80


@dataclass(frozen=True)
class Names:
    """The names of one installation in one region."""

    installation: str
    region: str

    @property
    def hub_stack(self) -> str:
        """The stack beside the clusters of this region."""
        return f"{self.installation}-{self.region}"

    @property
    def bus(self) -> str:
        """The event bus on which a hub away from IAM's home region receives."""
        return self.installation

    def function(self, network: str) -> str:
        """The function of a network."""
        return _within(_FUNCTION, self.installation, network)

    def queue(self, network: str) -> str:
        """The queue of a network."""
        return _within(_QUEUE, self.installation, network)

    def dead_letters(self, network: str) -> str:
        """The dead-letter queue of a network."""
        return _within(_QUEUE, self.installation, network, "dead-letters")

    def rule(self, network: str) -> str:
        """The rule that feeds the queue of a network."""
        return _within(_RULE, self.installation, network)

    def schedules(self, network: str) -> str:
        """The group of the schedules that ask for the sweeps of a network."""
        return _within(_SCHEDULES, self.installation, network)

    def sweep(self, network: str, account: str) -> str:
        """The schedule of the sweep of an account. CloudFormation tells schedules apart by their names alone."""
        return _within(_SCHEDULES, self.installation, network, "sweep", account)

    def role(self, network: str) -> str:
        """The role of the function of a network. IAM is global: the region keeps those of two hubs apart."""
        return _within(_ROLE, self.installation, network, self.region)

    # A network's name has at most 20 characters, so none of these can be the name of something of a network.

    def forwarding_rule(self, hub_region: str) -> str:
        """The rule in IAM's home region that forwards to a hub."""
        return _within(_RULE, self.installation, "forwarded-to", hub_region)

    @property
    def forwarder_dead_letters(self) -> str:
        """The dead-letter queue of the forwarder."""
        return _within(_QUEUE, self.installation, "dead-letters-of-forwarder")


def forwarder_stack(installation: str) -> str:
    """The stack in IAM's home region."""
    return f"{installation}-forwarder"


def tag_guard_stack(installation: str) -> str:
    """The stack with the optional tag guard."""
    return f"{installation}-tag-guard"


def _within(limit: int, *words: str) -> str:
    """The words with hyphens; what is too long is cut, and a hash of the whole keeps two of them apart."""
    name = "-".join(words)
    if len(name) <= limit:
        return name
    return f"{name[: limit - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
