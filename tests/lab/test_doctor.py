"""Doctor in the lab: each thing that can be wrong is made wrong, and found."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from registrar_identity import ADMINS, given_map_roles, map_roles_of
from stage import eventually

from lab.kubernetes_api import Answer
from lab.local_eks import LocalEks
from lab.pki import CertificateAuthority
from registrar import cli, configuration
from registrar.doctor.deployment import Aws
from registrar.doctor.examine import Asked, examine
from registrar.doctor.finding import Finding, Level
from registrar.eks.cluster import describe
from registrar.manifests import manifests, render
from registrar.policy import Policy
from registrar.tags import parse_grant

FUNCTION, STACK = "eks-registrar-public", "eks-registrar-us-east-1"
AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
LOGS_WRITES = {"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]}


@dataclass(frozen=True)
class Clinic:
    """A lab in which everything is deployed, as far as moto has it: function and event source, trail, stack."""

    lab: LocalEks

    def client(self, service: str) -> Any:
        """As the account's administrator."""
        return self.lab.aws.client(service)

    @property
    def policy(self) -> Policy:
        """The lab's registrar.yaml."""
        return configuration.load(self.lab.configuration)

    def session(self, environment: dict[str, str]) -> boto3.Session:
        """An identity's session."""
        return boto3.Session(
            environment["AWS_ACCESS_KEY_ID"],
            environment["AWS_SECRET_ACCESS_KEY"],
            environment.get("AWS_SESSION_TOKEN"),
            region_name="us-east-1",
        )

    def findings(
        self, *, registrar: bool = False, policy: Policy | None = None, now: Callable[[], datetime] | None = None
    ) -> dict[str, Finding]:
        """What doctor finds as the administrator of account and cluster, or as the registrar, by the check's name."""
        environment = self.lab.registrar_environment() if registrar else self.lab.environment()
        session, policy = self.session(environment), policy or self.policy
        aws = Aws(session, now) if now else Aws(session)
        found = examine(Asked(policy, policy.clusters), session, aws)
        return {f"{one.what}, {one.where.split()[0]}" if one.what == "clock" else one.what: one for one in found}

    def finds(self, what: str, level: Level, detail: str, remedy: str, **how: Any) -> None:
        """Assert one finding."""
        finding = self.findings(**how)[what]
        assert finding.level is level, finding
        assert detail in finding.detail, finding
        assert remedy in finding.remedy, finding

    def kube(
        self, method: str, path: str, body: dict[str, Any] | None = None, kind: str = "merge-patch+json"
    ) -> Answer:
        """A request of the cluster's administrator."""
        answer = self.lab.api.request(method, path, body, f"application/{kind if method == 'PATCH' else 'json'}")
        assert answer.status < 300, answer.message
        return answer

    def apply_manifests(self) -> None:
        """As the administrator of the cluster does, over whatever a test has broken."""
        text = render(manifests(self.policy, "lab"))
        self.lab.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)


@pytest.fixture(scope="module")
def clinic_eks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEks]:
    """A lab of this module's own: its rights and its deployment are broken again and again."""
    with LocalEks.start(tmp_path_factory.mktemp("clinic")) as lab:
        deploy(lab)
        yield lab


@pytest.fixture
def clinic(clinic_eks: LocalEks, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """That lab, with its AWS as the one that boto3 finds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", clinic_eks.aws.endpoint_url)
    return Clinic(clinic_eks)


def deploy(lab: LocalEks) -> None:
    """What the CDK app deploys and the lab runs by itself otherwise, so that it can be read back."""
    aws = lab.aws
    role = aws.client("iam").get_role(RoleName="eks-registrar")["Role"]["Arn"]
    aws.client("lambda").create_function(
        FunctionName=FUNCTION, Runtime="python3.13", Role=role, Handler="x.y", Code={"ZipFile": b""}
    )
    sqs = aws.client("sqs")
    arn = sqs.get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=FUNCTION, FunctionResponseTypes=["ReportBatchItemFailures"], Enabled=True
    )
    aws.client("s3").create_bucket(Bucket="trails")
    trails = aws.client("cloudtrail")
    trails.create_trail(Name="management", S3BucketName="trails", IsMultiRegionTrail=True)
    trails.put_event_selectors(TrailName="management", **LOGS_WRITES)
    trails.start_logging(Name="management")
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Clusters": {"Value": "lab=lab"}},
    }
    aws.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))


def test_a_good_deployment_is_well(clinic: Clinic) -> None:
    """Nothing is broken; what an administrator cannot know, and what moto cannot simulate, is in doubt and said."""
    found = clinic.findings()
    doubts = {what for what, one in found.items() if one.level is not Level.OK}
    assert doubts == {"IAM rights", "way in"}, [one for one in found.values() if one.level is not Level.OK]
    assert "in the name of eks-registrar-controller" in found["way in"].detail
    assert "could not be asked" in found["IAM rights"].detail
    assert {"trail", "rule", "event source", "queue", "dead letters", "endpoint", "manifests", "aws-auth"} < set(found)


def test_the_registrar_itself_is_well_in_its_cluster(clinic: Clinic) -> None:
    """Under the function's own identity the way in is proven, and what it may not read is said, never called well."""
    found = clinic.findings(registrar=True)
    cluster = [one for one in found.values() if one.where == "cluster lab"]
    assert {one.level for one in cluster} == {Level.OK}, cluster
    assert "gets in as eks-registrar-controller:" in found["way in"].detail
    assert "refused by it" in found["admission policy on aws-auth"].detail
    assert "refused by it" in found["admission policy on bindings"].detail
    for what, action in (("rule", "ListRuleNamesByTarget"), ("queue", "GetQueueUrl")):
        assert (found[what].level, "could not be checked" in found[what].detail) == (Level.WARN, True)
        assert f"may call {action}" in found[what].remedy


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
    clinic.finds("clusters that left", Level.WARN, "old (EKS cluster old-cluster)", "eks-registrar purge --cluster old")
    formation.delete_stack(StackName=STACK)
    clinic.finds("clusters that left", Level.WARN, f"there is no stack {STACK}", "cdk deploy")
    formation.create_stack(StackName=STACK, TemplateBody=json.dumps(template))


def test_a_right_in_the_cluster_that_is_missing_or_too_much(clinic: Clinic) -> None:
    """Each request that the manifests allow is asked for; and one that they never allow."""
    role = clinic.kube("GET", f"{RBAC}/namespaces/kube-system/roles/eks-registrar-controller").body
    path = f"{RBAC}/namespaces/kube-system/roles/eks-registrar-controller"
    clinic.kube("PATCH", path, {"rules": [role["rules"][0] | {"verbs": ["get"]}]})
    missing = "may not update configmaps/aws-auth in kube-system, patch configmaps/aws-auth in kube-system"
    clinic.finds("Kubernetes rights", Level.FAIL, missing, "manifests --cluster lab", registrar=True)
    clinic.apply_manifests()
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "too-much"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "eks-registrar-controller"}],
    }
    clinic.kube("POST", f"{RBAC}/clusterrolebindings", binding)
    assert eventually(lambda: clinic.findings()["Kubernetes rights"].level is Level.WARN)
    clinic.finds("Kubernetes rights", Level.WARN, "may do everything", "remove it")
    clinic.kube("DELETE", f"{RBAC}/clusterrolebindings/too-much")


def test_manifests_of_other_rules_or_not_applied(clinic: Clinic) -> None:
    """The hash of the rules stands in each object; both identities see it."""
    wider = clinic.policy
    rule = dataclasses.replace(wider.rules[0], allow=(*wider.rules[0].allow, parse_grant("group=new")))
    changed = dataclasses.replace(wider, rules=(rule, *wider.rules[1:]))
    for registrar in (True, False):
        said = ("manifests", Level.FAIL, "of another version or of other rules", "kubectl apply")
        clinic.finds(*said, registrar=registrar, policy=changed)
    clinic.kube("DELETE", "/api/v1/namespaces/eks-registrar/configmaps/history-3")
    clinic.finds("manifests", Level.FAIL, "not applied: ConfigMap history-3", "kubectl apply", registrar=True)
    clinic.apply_manifests()


@pytest.mark.parametrize("subject", ["aws-auth", "bindings"])
def test_an_admission_policy_that_is_not_in_force(clinic: Clinic, subject: str) -> None:
    """The manifests that the registrar can read are all current; only trying shows it."""
    path = f"{ADMISSION}/validatingadmissionpolicybindings/eks-registrar-{subject}"
    clinic.kube("DELETE", path)
    what = f"admission policy on {subject}"
    assert eventually(lambda: clinic.findings(registrar=True)[what].level is Level.FAIL)
    clinic.finds(what, Level.FAIL, "is not in force", "kubectl apply", registrar=True)
    clinic.finds("manifests", Level.FAIL, f"ValidatingAdmissionPolicyBinding eks-registrar-{subject}", "")
    assert clinic.findings(registrar=True)["manifests"].level is Level.OK
    clinic.apply_manifests()
    assert eventually(lambda: clinic.findings(registrar=True)[what].level is Level.OK)


def test_the_registrars_row_is_missing(clinic: Clinic) -> None:
    """Nobody knows it: 401, and nothing further can be checked."""
    before = map_roles_of(clinic.lab) or ""
    given_map_roles(clinic.lab, ADMINS)
    assert eventually(lambda: clinic.findings(registrar=True)["way in"].level is Level.FAIL)
    clinic.finds("way in", Level.FAIL, "does not know this identity", "its row in aws-auth", registrar=True)
    assert "Kubernetes rights" not in clinic.findings(registrar=True)
    given_map_roles(clinic.lab, before)
    assert eventually(lambda: clinic.findings(registrar=True)["way in"].level is Level.OK)


def test_aws_auth_that_is_unreadable_or_large_or_missing(clinic: Clinic) -> None:
    """As the administrator: by an unreadable text the registrar has no way in any more."""
    before = map_roles_of(clinic.lab) or ""
    given_map_roles(clinic.lab, before + "- [\n")
    clinic.finds("aws-auth", Level.FAIL, "cannot be read", "repair it now")
    given_map_roles(clinic.lab, before + "# " + "x" * 560_000 + "\n")
    clinic.finds("aws-auth", Level.WARN, "grants stop at 700,000 bytes", "before grants stop")
    given_map_roles(clinic.lab, before + "# " + "x" * 700_000 + "\n")
    clinic.finds("aws-auth", Level.FAIL, "grants stop at 700,000 bytes", "removals go on")
    clinic.kube("DELETE", AWS_AUTH)
    given = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}}
    # The administrator of the account comes in by aws-auth too: only its own certificate is left.
    assert clinic.findings()["way in"].level is Level.FAIL
    clinic.kube("POST", AWS_AUTH.rpartition("/")[0], given | {"data": {"mapUsers": "[]"}})
    clinic.lab.reset()
    assert eventually(lambda: clinic.findings()["aws-auth"].level is Level.OK)


def eks_that_says(monkeypatch: pytest.MonkeyPatch, **said: Any) -> None:
    """Let EKS describe the cluster otherwise."""
    real = describe
    monkeypatch.setattr(
        "registrar.doctor.examine.describe", lambda eks, cluster: dataclasses.replace(real(eks, cluster), **said)
    )


def test_an_endpoint_that_cannot_be_reached(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens there: as from outside the VPC of a private endpoint."""
    eks_that_says(monkeypatch, url="https://127.0.0.1:9")
    clinic.finds("endpoint", Level.FAIL, "no TCP connection to 127.0.0.1:9", "--remote")
    assert "way in" not in clinic.findings()


def test_an_endpoint_under_another_ca(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody answers who is not the cluster: no token is sent."""
    other = CertificateAuthority.create(clinic.lab.folder.fresh("other-ca"))
    eks_that_says(monkeypatch, ca_pem=other.cert_pem)
    clinic.finds("endpoint", Level.FAIL, "does not prove itself", "TLS inspection")
    assert "way in" not in clinic.findings()


@pytest.mark.parametrize("mode", ["API", "API_AND_CONFIG_MAP"])
def test_a_mode_that_does_not_fit_the_configuration(clinic: Clinic, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """`backend: auto` would follow it to access entries."""
    eks_that_says(monkeypatch, authentication_mode=mode)
    clinic.finds("authentication mode", Level.FAIL, f"the mode is {mode}", "backend: aws-auth")


def test_an_access_entry_where_the_mode_has_none(clinic: Clinic) -> None:
    """`registrarAccess: accessEntry` on a CONFIG_MAP cluster: the registrar would stand before the door."""
    policy = clinic.policy
    cluster = dataclasses.replace(policy.clusters[0], registrar_access="accessEntry")
    changed = dataclasses.replace(policy, clusters=(cluster,))
    clinic.finds("authentication mode", Level.FAIL, "has no access entries", "registrarAccess: manual", policy=changed)


def test_a_cluster_that_eks_does_not_know(clinic: Clinic) -> None:
    """A wrong name or region in the file."""
    policy = clinic.policy
    changed = dataclasses.replace(policy, clusters=(dataclasses.replace(policy.clusters[0], name="lbb"),))
    clinic.finds("cluster", Level.FAIL, "EKS knows no cluster lbb", "ClusterMissing", policy=changed)


def test_a_clock_that_is_off(clinic: Clinic) -> None:
    """Against the Date of AWS's answer and of the API server's, both real."""
    found = clinic.findings(now=lambda: datetime.now(UTC) - timedelta(minutes=6))
    assert [found[f"clock, {of}"].level for of in ("account", "cluster")] == [Level.FAIL, Level.FAIL]
    assert "behind the API server's" in found["clock, cluster"].detail
    found = clinic.findings(now=lambda: datetime.now(UTC) + timedelta(seconds=90))
    assert found["clock, account"].level is Level.WARN


def test_the_function_answers_the_request_by_itself(clinic: Clinic) -> None:
    """`{"registrar": "doctor"}`: same code, the function's identity, under the runtime interface."""
    answer = clinic.lab.aws.invoke({"registrar": "doctor", "cluster": "lab"})
    by_name = {one["what"]: one for one in answer["findings"]}
    assert by_name["way in"]["level"] == "ok"
    assert by_name["admission policy on aws-auth"]["level"] == "ok"
    assert set(by_name["trail"]) == {"level", "where", "what", "detail", "remedy"}


def test_the_command_line_asks_the_function_or_looks_itself(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--remote` invokes the function; exit 1 says that something was found; JSON and text have the same findings."""
    for key, value in clinic.lab.environment().items():
        monkeypatch.setenv(key, value)
    assert cli.main(["doctor", "--cluster", "lab"]) == 1
    text = capsys.readouterr().out
    assert "cluster lab\n" in text
    assert "  ok   manifests: " in text
    invoke_url = clinic.lab.aws._started().url.partition("/2015")[0]
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", invoke_url)
    assert cli.main(["doctor", "--remote", "--function", "eks-registrar", "--output", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["well"] is False
    [way_in] = [one for one in told["findings"] if one["what"] == "way in"]
    assert way_in["detail"].startswith("the registrar gets in as")
    assert cli.main(["doctor", "--cluster", "nowhere"]) == 2
    assert "no cluster 'nowhere'" in capsys.readouterr().err


def test_no_token_is_told(clinic: Clinic) -> None:
    """Nothing that a finding says can be used by its reader."""
    told = repr(clinic.findings(registrar=True))
    environment = clinic.lab.registrar_environment()
    assert "k8s-aws-v1" not in told
    assert environment["AWS_SECRET_ACCESS_KEY"] not in told
    assert base64.b64encode(environment["AWS_SESSION_TOKEN"].encode()).decode() not in told
