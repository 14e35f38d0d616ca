"""Doctor on what is deployed in AWS: each thing that can be wrong is made wrong, and found."""

from __future__ import annotations

import json

from clinic import AWS_AUTH, FUNCTION, LOGS_WRITES, RBAC, SCHEDULE, STACK, Clinic, schedule

from registrar.doctor.finding import Level


def test_a_good_deployment_is_well(clinic: Clinic) -> None:
    """Nothing is broken; what an administrator cannot know, and what moto cannot simulate, is in doubt and said."""
    found = clinic.findings()
    doubts = {what for what, one in found.items() if one.level is not Level.OK}
    assert doubts == {"IAM rights", "way in"}, [one for one in found.values() if one.level is not Level.OK]
    assert "in the name of eks-registrar-controller" in found["way in"].detail
    assert "could not be asked" in found["IAM rights"].detail
    assert {
        "trail",
        "rule",
        "schedule",
        "event source",
        "queue",
        "dead letters",
        "endpoint",
        "manifests",
        "aws-auth",
    } < set(found)


def test_the_registrar_itself_is_well_in_its_cluster(clinic: Clinic) -> None:
    """Under the function's own identity the way in is proven, and what it may not read is said, never called well."""
    found = clinic.findings(registrar=True)
    cluster = [one for one in found.values() if one.where == "cluster lab"]
    assert {one.level for one in cluster} == {Level.OK}, cluster
    assert "gets in as eks-registrar-controller:" in found["way in"].detail
    assert "refused by it" in found["admission policy on aws-auth"].detail
    assert "refused by it" in found["admission policy on bindings"].detail
    assert (found["rule"].level, "could not be checked" in found["rule"].detail) == (Level.WARN, True)
    assert "may call ListRuleNamesByTarget" in found["rule"].remedy
    assert (found["schedule"].level, "may call ListSchedules" in found["schedule"].remedy) == (Level.WARN, True)


def test_nothing_was_changed_by_looking(clinic: Clinic) -> None:
    """The forbidden writes were dry runs: aws-auth and the bindings are as they were."""
    before = clinic.kube("GET", AWS_AUTH).body["metadata"]["resourceVersion"]
    clinic.findings(registrar=True)
    assert clinic.kube("GET", AWS_AUTH).body["metadata"]["resourceVersion"] == before
    names = [one["metadata"]["name"] for one in clinic.kube("GET", f"{RBAC}/clusterrolebindings").body["items"]]
    assert "eks-registrar-doctor-asks" not in names


def test_a_trail_that_is_off_or_logs_no_writes_or_is_missing(clinic: Clinic) -> None:
    """Each of the three keeps every event away."""
    trails = clinic.client("cloudtrail")
    trails.stop_logging(Name="management")
    clinic.finds("trail", Level.FAIL, "management is switched off", "start logging")
    trails.start_logging(Name="management")
    reads = {"EventSelectors": [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]}
    trails.put_event_selectors(TrailName="management", **reads)
    clinic.finds("trail", Level.FAIL, "does not log write management events", "multi-region trail")
    trails.delete_trail(Name="management")
    clinic.finds("trail", Level.FAIL, "none exists in us-east-1", "multi-region trail")
    trails.create_trail(Name="management", S3BucketName="trails", IsMultiRegionTrail=True)
    trails.put_event_selectors(TrailName="management", **LOGS_WRITES)
    trails.start_logging(Name="management")
    assert clinic.findings()["trail"].level is Level.OK


def test_a_rule_that_is_off_or_another_or_missing(clinic: Clinic) -> None:
    """The pattern is compared with the one that this version deploys."""
    events = clinic.client("events")
    rule = events.describe_rule(Name="eks-registrar")
    events.disable_rule(Name="eks-registrar")
    clinic.finds("rule", Level.FAIL, "is disabled", "aws events enable-rule --name eks-registrar")
    events.enable_rule(Name="eks-registrar")
    older = json.loads(rule["EventPattern"])
    older["detail"]["eventName"].remove("UntagRole")
    events.put_rule(Name="eks-registrar", EventPattern=json.dumps(older))
    clinic.finds("rule", Level.FAIL, "is not the one that this version", "UntagRole")
    events.put_rule(Name="eks-registrar", EventPattern=rule["EventPattern"])
    [target] = events.list_targets_by_rule(Rule="eks-registrar")["Targets"]
    events.remove_targets(Rule="eks-registrar", Ids=[target["Id"]])
    clinic.finds("rule", Level.FAIL, "no rule of the bus default", "cdk deploy")
    events.put_targets(Rule="eks-registrar", Targets=[target])
    assert clinic.findings()["rule"].level is Level.OK


def test_a_schedule_that_is_off_or_asks_for_another_sweep_or_is_missing(clinic: Clinic) -> None:
    """Without it nothing looks again at what no event told of; a message that is no sweep's does not count."""
    scheduler = clinic.client("scheduler")
    made = scheduler.get_schedule(Name=SCHEDULE, GroupName=FUNCTION)
    asked = {key: made[key] for key in ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    scheduler.update_schedule(**asked, State="DISABLED")
    clinic.finds("schedule", Level.FAIL, f"{SCHEDULE} is disabled: account 123456789012 is not swept", "enable it")
    scheduler.update_schedule(**asked | {"Target": asked["Target"] | {"Input": '{"registrar": "plan"}'}})
    clinic.finds("schedule", Level.FAIL, "asks queue eks-registrar for the sweep of account 123456789012", "cdk deploy")
    scheduler.delete_schedule_group(Name=FUNCTION)
    clinic.finds("schedule", Level.FAIL, "events that were lost and drift are not mended", "cdk deploy")
    schedule(clinic.lab, made["Target"]["Arn"])
    found = clinic.findings()["schedule"]
    assert (found.level, "rate(15 minutes)" in found.detail) == (Level.OK, True)


def test_an_event_source_that_is_off_or_loses_records_or_is_missing(clinic: Clinic) -> None:
    """Found by the function that it feeds, whatever the queue's name."""
    functions = clinic.client("lambda")
    [source] = functions.list_event_source_mappings(FunctionName=FUNCTION)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    clinic.finds("event source", Level.FAIL, "is Disabled", "--enabled")
    functions.delete_event_source_mapping(UUID=source["UUID"])
    clinic.finds("event source", Level.FAIL, "no event source feeds a function eks-registrar-public", "--function NAME")
    again = {"EventSourceArn": source["EventSourceArn"], "FunctionName": FUNCTION, "Enabled": True}
    plain = functions.create_event_source_mapping(**again)
    clinic.finds("event source", Level.FAIL, "does not report batch item failures", "cdk deploy")
    functions.delete_event_source_mapping(UUID=plain["UUID"])
    functions.create_event_source_mapping(**again, FunctionResponseTypes=["ReportBatchItemFailures"])
    assert clinic.findings()["event source"].level is Level.OK


def test_a_queue_without_redrive_or_with_the_wrong_key_or_gone(clinic: Clinic) -> None:
    """A queue of its own, so that the lab's function goes on."""
    sqs, functions = clinic.client("sqs"), clinic.client("lambda")
    [source] = functions.list_event_source_mappings(FunctionName=FUNCTION)["EventSourceMappings"]
    url = sqs.create_queue(QueueName="other", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})["QueueUrl"]
    arn = source["EventSourceArn"].rpartition(":")[0] + ":other"
    other = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=FUNCTION)
    clinic.finds("queue", Level.FAIL, "queue other has no dead-letter queue", "cdk deploy")
    clinic.finds("queue encryption", Level.FAIL, "which EventBridge may not use", "SSE-SQS")
    sqs.delete_queue(QueueUrl=url)
    clinic.finds("queue", Level.WARN, "could not be checked", "")
    functions.delete_event_source_mapping(UUID=other["UUID"])


def test_dead_letters_are_counted(clinic: Clinic) -> None:
    """Somebody should read why."""
    clinic.client("sqs").send_message(QueueUrl=clinic.lab.aws.dead_letter_queue_url, MessageBody="x")
    clinic.finds("dead letters", Level.WARN, "holds 1 records", "start-message-move-task")
    clinic.client("sqs").purge_queue(QueueUrl=clinic.lab.aws.dead_letter_queue_url)


def test_a_right_in_iam_that_is_missing(clinic: Clinic) -> None:
    """The registrar tries what it may read, where IAM's simulator cannot be asked."""
    iam = clinic.client("iam")
    deny = {"Effect": "Deny", "Action": "iam:GetRole", "Resource": "*"}
    iam.put_role_policy(
        RoleName="eks-registrar",
        PolicyName="deny",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    clinic.finds("IAM rights", Level.FAIL, "may not iam:GetRole", "SCPs", registrar=True)
    iam.delete_role_policy(RoleName="eks-registrar", PolicyName="deny")


def test_a_cluster_that_left_the_file(clinic: Clinic) -> None:
    """The stack was deployed for two; registrar.yaml knows one."""
    formation = clinic.client("cloudformation")
    template = json.loads(json.dumps(formation.get_template(StackName=STACK)["TemplateBody"]))
    grown = template | {"Outputs": {"Clusters": {"Value": "lab=lab,old=old-cluster"}}}
    formation.update_stack(StackName=STACK, TemplateBody=json.dumps(grown))
    purge = "eks-registrar purge --cluster old-cluster --region us-east-1 --account 123456789012; then deploy"
    clinic.finds("clusters that left", Level.WARN, "old (EKS cluster old-cluster)", purge)
    formation.delete_stack(StackName=STACK)
    clinic.finds("clusters that left", Level.WARN, f"there is no stack {STACK}", "cdk deploy")
    formation.create_stack(StackName=STACK, TemplateBody=json.dumps(template))
