# One front door: certificates, regional domain name, mapping, distribution, DNS.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", configuration_aliases = [aws.edge] }
  }
}

variable "name" { type = string }
variable "zone_id" { type = string }
variable "kind" { type = string }
variable "api" { type = string }
variable "stage" { type = string }
variable "read_timeout" { type = number }
variable "cache_policy" { type = string }
variable "origin_request_policy" { type = string }

resource "aws_acm_certificate" "regional" {
  domain_name       = var.name
  validation_method = "DNS"
  lifecycle { create_before_destroy = true }
}

resource "aws_acm_certificate" "edge" {
  provider                  = aws.edge
  domain_name               = var.name
  subject_alternative_names = ["*.${var.name}"]
  validation_method         = "DNS"
  lifecycle { create_before_destroy = true }
}

# Both certificates, and both names of the second, are proven by one record.
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

resource "aws_api_gateway_domain_name" "rest" {
  count                    = var.kind == "REST" ? 1 : 0
  domain_name              = var.name
  regional_certificate_arn = aws_acm_certificate_validation.regional.certificate_arn
  security_policy          = "TLS_1_2"
  endpoint_configuration { types = ["REGIONAL"] }
}

resource "aws_api_gateway_base_path_mapping" "root" {
  count       = var.kind == "REST" ? 1 : 0
  api_id      = var.api
  stage_name  = var.stage
  domain_name = aws_api_gateway_domain_name.rest[0].domain_name
}

# A key of several levels, which only the newer operations can make.
resource "aws_apigatewayv2_api_mapping" "deep" {
  count           = var.kind == "REST" ? 1 : 0
  api_id          = var.api
  stage           = var.stage
  domain_name     = aws_api_gateway_domain_name.rest[0].domain_name
  api_mapping_key = "v1/orders"
}

resource "aws_apigatewayv2_domain_name" "http" {
  count       = var.kind == "HTTP" ? 1 : 0
  domain_name = var.name
  domain_name_configuration {
    certificate_arn = aws_acm_certificate_validation.regional.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "root" {
  count       = var.kind == "HTTP" ? 1 : 0
  api_id      = var.api
  stage       = var.stage
  domain_name = aws_apigatewayv2_domain_name.http[0].domain_name
}

locals {
  target = var.kind == "REST" ? aws_api_gateway_domain_name.rest[0].regional_domain_name : aws_apigatewayv2_domain_name.http[0].domain_name_configuration[0].target_domain_name
}

resource "aws_cloudfront_distribution" "front" {
  enabled = true
  # Terraform would sleep for 30 seconds before its first look. The destruction waits in any case.
  wait_for_deployment = false
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  comment             = "front door of ${var.name}"
  aliases             = [var.name]

  origin {
    origin_id   = "api"
    domain_name = local.target
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      origin_read_timeout    = var.read_timeout
    }
  }

  default_cache_behavior {
    target_origin_id         = "api"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods           = ["GET", "HEAD"]
    compress                 = true
    cache_policy_id          = var.cache_policy
    origin_request_policy_id = var.origin_request_policy
  }

  ordered_cache_behavior {
    path_pattern             = "/private/*"
    target_origin_id         = "api"
    viewer_protocol_policy   = "https-only"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    origin_request_policy_id = "216adef6-5c7f-47e4-b989-5492eafa07d3"
  }

  custom_error_response {
    error_code            = 404
    error_caching_min_ttl = 0
  }

  restrictions {
    geo_restriction { restriction_type = "none" }
  }

  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate_validation.edge.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
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
