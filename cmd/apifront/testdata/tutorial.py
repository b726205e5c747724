"""A front door for an HTTP API with boto3, its stock waiters and paginators.

usage: tutorial.py up|down NAME ZONE API STAGE
Region and credentials come from the environment, as for every AWS tool.
"""
import sys

import boto3

what, name, zone, api, stage = sys.argv[1:6]
soon = {"Delay": 1, "MaxAttempts": 60}  # real AWS takes minutes: there, leave it out

here = boto3.session.Session()
acm, edge_acm = here.client("acm"), here.client("acm", region_name="us-east-1")
v1, v2 = here.client("apigateway"), here.client("apigatewayv2")
cf, dns = here.client("cloudfront"), here.client("route53")
tags = [{"Key": "made-by", "Value": "tutorial"}]
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"  # Managed-AllViewer


def must(fact, what):
    if not fact:
        sys.exit(f"not as it should be: {what}")


def change(action, *sets):
    answer = dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={
        "Comment": "tutorial", "Changes": [{"Action": action, "ResourceRecordSet": s} for s in sets]})
    dns.get_waiter("resource_record_sets_changed").wait(Id=answer["ChangeInfo"]["Id"], WaiterConfig=soon)


def aliases(target):
    return [{"Name": name, "Type": t, "AliasTarget": {
        "HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": target, "EvaluateTargetHealth": False}} for t in ("A", "AAAA")]


def proofs(client, arn):
    """The validation records of a certificate, each once."""
    options = client.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    once = {o["ResourceRecord"]["Name"]: o["ResourceRecord"] for o in options}
    return [{"Name": r["Name"], "Type": r["Type"], "TTL": 300, "ResourceRecords": [{"Value": r["Value"]}]} for r in once.values()]


def certificate(client):
    pages = client.get_paginator("list_certificates").paginate(PaginationConfig={"PageSize": 1})
    return [c["CertificateArn"] for p in pages for c in p["CertificateSummaryList"] if c["DomainName"] == name]


def distributions():
    pages = cf.get_paginator("list_distributions").paginate(PaginationConfig={"PageSize": 1})
    return [d for p in pages for d in p["DistributionList"].get("Items", []) if name in d["Aliases"].get("Items", [])]


def records():
    pages = dns.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone, PaginationConfig={"PageSize": 1})
    return [r for p in pages for r in p["ResourceRecordSets"]]


def custom_policies():
    return {p["CachePolicy"]["CachePolicyConfig"]["Name"]: p["CachePolicy"]["Id"]
            for p in cf.list_cache_policies(Type="custom")["CachePolicyList"].get("Items", [])}


def up():
    print("who am I:", here.client("sts").get_caller_identity()["Arn"])
    zones = [z["Id"] for p in dns.get_paginator("list_hosted_zones").paginate(PaginationConfig={"PageSize": 1}) for z in p["HostedZones"]]
    must("/hostedzone/" + zone in zones, f"zone {zone} in {zones}")
    apis = {a["ApiId"]: a for p in v2.get_paginator("get_apis").paginate(PaginationConfig={"PageSize": 1}) for a in p["Items"]}
    must(apis[api]["ProtocolType"] == "HTTP", "kind of the API")
    must(v1.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 1}).build_full_result()["items"], "REST APIs")

    print("certificates")
    arns = {}
    for client in (acm, edge_acm):
        arn = client.request_certificate(DomainName=name, SubjectAlternativeNames=["*." + name], ValidationMethod="DNS",
                                         IdempotencyToken="tutorial", Tags=tags)["CertificateArn"]
        again = client.request_certificate(DomainName=name, SubjectAlternativeNames=["*." + name], ValidationMethod="DNS",
                                           IdempotencyToken="tutorial", Tags=tags)["CertificateArn"]
        must(arn == again, "the same token is the same certificate")
        must(client.list_tags_for_certificate(CertificateArn=arn)["Tags"] == tags, "tags of the certificate")
        arns[client] = arn
        change("UPSERT", *proofs(client, arn))
    must(proofs(acm, arns[acm]) == proofs(edge_acm, arns[edge_acm]), "one record proves both certificates")
    for client, arn in arns.items():
        client.get_waiter("certificate_validated").wait(CertificateArn=arn, WaiterConfig=soon)

    print("regional domain name and mappings")
    made = v2.create_domain_name(DomainName=name, Tags={"made-by": "tutorial"}, DomainNameConfigurations=[{
        "CertificateArn": arns[acm], "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}])
    target = made["DomainNameConfigurations"][0]["ApiGatewayDomainName"]
    must(v1.get_domain_name(domainName=name)["regionalDomainName"] == target, "v1 sees the same domain name")
    for key in ("", "v1/orders"):
        v2.create_api_mapping(DomainName=name, ApiId=api, Stage=stage, ApiMappingKey=key)
    found = v2.get_api_mappings(DomainName=name)["Items"]
    must(sorted(m["ApiMappingKey"] for m in found) == ["", "v1/orders"], f"mappings {found}")

    print("distribution")
    policy = cf.create_cache_policy(CachePolicyConfig={
        "Name": "tutorial", "MinTTL": 0, "DefaultTTL": 60, "MaxTTL": 300,
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": True, "EnableAcceptEncodingBrotli": True,
            "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": {"Quantity": 1, "Items": ["Authorization"]}},
            "CookiesConfig": {"CookieBehavior": "none"},
            "QueryStringsConfig": {"QueryStringBehavior": "all"}}})["CachePolicy"]["Id"]
    answer = cf.create_distribution_with_tags(DistributionConfigWithTags={"Tags": {"Items": tags}, "DistributionConfig": {
        "CallerReference": "tutorial-" + name, "Comment": "tutorial", "Enabled": True, "HttpVersion": "http2and3", "IsIPV6Enabled": True,
        "Aliases": {"Quantity": 1, "Items": [name]},
        "Origins": {"Quantity": 1, "Items": [{"Id": "api", "DomainName": target, "CustomOriginConfig": {
            "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only", "OriginReadTimeout": 60,
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]}}}]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "api", "ViewerProtocolPolicy": "redirect-to-https", "Compress": True,
            "CachePolicyId": policy, "OriginRequestPolicyId": ALL_VIEWER,
            "AllowedMethods": {"Quantity": 7, "Items": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
                               "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}}},
        "ViewerCertificate": {"ACMCertificateArn": arns[edge_acm], "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"}}})
    front = answer["Distribution"]
    cf.get_waiter("distribution_deployed").wait(Id=front["Id"], WaiterConfig=soon)
    must(cf.list_tags_for_resource(Resource=front["ARN"])["Tags"]["Items"] == tags, "tags of the distribution")

    print("a change: what was got, changed in one place")
    got = cf.get_distribution_config(Id=front["Id"])
    got["DistributionConfig"]["Comment"] = "changed"
    cf.update_distribution(Id=front["Id"], IfMatch=got["ETag"], DistributionConfig=got["DistributionConfig"])
    try:
        cf.update_distribution(Id=front["Id"], IfMatch=got["ETag"], DistributionConfig=got["DistributionConfig"])
        sys.exit("an old ETag was accepted")
    except cf.exceptions.PreconditionFailed:
        pass
    must([d["Comment"] for d in distributions()] == ["changed"], "comment of the distribution")

    print("DNS and an invalidation")
    change("CREATE", *aliases(front["DomainName"]))
    must(sum(r["Name"] == name + "." for r in records()) == 2, "records of the name")
    batch = cf.create_invalidation(DistributionId=front["Id"], InvalidationBatch={
        "CallerReference": "tutorial", "Paths": {"Quantity": 1, "Items": ["/*"]}})["Invalidation"]
    cf.get_waiter("invalidation_completed").wait(DistributionId=front["Id"], Id=batch["Id"], WaiterConfig=soon)
    pages = cf.get_paginator("list_invalidations").paginate(DistributionId=front["Id"])
    must([i["Id"] for p in pages for i in p["InvalidationList"]["Items"]] == [batch["Id"]], "invalidations")


def down():
    front = distributions()[0]
    change("DELETE", *aliases(front["DomainName"]))
    got = cf.get_distribution_config(Id=front["Id"])
    try:
        cf.delete_distribution(Id=front["Id"], IfMatch=got["ETag"])
        sys.exit("a distribution was deleted while it was enabled")
    except cf.exceptions.DistributionNotDisabled:
        pass
    got["DistributionConfig"]["Enabled"] = False
    etag = cf.update_distribution(Id=front["Id"], IfMatch=got["ETag"], DistributionConfig=got["DistributionConfig"])["ETag"]
    cf.get_waiter("distribution_deployed").wait(Id=front["Id"], WaiterConfig=soon)
    cf.delete_distribution(Id=front["Id"], IfMatch=etag)
    policy = custom_policies()["tutorial"]
    cf.delete_cache_policy(Id=policy, IfMatch=cf.get_cache_policy(Id=policy)["ETag"])

    for m in v2.get_api_mappings(DomainName=name)["Items"]:
        v2.delete_api_mapping(DomainName=name, ApiMappingId=m["ApiMappingId"])
    v2.delete_domain_name(DomainName=name)
    try:
        v1.get_domain_name(domainName=name)
        sys.exit("the domain name is still there")
    except v1.exceptions.NotFoundException:
        pass

    arn = certificate(acm)[0]
    change("DELETE", *proofs(acm, arn))
    for client in (acm, edge_acm):
        for arn in certificate(client):
            client.delete_certificate(CertificateArn=arn)
        must(not certificate(client), "certificates are gone")


{"up": up, "down": down}[what]()
