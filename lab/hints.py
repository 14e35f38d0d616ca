"""What a person can try in a lab that is up."""

import json

from lab.settings import ACCOUNT, CLUSTER, CONFIG_MAP, LabFolder
from registrar.policy import Policy

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}

_HINTS = """
Things to try, in a shell of the lab:

  . {folder}/env
  kubectl create namespace payments
  aws iam create-role --role-name dev --assume-role-policy-document file://{folder}/trust.json \\
    --tags Key=eks-registrar/{cluster},Value={grant}
  {look}
  {python} -m lab --folder {folder} kubeconfig dev > {folder}/dev.yaml
  kubectl --kubeconfig {folder}/dev.yaml -n payments create configmap mine      # allowed
  kubectl --kubeconfig {folder}/dev.yaml -n default get pods                    # Forbidden
  aws iam untag-role --role-name dev --tag-keys eks-registrar/{cluster}
  kubectl --kubeconfig {folder}/dev.yaml -n payments get pods                   # Unauthorized

  {python} -m lab --folder {folder} down
"""


_LOOK_AT_ROW = "kubectl -n kube-system get configmap aws-auth -o yaml      # its row, seconds later"
_LOOK_AT_ENTRIES = "aws eks list-access-entries --cluster-name {cluster}      # its entry, seconds later"


def write(folder: LabFolder, python: str, mode: str, policy: Policy) -> str:
    """The text, with the folder and the Python in it, for a cluster of this mode under this policy.

    The trust policy that it speaks of is written into the folder.
    """
    (folder.root / "trust.json").write_text(json.dumps(_TRUST))
    look = (_LOOK_AT_ROW if mode == CONFIG_MAP else _LOOK_AT_ENTRIES).format(cluster=CLUSTER)
    binds = policy.cluster(CLUSTER).kubernetes != "none"
    grant = "edit@payments" if binds else "policy=AmazonEKSEditPolicy@payments"
    return _HINTS.format(folder=folder.root, cluster=CLUSTER, python=python, look=look, grant=grant)
