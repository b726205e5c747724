"""Makes calls with boto3 and says what it parsed from the answers.

Reads one JSON object a line from standard input: service, region, endpoint,
op (as the API calls it) and params. Writes one JSON object a line: out, or
error with code, message and status. Times are in ISO 8601, UTC.
"""
import datetime
import functools
import json
import sys

import boto3
import botocore.config
import botocore.exceptions


@functools.cache
def client(service, region, endpoint):
    once = botocore.config.Config(retries={"max_attempts": 0})
    c = boto3.client(service, region_name=region, endpoint_url=endpoint, config=once)
    return c, {api: name for name, api in c.meta.method_to_api_mapping.items()}


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    raise TypeError(f"{type(value)} in an answer")


for line in sys.stdin:
    call = json.loads(line)
    c, names = client(call["service"], call["region"], call["endpoint"])
    try:
        answer = {"out": getattr(c, names[call["op"]])(**call["params"])}
        del answer["out"]["ResponseMetadata"]
    except botocore.exceptions.ClientError as e:
        answer = {"error": {"code": e.response["Error"]["Code"], "message": e.response["Error"]["Message"],
                            "status": e.response["ResponseMetadata"]["HTTPStatusCode"]}}
    except Exception as e:  # what boto3 itself refuses or cannot read
        answer = {"error": {"code": type(e).__name__, "message": str(e), "status": 0}}
    print(json.dumps(answer, default=plain), flush=True)
