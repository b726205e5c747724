"""Reads back with boto3 what a job made, and says what is not as it should be.

usage: readback.py NAME REGION APIKIND [elsewhere]
Prints one line per fault; exits 1 if there is any.
"""
import sys

import boto3

name, region, kind = sys.argv[1:4]
elsewhere = "elsewhere" in sys.argv[4:]
faults = []


def want(what, is_, should):
    print(f"{what}: {is_!r}")
    if is_ != should:
        faults.append(f"{what} is {is_!r}, should be {should!r}")


def certificate(r, arn):
    c = boto3.client("acm", region_name=r).describe_certificate(CertificateArn=arn)["Certificate"]
    want(f"certificate in {r}: status", c["Status"], "ISSUED")
    want(f"certificate in {r}: region of its ARN", arn.split(":")[3], r)
    covered = any(n == name or (n.startswith("*.") and name.split(".", 1)[1] == n[2:]) for n in c["SubjectAlternativeNames"])
    want(f"certificate in {r}: covers {name}", covered, True)


v1 = boto3.client("apigateway", region_name=region)
domain = v1.get_domain_name(domainName=name)
want("domain: endpoint types", domain["endpointConfiguration"]["types"], ["REGIONAL"])
want("domain: security policy", domain["securityPolicy"], "TLS_1_2")
certificate(region, domain["regionalCertificateArn"])
target = domain["regionalDomainName"]

mappings = boto3.client("apigatewayv2", region_name=region).get_api_mappings(DomainName=name)["Items"]
want("mappings: number", len(mappings), 1)
if kind == "HTTP":
    apis = {a["ApiId"]: a["ProtocolType"] for a in boto3.client("apigatewayv2", region_name=region).get_apis()["Items"]}
else:
    apis = {a["id"]: "REST" for a in v1.get_rest_apis()["items"]}
want("mapping: API kind", apis.get(mappings[0]["ApiId"]), kind)

cf = boto3.client("cloudfront", region_name="us-east-1")
found = [d for page in cf.get_paginator("list_distributions").paginate() for d in page["DistributionList"].get("Items", [])
         if name in d["Aliases"].get("Items", [])]
want("distributions with the alias", len(found), 1)
answer = cf.get_distribution(Id=found[0]["Id"])["Distribution"]
want("distribution: status", answer["Status"], "Deployed")
config = answer["DistributionConfig"]
want("distribution: alias", config["Aliases"]["Items"], [name])
origin = config["Origins"]["Items"][0]
want("origin: domain is the domain's target name", origin["DomainName"], target)
want("origin: path", origin["OriginPath"], "")
want("origin: protocol", origin["CustomOriginConfig"]["OriginProtocolPolicy"], "https-only")
certificate("us-east-1", config["ViewerCertificate"]["ACMCertificateArn"])
if region == "us-east-1":
    want("one certificate serves both", config["ViewerCertificate"]["ACMCertificateArn"], domain["regionalCertificateArn"])
behavior = config["DefaultCacheBehavior"]
want("behaviour: cache policy is CachingDisabled", behavior["CachePolicyId"], "4135ea2d-6df8-44a3-9df3-4b5a84be39ad")
policy = cf.get_origin_request_policy(Id=behavior["OriginRequestPolicyId"])["OriginRequestPolicy"]["OriginRequestPolicyConfig"]
want("behaviour: headers forwarded (Host and Authorization among them)", policy["HeadersConfig"]["HeaderBehavior"], "allViewer")
want("behaviour: methods", sorted(behavior["AllowedMethods"]["Items"]), ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"])

r53 = boto3.client("route53", region_name="us-east-1")
zone = next(z for z in r53.list_hosted_zones()["HostedZones"]
            if not z["Config"]["PrivateZone"] and (name + ".").endswith("." + z["Name"])
            and any(r["Name"] == name + "." for r in r53.list_resource_record_sets(HostedZoneId=z["Id"])["ResourceRecordSets"]))
records = {r["Type"]: r for r in r53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"] if r["Name"] == name + "."}
if elsewhere:
    want("records at the name", sorted(records), ["CNAME"])
    want("CNAME", records["CNAME"]["ResourceRecords"][0]["Value"].rstrip("."), answer["DomainName"])
else:
    want("records at the name", sorted(records), ["A", "AAAA"])
    for t, r in records.items():
        want(f"{t} alias: zone", r["AliasTarget"]["HostedZoneId"], "Z2FDTNDATAQYW2")
        want(f"{t} alias: target", r["AliasTarget"]["DNSName"].rstrip("."), answer["DomainName"])
        want(f"{t} alias: evaluates health", r["AliasTarget"]["EvaluateTargetHealth"], False)

for f in faults:
    print("FAULT:", f, file=sys.stderr)
sys.exit(1 if faults else 0)
