# Gives moto the trust policy and the policies that are named as arguments, and
# one that IAM's grammar does not allow.
import os
import sys

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

os.environ.update(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_DEFAULT_REGION="us-east-1")


def text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


with mock_aws():
    iam = boto3.client("iam")
    iam.create_role(RoleName="apifront", AssumeRolePolicyDocument=text(sys.argv[1]))
    for n, path in enumerate(sys.argv[2:]):
        arn = iam.create_policy(PolicyName=f"p{n}", PolicyDocument=text(path))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="apifront", PolicyArn=arn)
    wrong = text(sys.argv[2]).replace('"Resource": "arn:', '"Resource": "', 1)
    try:
        iam.create_policy(PolicyName="wrong", PolicyDocument=wrong)
        sys.exit("moto takes a policy that IAM does not")
    except ClientError as e:
        print(len(sys.argv) - 2, "policies taken, a wrong one refused:", e.response["Error"]["Message"])
