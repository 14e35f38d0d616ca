"""The local EKS: the parts that EKS is made of, as ordinary processes on loopback (``python -m lab up``)."""
