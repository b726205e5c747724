# A distribution as a team keeps it: beside what a setup knows it has settings that
# apifront has no field for. One setting is wrong on purpose: callers cannot POST.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" { type = string }
variable "zone_id" { type = string }
variable "rest_api" { type = string }

# Endpoint and credentials come from the environment, as on a real account.
provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "edge"
  region = "us-east-1"
}

data "aws_cloudfront_cache_policy" "disabled" { name = "Managed-CachingDisabled" }
data "aws_cloudfront_origin_request_policy" "all" { name = "Managed-AllViewer" }

resource "aws_acm_certificate" "regional" {
  domain_name       = var.name
  validation_method = "DNS"
}

resource "aws_acm_certificate" "edge" {
  provider          = aws.edge
  domain_name       = var.name
  validation_method = "DNS"
}

resource "aws_route53_record" "proof" {
  for_each = {
    for o in aws_acm_certificate.regional.domain_validation_options : o.domain_name => o
  }
  zone_id = var.zone_id
  name    = each.value.resource_record_name
  type    = each.value.resource_record_type
  ttl     = 300
  records = [each.value.resource_record_value]
}

resource "aws_acm_certificate_validation" "regional" {
  certificate_arn         = aws_acm_certificate.regional.arn
  validation_record_fqdns = [for r in aws_route53_record.proof : r.fqdn]
}

resource "aws_acm_certificate_validation" "edge" {
  provider        = aws.edge
  certificate_arn = aws_acm_certificate.edge.arn
  depends_on      = [aws_route53_record.proof]
}

resource "aws_api_gateway_domain_name" "api" {
  domain_name              = var.name
  regional_certificate_arn = aws_acm_certificate_validation.regional.certificate_arn
  security_policy          = "TLS_1_2"
  endpoint_configuration { types = ["REGIONAL"] }
  tags = { team = "harbour", cost-centre = "4711" }
}

resource "aws_api_gateway_base_path_mapping" "root" {
  api_id      = var.rest_api
  stage_name  = "prod"
  domain_name = aws_api_gateway_domain_name.api.domain_name
}

resource "aws_cloudfront_distribution" "front" {
  enabled             = true
  wait_for_deployment = false
  is_ipv6_enabled     = true
  http_version        = "http2"
  price_class         = "PriceClass_100"
  comment             = "kept by the harbour team"
  default_root_object = ""
  aliases             = [var.name]
  tags                = { team = "harbour", cost-centre = "4711" }

  logging_config {
    bucket          = "harbour-logs.s3.amazonaws.com"
    prefix          = "api/"
    include_cookies = true
  }

  origin {
    origin_id           = "harbour-api"
    domain_name         = aws_api_gateway_domain_name.api.regional_domain_name
    connection_attempts = 2
    connection_timeout  = 7
    custom_header {
      name  = "X-Harbour-Team"
      value = "berth-9"
    }
    custom_header {
      name  = "X-Harbour-Way"
      value = "edge"
    }
    custom_header {
      name  = "X-Harbour-Quay"
      value = "north"
    }
    origin_shield {
      enabled              = true
      origin_shield_region = "eu-west-1"
    }
    custom_origin_config {
      http_port                = 8080
      https_port               = 443
      origin_protocol_policy   = "https-only"
      origin_ssl_protocols     = ["TLSv1.2"]
      origin_read_timeout      = 41
      origin_keepalive_timeout = 17
    }
  }

  # An origin that no behavior leads to any more.
  origin {
    origin_id           = "old-site"
    domain_name         = "harbour-site.s3.eu-west-1.amazonaws.com"
    origin_path         = "/2019"
    connection_attempts = 1
    connection_timeout  = 3
  }

  default_cache_behavior {
    target_origin_id           = "harbour-api"
    viewer_protocol_policy     = "https-only"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = false
    cache_policy_id            = data.aws_cloudfront_cache_policy.disabled.id
    origin_request_policy_id   = data.aws_cloudfront_origin_request_policy.all.id
    response_headers_policy_id = "67f7725c-6f97-4210-82d7-5512b31e9d03"
  }

  custom_error_response {
    error_code            = 404
    error_caching_min_ttl = 33
  }
  custom_error_response {
    error_code            = 503
    error_caching_min_ttl = 3
    response_code         = 503
    response_page_path    = "/closed.json"
  }

  restrictions {
    geo_restriction {
      restriction_type = "blacklist"
      locations        = ["AQ", "BV", "HM"]
    }
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate_validation.edge.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2019"
  }
}

resource "aws_route53_record" "front" {
  for_each = toset(["A", "AAAA"])
  zone_id  = var.zone_id
  name     = var.name
  type     = each.value
  alias {
    name                   = aws_cloudfront_distribution.front.domain_name
    zone_id                = aws_cloudfront_distribution.front.hosted_zone_id
    evaluate_target_health = false
  }
}

output "distribution" { value = aws_cloudfront_distribution.front.id }
