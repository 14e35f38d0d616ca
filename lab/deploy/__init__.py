"""The real ``cdk bootstrap``, ``cdk deploy`` and ``cdk destroy``, against the lab's AWS."""
