"""eks-registrar: tag an IAM role, and seconds later it can use the EKS cluster."""
