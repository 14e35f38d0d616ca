"""The tag guard in a stack: the same documents as CloudFormation resources, and as files beside the template."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk.assertions import Template

from infra.tag_guard import TagGuard
from infra.tag_guard_document import TagGuard as Guard
from registrar import configuration

TAGGER = "arn:aws:iam::123456789012:role/platform/tagger"
POLICY = configuration.parse(
    "clusters:\n"
    '- {name: prod, account: "123456789012", region: eu-west-1}\n'
    '- {name: dev, account: "123456789012", region: eu-west-1}\n'
    "rules: []\n"
)


def test_the_stack_holds_the_documents_as_managed_policies_and_files(tmp_path: Path) -> None:
    """What the evaluator judged is what is deployed, byte for byte; attached to whom it was said, and no one else."""
    app = cdk.App(outdir=str(tmp_path))
    stack = cdk.Stack(app, "Guard")
    made = TagGuard(stack, "TagGuard", POLICY, [TAGGER], tagged_roles=True, groups=["engineers"])
    guard = Guard.of(POLICY, [TAGGER], tagged_roles=True)
    app.synth()

    found = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy")
    documents = [resource["Properties"]["PolicyDocument"] for resource in found.values()]
    assert sorted(map(json.dumps, documents)) == sorted(map(json.dumps, guard.managed_policies()))
    assert {tuple(resource["Properties"]["Groups"]) for resource in found.values()} == {("engineers",)}
    assert not any("Roles" in resource["Properties"] for resource in found.values())
    assert [json.loads(path.read_text()) for path in made.scp_files] == list(guard.service_control_policies())
    assert {path.parent for path in made.scp_files} == {tmp_path}
