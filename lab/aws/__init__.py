"""The AWS side of the local EKS, on loopback: :class:`lab.aws.side.AwsSide` is the way in.

Two processes. ``lab.aws.server`` is moto behind a gateway of ours::

    request → signature → faults asked for → policies of the caller → IAM's own rules → moto
                                                                          └→ CloudTrail's event → EventBridge → SQS

and a CONNECT proxy that gives the gateway the names of STS. ``lab.aws.function_process`` is the event source mapping of
SQS and the function under Lambda's runtime interface emulator.

EKS's access entries are a part of their own, :mod:`lab.aws.eks`.

What it does not do: it reads no trust policies, judges Resource and Condition of a policy for EKS alone (see
:mod:`lab.aws.authorization`), and does not delay IAM's reads, which are eventually consistent in AWS.
"""
