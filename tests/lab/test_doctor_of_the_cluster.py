"""Doctor on a cluster, and who asks it: each thing that can be wrong is made wrong, and found."""

from __future__ import annotations

import base64
import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest
from clinic import ADMISSION, AWS_AUTH, RBAC, Clinic, eks_that_says
from registrar_identity import ADMINS, ITSELF, given_map_roles, line, map_roles_of
from stage import eventually

from lab.pki import CertificateAuthority
from registrar import cli
from registrar.doctor.finding import Level
from registrar.tags import parse_grant


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


def test_a_history_that_nothing_can_be_kept_in(clinic: Clinic) -> None:
    """Its newest place is missing; or a policy of before knows nothing of the note on a body."""
    assert "can be kept" in clinic.findings(registrar=True)["history"].detail
    path = f"{ADMISSION}/validatingadmissionpolicies/eks-registrar-history"
    rules = clinic.kube("GET", path).body["spec"]["validations"]
    strict = [{"expression": "object.metadata.annotations == {'a': 'b'}", "message": "of before"}]
    clinic.kube("PATCH", path, {"spec": {"validations": strict}})
    assert eventually(lambda: clinic.findings(registrar=True)["history"].level is Level.FAIL)
    clinic.finds("history", Level.FAIL, "would be kept: 422", "manifests --cluster lab", registrar=True)
    clinic.kube("PATCH", path, {"spec": {"validations": rules}})
    clinic.kube("DELETE", "/api/v1/namespaces/eks-registrar/configmaps/history-0")
    clinic.finds("history", Level.FAIL, "404", "manifests --cluster lab", registrar=True)
    clinic.apply_manifests()
    assert eventually(lambda: clinic.findings(registrar=True)["history"].level is Level.OK)


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


def test_a_row_that_has_the_registrars_group_is_named(clinic: Clinic) -> None:
    """Whatever its username, all but that of the function's role: it acts as the registrar, and no sweep takes it."""
    what = "rows with the registrar's group"
    before = map_roles_of(clinic.lab) or ""
    assert what not in clinic.findings()
    hidden = line("hidden", "eks-registrar:view", "eks-registrar-controller")
    given_map_roles(clinic.lab, hidden + before + ITSELF.replace("role/eks-registrar", "role/somebody"))
    found = clinic.findings()[what].detail
    assert "not that of the function's role (123456789012:role/eks-registrar)" in found
    named = "arn:aws:iam::123456789012:role/hidden (marked as one of ours); arn:aws:iam::123456789012:role/somebody"
    assert found.endswith(f": {named}")
    clinic.finds(what, Level.WARN, named, "no revocation, sweep or purge takes such a row")
    given_map_roles(clinic.lab, before)


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
    assert eventually(lambda: clinic.findings()["way in"].level is Level.FAIL)
    clinic.kube("POST", AWS_AUTH.rpartition("/")[0], given | {"data": {"mapUsers": "[]"}})
    clinic.lab.reset()
    assert eventually(lambda: clinic.findings()["aws-auth"].level is Level.OK)


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


@pytest.mark.parametrize(
    ("mode", "backend", "kubernetes", "way_out"),
    [
        ("API", "aws-auth", "managed", "say backend: auto"),
        ("CONFIG_MAP", "access-entries", "managed", "authenticationMode=API_AND_CONFIG_MAP"),
        ("CONFIG_MAP", "auto", "none", "Say kubernetes: managed"),
        ("API_AND_CONFIG_MAP", "auto", "none", "authenticationMode=API"),
    ],
)
def test_a_mode_that_does_not_fit_the_configuration(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, mode: str, backend: str, kubernetes: str, way_out: str
) -> None:
    """Both ways out are said; with `kubernetes: none` the cluster is not called, whatever its mode."""
    eks_that_says(monkeypatch, authentication_mode=mode)
    policy = clinic.policy
    cluster = dataclasses.replace(policy.clusters[0], backend=backend, kubernetes=kubernetes)
    changed = dataclasses.replace(policy, clusters=(cluster,))
    clinic.finds("authentication mode", Level.FAIL, f"its authentication mode is {mode}", "WrongMode", policy=changed)
    found = clinic.findings(policy=changed)
    assert way_out in found["authentication mode"].detail
    assert ("way in" in found) is (kubernetes == "managed")


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
    assert cli.main(["doctor", "--cluster", "nowhere"]) == 78
    assert "no cluster 'nowhere'" in capsys.readouterr().err


def test_no_token_is_told(clinic: Clinic) -> None:
    """Nothing that a finding says can be used by its reader."""
    told = repr(clinic.findings(registrar=True))
    environment = clinic.lab.registrar_environment()
    assert "k8s-aws-v1" not in told
    assert environment["AWS_SECRET_ACCESS_KEY"] not in told
    assert base64.b64encode(environment["AWS_SESSION_TOKEN"].encode()).decode() not in told
