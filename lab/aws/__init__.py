"""The AWS side of the local EKS: moto, an STS front, a CloudTrail stand-in, and a function with its event source."""
