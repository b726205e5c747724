#!/usr/bin/env bash
# The front door of versus/main.tf with the AWS CLI, as quick as a plain script
# with AWS's own waiters can be: nothing is made twice, both certificates are
# asked for before either is waited for, one batch carries both alias records.
#
# usage: versus.sh NAME ZONE API STAGE
# Region and credentials come from the environment, as for every AWS tool.
set -euo pipefail
name=$1 zone=$2 api=$3 stage=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AWS_PAGER='' AWS_MAX_ATTEMPTS=3

# change RECORDS writes records and waits until Route 53 serves them.
change() {
	local id
	id=$(aws route53 change-resource-record-sets --hosted-zone-id "$zone" --query ChangeInfo.Id --output text --change-batch "{\"Changes\": [$1]}")
	aws route53 wait resource-record-sets-changed --id "$id"
}

aws sts get-caller-identity --query Arn --output text

edge=$(aws acm request-certificate --region us-east-1 --domain-name "$name" --validation-method DNS --query CertificateArn --output text)
regional=$(aws acm request-certificate --domain-name "$name" --validation-method DNS --query CertificateArn --output text)
record=$(aws acm describe-certificate --certificate-arn "$regional" --query 'Certificate.DomainValidationOptions[0].ResourceRecord.[Name,Type,Value]' --output text)
read -r proof type value <<<"$record"
change "{\"Action\": \"UPSERT\", \"ResourceRecordSet\": {\"Name\": \"$proof\", \"Type\": \"$type\", \"TTL\": 300, \"ResourceRecords\": [{\"Value\": \"$value\"}]}}"
aws acm wait certificate-validated --certificate-arn "$regional"
aws acm wait certificate-validated --region us-east-1 --certificate-arn "$edge"

target=$(aws apigateway create-domain-name --domain-name "$name" --regional-certificate-arn "$regional" \
	--endpoint-configuration types=REGIONAL --security-policy TLS_1_2 --query regionalDomainName --output text)
aws apigateway create-base-path-mapping --domain-name "$name" --rest-api-id "$api" --stage "$stage" --query basePath --output text

cat >"$work/config.json" <<JSON
{
  "CallerReference": "versus-$name", "Comment": "apifront $name", "Enabled": true,
  "Aliases": {"Quantity": 1, "Items": ["$name"]},
  "DefaultRootObject": "", "PriceClass": "PriceClass_All", "HttpVersion": "http2and3", "IsIPV6Enabled": true, "WebACLId": "",
  "Origins": {"Quantity": 1, "Items": [{
    "Id": "apigw", "DomainName": "$target", "OriginPath": "", "CustomHeaders": {"Quantity": 0},
    "CustomOriginConfig": {
      "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only",
      "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]}, "OriginReadTimeout": 60, "OriginKeepaliveTimeout": 5
    }
  }]},
  "DefaultCacheBehavior": {
    "TargetOriginId": "apigw", "ViewerProtocolPolicy": "redirect-to-https", "Compress": true,
    "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "OriginRequestPolicyId": "216adef6-5c7f-47e4-b989-5492eafa07d3",
    "AllowedMethods": {"Quantity": 7, "Items": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"], "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}}
  },
  "CacheBehaviors": {"Quantity": 0},
  "CustomErrorResponses": {"Quantity": 5, "Items": [
    {"ErrorCode": 404, "ErrorCachingMinTTL": 0}, {"ErrorCode": 500, "ErrorCachingMinTTL": 0}, {"ErrorCode": 502, "ErrorCachingMinTTL": 0},
    {"ErrorCode": 503, "ErrorCachingMinTTL": 0}, {"ErrorCode": 504, "ErrorCachingMinTTL": 0}
  ]},
  "Logging": {"Enabled": false, "IncludeCookies": false, "Bucket": "", "Prefix": ""},
  "ViewerCertificate": {"ACMCertificateArn": "$edge", "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"},
  "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}}
}
JSON
read -r id front <<<"$(aws cloudfront create-distribution --distribution-config "file://$work/config.json" --query 'Distribution.[Id,DomainName]' --output text)"
aws cloudfront wait distribution-deployed --id "$id"

alias="\"AliasTarget\": {\"HostedZoneId\": \"Z2FDTNDATAQYW2\", \"DNSName\": \"$front\", \"EvaluateTargetHealth\": false}"
change "{\"Action\": \"CREATE\", \"ResourceRecordSet\": {\"Name\": \"$name\", \"Type\": \"A\", $alias}}, {\"Action\": \"CREATE\", \"ResourceRecordSet\": {\"Name\": \"$name\", \"Type\": \"AAAA\", $alias}}"
