"""The registrar's own role in AWS: who may assume it and what it may do."""

ROLE_NAME = "eks-registrar"
TRUST_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ACTIONS = (
    # What the function reads.
    "iam:GetRole",
    "iam:GetAccountAuthorizationDetails",
    "eks:DescribeCluster",
    # What the function does with records that it will never retry, or retries sooner.
    "sqs:SendMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    # What Lambda's event source mapping does in the role's name:
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
)
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(ACTIONS), "Resource": "*"}]}
