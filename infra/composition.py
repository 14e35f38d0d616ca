"""The whole app: registrar.yaml and settings → stacks. Makes no AWS call."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from infra.forwarder_stack import ForwarderStack
from infra.hub_stack import HubStack
from infra.layout import Layout, layout_of
from infra.names import Names, forwarder_stack, tag_guard_stack
from infra.settings import AppSettings
from infra.tag_guard_stack import TagGuardStack
from registrar.policy import Policy


def compose(app: cdk.App, policy: Policy, settings: AppSettings, code: Callable[[], lambda_.Code]) -> Layout:
    """Add the stacks to an app: a hub for each region, the forwarder and the tag guard where they are needed.

    ``code`` makes the function's code, once for each stack. Raises ConfigurationError.
    """
    layout = layout_of(policy)
    hubs = {hub.region: _hub(app, policy, layout, hub.region, settings, code()) for hub in layout.hubs}
    if layout.forwarded:
        forwarder = ForwarderStack(
            app,
            forwarder_stack(policy.installation),
            layout=layout,
            installation=policy.installation,
            alarm_mail=settings.alarm_mail,
        )
        for hub in layout.forwarded:  # EventBridge takes no rule whose target is not there yet
            forwarder.add_stack_dependency(hubs[hub.region])
    if settings.tag_guard:
        TagGuardStack(
            app,
            tag_guard_stack(policy.installation),
            layout=layout,
            policy=policy,
            allowed=settings.tag_guard,
            tagged_roles=settings.tag_guard_roles,
        )
    return layout


def _hub(
    app: cdk.App, policy: Policy, layout: Layout, region: str, settings: AppSettings, code: lambda_.Code
) -> HubStack:
    names = Names(policy.installation, region)
    (hub,) = (hub for hub in layout.hubs if hub.region == region)
    return HubStack(
        app, names.hub_stack, hub=hub, names=names, policy=policy, code=code, alarm_mail=settings.alarm_mail
    )
