#!/usr/bin/env bash
# A front door for a REST API by hand, with the AWS CLI, in the order of the
# tutorial that apifront follows: the distribution first gets CloudFront's own
# defaults, then the two tweaks.
#
# usage: tutorial.sh up|down NAME ZONE API STAGE
# Region and credentials come from the environment, as for every AWS tool.
set -euo pipefail
what=$1 name=$2 zone=$3 api=$4 stage=$5
region=$AWS_DEFAULT_REGION
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AWS_PAGER='' AWS_MAX_ATTEMPTS=3
say() { printf '== %s\n' "$*"; }

# change ACTION NAME TYPE VALUE writes a record; an alias if TYPE is A or AAAA.
change() {
	local set="\"TTL\": 300, \"ResourceRecords\": [{\"Value\": \"$4\"}]"
	case $3 in A | AAAA)
		set="\"AliasTarget\": {\"HostedZoneId\": \"Z2FDTNDATAQYW2\", \"DNSName\": \"$4\", \"EvaluateTargetHealth\": false}" ;;
	esac
	local id
	id=$(aws route53 change-resource-record-sets --hosted-zone-id "$zone" --query ChangeInfo.Id --output text \
		--change-batch "{\"Comment\": \"tutorial\", \"Changes\": [{\"Action\": \"$1\", \"ResourceRecordSet\": {\"Name\": \"$2\", \"Type\": \"$3\", $set}}]}")
	aws route53 wait resource-record-sets-changed --id "$id"
}

# config ENABLED PROTOCOL HEADERS CERTIFICATE TARGET writes the distribution's settings.
config() {
	cat >"$work/config.json" <<JSON
{
  "CallerReference": "tutorial-$name", "Comment": "tutorial", "Enabled": $1,
  "Aliases": {"Quantity": 1, "Items": ["$name"]},
  "DefaultRootObject": "", "PriceClass": "PriceClass_All", "HttpVersion": "http2", "IsIPV6Enabled": true, "WebACLId": "",
  "Origins": {"Quantity": 1, "Items": [{
    "Id": "api", "DomainName": "$5", "OriginPath": "", "CustomHeaders": {"Quantity": 0},
    "CustomOriginConfig": {
      "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "$2",
      "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]}, "OriginReadTimeout": 30, "OriginKeepaliveTimeout": 5
    }
  }]},
  "DefaultCacheBehavior": {
    "TargetOriginId": "api", "ViewerProtocolPolicy": "redirect-to-https", "Compress": false, "SmoothStreaming": false,
    "FieldLevelEncryptionId": "", "MinTTL": 0, "DefaultTTL": 0, "MaxTTL": 31536000,
    "TrustedSigners": {"Enabled": false, "Quantity": 0}, "LambdaFunctionAssociations": {"Quantity": 0},
    "AllowedMethods": {"Quantity": 7, "Items": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"], "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}},
    "ForwardedValues": {"QueryString": true, "Cookies": {"Forward": "none"}, "QueryStringCacheKeys": {"Quantity": 0}, "Headers": $3}
  },
  "CacheBehaviors": {"Quantity": 0}, "CustomErrorResponses": {"Quantity": 0}, "OriginGroups": {"Quantity": 0},
  "Logging": {"Enabled": false, "IncludeCookies": false, "Bucket": "", "Prefix": ""},
  "ViewerCertificate": {"ACMCertificateArn": "$4", "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"},
  "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}}
}
JSON
}
none='{"Quantity": 0}'
host='{"Quantity": 1, "Items": ["Host"]}'

distribution() {
	aws cloudfront list-distributions --page-size 1 --output text \
		--query "DistributionList.Items[?Aliases.Items && contains(Aliases.Items, '$name')].Id | []" | grep -v '^None$' || true
}
certificate() { # in region $1
	aws acm list-certificates --region "$1" --page-size 1 --query "CertificateSummaryList[?DomainName=='$name'].CertificateArn" --output text | grep -v '^$' || true
}
target() { aws apigateway get-domain-name --domain-name "$name" --query regionalDomainName --output text; }

up() {
	say "0. who am I"
	aws sts get-caller-identity --query Arn --output text

	say "1. certificates in us-east-1 and $region"
	local edge regional record='' arn
	edge=$(aws acm request-certificate --region us-east-1 --domain-name "$name" --validation-method DNS --tags Key=made-by,Value=tutorial --query CertificateArn --output text)
	regional=$(aws acm request-certificate --domain-name "$name" --validation-method DNS --tags Key=made-by,Value=tutorial --query CertificateArn --output text)
	for arn in "$regional" "$edge"; do # one record proves both
		record=$(aws acm describe-certificate --region "$(cut -d: -f4 <<<"$arn")" --certificate-arn "$arn" --query 'Certificate.DomainValidationOptions[0].ResourceRecord.[Name,Type,Value]' --output text)
		# shellcheck disable=SC2086 # three words
		change UPSERT $record
	done
	aws acm wait certificate-validated --region us-east-1 --certificate-arn "$edge"
	aws acm wait certificate-validated --certificate-arn "$regional"

	say "2. regional domain name and mapping"
	aws apigateway create-domain-name --domain-name "$name" --regional-certificate-arn "$regional" --endpoint-configuration types=REGIONAL \
		--security-policy TLS_1_2 --tags made-by=tutorial --query domainNameStatus --output text
	aws apigateway create-base-path-mapping --domain-name "$name" --rest-api-id "$api" --stage "$stage" --query basePath --output text
	aws apigatewayv2 get-api-mappings --domain-name "$name" --query 'Items[].[ApiId,Stage]' --output text

	say "3. distribution, as CloudFront proposes it"
	local id etag
	config true http-only "$none" "$edge" "$(target)"
	id=$(aws cloudfront create-distribution --distribution-config "file://$work/config.json" --query Distribution.Id --output text)
	aws cloudfront wait distribution-deployed --id "$id"

	say "4. and 5. the origin by HTTPS only, and the Host header passed on"
	etag=$(aws cloudfront get-distribution-config --id "$id" --query ETag --output text)
	config true https-only "$host" "$edge" "$(target)"
	aws cloudfront update-distribution --id "$id" --if-match "$etag" --distribution-config "file://$work/config.json" --query Distribution.Status --output text
	aws cloudfront tag-resource --resource "$(aws cloudfront get-distribution --id "$id" --query Distribution.ARN --output text)" --tags 'Items=[{Key=made-by,Value=tutorial}]'
	aws cloudfront wait distribution-deployed --id "$id"

	say "6. DNS"
	local front kind
	front=$(aws cloudfront get-distribution --id "$id" --query Distribution.DomainName --output text)
	for kind in A AAAA; do change CREATE "$name" $kind "$front"; done

	say "7. the cache is ours: an invalidation"
	aws cloudfront wait invalidation-completed --distribution-id "$id" \
		--id "$(aws cloudfront create-invalidation --distribution-id "$id" --paths '/*' --query Invalidation.Id --output text)"
}

down() {
	local id etag front kind arn record edge
	id=$(distribution)
	edge=$(certificate us-east-1)
	say "DNS"
	front=$(aws cloudfront get-distribution --id "$id" --query Distribution.DomainName --output text)
	for kind in A AAAA; do change DELETE "$name" $kind "$front"; done

	say "distribution"
	etag=$(aws cloudfront get-distribution-config --id "$id" --query ETag --output text)
	config false https-only "$host" "$edge" "$(target)"
	etag=$(aws cloudfront update-distribution --id "$id" --if-match "$etag" --distribution-config "file://$work/config.json" --query ETag --output text)
	aws cloudfront wait distribution-deployed --id "$id"
	aws cloudfront delete-distribution --id "$id" --if-match "$etag"

	say "mapping and regional domain name"
	aws apigateway delete-base-path-mapping --domain-name "$name" --base-path '(none)'
	aws apigateway delete-domain-name --domain-name "$name"

	say "certificates and the record that proved them"
	arn=$(certificate "$region")
	record=$(aws acm describe-certificate --certificate-arn "$arn" --query 'Certificate.DomainValidationOptions[0].ResourceRecord.[Name,Type,Value]' --output text)
	# shellcheck disable=SC2086 # three words
	change DELETE $record
	aws acm delete-certificate --certificate-arn "$arn"
	aws acm delete-certificate --region us-east-1 --certificate-arn "$edge"
}

"$what"
