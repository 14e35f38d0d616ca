"""Where alarms go."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class AlarmTopic(Construct):
    """An SNS topic that CloudWatch may publish to, over TLS, with a mail subscription where one is asked for.

    A topic's first policy replaces the one that lets the own account publish: CloudWatch must be named.
    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, account: str, mail: str | None) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", display_name="eks-registrar", enforce_ssl=True)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": account}},
            )
        )
        if mail:
            self.topic.add_subscription(subscriptions.EmailSubscription(mail))
        self.action = actions.SnsAction(self.topic)
        cdk.CfnOutput(self, "Arn", value=self.topic.topic_arn, description="SNS topic of the alarms: subscribe to it")
