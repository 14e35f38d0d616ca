"""The tag guard in the CDK app: managed policies, and the same as files for AWS Organizations."""

from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.tag_guard_document import TagGuard as Guard
from infra.tag_guard_document import render
from registrar.policy import Policy


class TagGuard(Construct):
    """Denies writing the registrar's tags to all but named principals.

    Attributes:
        policies: the managed policies; attach **all** of them to whoever could tag otherwise. They are attached to
            nobody by themselves, unless ``roles`` or ``groups`` are given.
        scp_files: ``tag-guard-scp-N.json`` in the cloud assembly: the guard as service control policies. A stack
            cannot attach them: only the organization's management account can.

    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        policy: Policy,
        allowed: Sequence[str],
        *,
        tagged_roles: bool = False,
        roles: Sequence[str] = (),
        groups: Sequence[str] = (),
    ) -> None:
        """Make the policies, and write the files at synth.

        Args:
            scope: the stack.
            construct_id: in it.
            policy: its clusters' keys are guarded.
            allowed: ARNs of who may still tag, as ``aws:PrincipalArn`` spells them.
            tagged_roles: guard also UpdateAssumeRolePolicy and PassRole of roles that carry our tags.
            roles: names of roles to attach the policies to.
            groups: names of groups to attach them to.

        Raises:
            ValueError: as ``tag_guard_document.TagGuard.of`` does.

        """
        super().__init__(scope, construct_id)
        guard = Guard.of(policy, allowed, tagged_roles=tagged_roles)
        self.policies = [
            iam.CfnManagedPolicy(
                self,
                f"Policy{number}",
                description=f"Only named principals may write tags of {policy.tag_prefix} (part {number})",
                policy_document=document,
                roles=list(roles) or None,
                groups=list(groups) or None,
            )
            for number, document in enumerate(guard.managed_policies(), start=1)
        ]
        for number, made in enumerate(self.policies, start=1):
            cdk.CfnOutput(self, f"PolicyArn{number}", value=made.ref, description="Tag guard: attach all parts")
        stage = cdk.Stage.of(self)
        if stage is None:
            raise ValueError("the tag guard must stand in a stack of an app: its files go into the cloud assembly")
        self.scp_files = tuple(
            _written(Path(stage.outdir) / f"tag-guard-scp-{number}.json", render(document))
            for number, document in enumerate(guard.service_control_policies(), start=1)
        )


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
