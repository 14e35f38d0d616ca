"""The stack of the optional tag guard. IAM is global: one for all hubs, in IAM's home region."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from infra.layout import Layout
from infra.names import tag_guard_stack
from infra.tag_guard import TagGuard
from registrar.errors import ConfigurationError
from registrar.policy import Policy


class TagGuardStack(cdk.Stack):
    """Managed policies that let only named principals write our tags; see ``tag_guard.py``.

    Raises ConfigurationError if ``allowed`` holds what cannot be a principal's ARN.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        layout: Layout,
        policy: Policy,
        allowed: Sequence[str],
        tagged_roles: bool,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=tag_guard_stack(policy.installation),
            description=f"eks-registrar: who may write the tags of {policy.tag_prefix}",
            env=cdk.Environment(account=layout.account, region=layout.home),
            synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
            analytics_reporting=False,
        )
        try:
            TagGuard(self, "TagGuard", policy, allowed, tagged_roles=tagged_roles)
        except ValueError as error:
            raise ConfigurationError(f"tagGuard (CDK context): {error}") from error
