# One front door, as apifront makes it: two certificates, a regional domain
# with one mapping, a distribution with AWS's own policies, two alias records.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" { type = string }
variable "zone_id" { type = string }
variable "api" { type = string }
variable "stage" { type = string }

# Endpoint and credentials come from the environment, as on a real account.
provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "edge"
  region = "us-east-1"
}

resource "aws_acm_certificate" "regional" {
  domain_name       = var.name
  validation_method = "DNS"
}

resource "aws_acm_certificate" "edge" {
  provider          = aws.edge
  domain_name       = var.name
  validation_method = "DNS"
}

# Both certificates are proven by one record.
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

resource "aws_api_gateway_domain_name" "front" {
  domain_name              = var.name
  regional_certificate_arn = aws_acm_certificate_validation.regional.certificate_arn
  security_policy          = "TLS_1_2"
  endpoint_configuration { types = ["REGIONAL"] }
}

resource "aws_api_gateway_base_path_mapping" "root" {
  api_id      = var.api
  stage_name  = var.stage
  domain_name = aws_api_gateway_domain_name.front.domain_name
}

resource "aws_cloudfront_distribution" "front" {
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = "PriceClass_All"
  comment         = "apifront ${var.name}"
  aliases         = [var.name]

  origin {
    origin_id   = "apigw"
    domain_name = aws_api_gateway_domain_name.front.regional_domain_name
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      origin_read_timeout    = 60
    }
  }

  default_cache_behavior {
    target_origin_id         = "apigw"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods           = ["GET", "HEAD"]
    compress                 = true
    cache_policy_id          = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # Managed-CachingDisabled
    origin_request_policy_id = "216adef6-5c7f-47e4-b989-5492eafa07d3" # Managed-AllViewer
  }

  dynamic "custom_error_response" {
    for_each = [404, 500, 502, 503, 504]
    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 0
    }
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
