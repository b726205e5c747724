# What Terraform lets through and AWS refuses: one mistake each. The test says
# which error each of them has to end with.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "zone_id" { type = string }
variable "rest_api" { type = string }
variable "http_api" { type = string }
variable "edge_certificate" { type = string }     # *.lakeside.example in us-east-1
variable "regional_certificate" { type = string } # *.lakeside.example in eu-west-1
variable "pending_certificate" { type = string }  # pending.lakeside.example in eu-west-1, not validated

provider "aws" {
  region = "eu-west-1"
}

locals {
  disabled  = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # Managed-CachingDisabled
  allviewer = "216adef6-5c7f-47e4-b989-5492eafa07d3" # Managed-AllViewer
  good = {
    alias         = "unused.lakeside.example"
    certificate   = var.edge_certificate
    origin        = "api"
    cache_policy  = local.disabled
    origin_policy = local.allviewer
    header        = "x-from"
    host          = "d-abcdefghij.execute-api.eu-west-1.amazonaws.com"
    methods       = ["GET", "HEAD"]
  }
  # What is wrong with each distribution; everything else is as in good.
  distributions = {
    wrong_region          = { alias = "a.lakeside.example", certificate = var.regional_certificate }
    not_covered           = { alias = "a.b.lakeside.example" }
    no_certificate        = { alias = "c.lakeside.example", certificate = "" }
    second_owner          = { alias = aws_cloudfront_distribution.owner.aliases == toset(["owned.lakeside.example"]) ? "owned.lakeside.example" : "" }
    unknown_cache_policy  = { alias = "d.lakeside.example", cache_policy = "00000000-0000-4000-8000-000000000000" }
    unknown_origin_policy = { alias = "e.lakeside.example", origin_policy = "00000000-0000-4000-8000-000000000000" }
    unknown_origin        = { alias = "f.lakeside.example", origin = "nowhere" }
    origin_header_of_aws  = { alias = "g.lakeside.example", header = "X-Amz-Secret" }
    two_methods_and_put   = { alias = "h.lakeside.example", methods = ["GET", "HEAD", "PUT"] }
  }
}

resource "aws_cloudfront_distribution" "owner" {
  enabled             = true
  wait_for_deployment = false
  aliases             = ["owned.lakeside.example"]
  origin {
    origin_id   = "api"
    domain_name = local.good.host
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }
  default_cache_behavior {
    target_origin_id         = "api"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = local.disabled
    origin_request_policy_id = local.allviewer
  }
  restrictions {
    geo_restriction { restriction_type = "none" }
  }
  viewer_certificate {
    acm_certificate_arn      = var.edge_certificate
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }
}

resource "aws_cloudfront_distribution" "wrong" {
  for_each            = { for k, v in local.distributions : k => merge(local.good, v) }
  enabled             = true
  wait_for_deployment = false
  aliases             = [each.value.alias]
  origin {
    origin_id   = "api"
    domain_name = each.value.host
    custom_header {
      name  = each.value.header
      value = "terraform"
    }
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }
  default_cache_behavior {
    target_origin_id         = each.value.origin
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = each.value.methods
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = each.value.cache_policy
    origin_request_policy_id = each.value.origin_policy
  }
  restrictions {
    geo_restriction { restriction_type = "none" }
  }
  viewer_certificate {
    cloudfront_default_certificate = each.value.certificate == "" ? true : null
    acm_certificate_arn            = each.value.certificate == "" ? null : each.value.certificate
    ssl_support_method             = each.value.certificate == "" ? null : "sni-only"
    minimum_protocol_version       = each.value.certificate == "" ? null : "TLSv1.2_2021"
  }
}

resource "aws_cloudfront_origin_request_policy" "authorization" {
  name = "authorization"
  headers_config {
    header_behavior = "whitelist"
    headers { items = ["Host", "Authorization"] }
  }
  cookies_config { cookie_behavior = "none" }
  query_strings_config { query_string_behavior = "none" }
}

resource "aws_api_gateway_domain_name" "taken" {
  domain_name              = "taken.lakeside.example"
  regional_certificate_arn = var.regional_certificate
  endpoint_configuration { types = ["REGIONAL"] }
}

resource "aws_apigatewayv2_domain_name" "duplicate" {
  domain_name = aws_api_gateway_domain_name.taken.domain_name
  domain_name_configuration {
    certificate_arn = var.regional_certificate
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_api_gateway_domain_name" "edge_without_certificate" {
  domain_name = "edge.lakeside.example"
  endpoint_configuration { types = ["EDGE"] }
}

resource "aws_api_gateway_domain_name" "not_issued" {
  domain_name              = "pending.lakeside.example"
  regional_certificate_arn = var.pending_certificate
  endpoint_configuration { types = ["REGIONAL"] }
}

resource "aws_api_gateway_domain_name" "certificate_of_other_region" {
  domain_name              = "far.lakeside.example"
  regional_certificate_arn = var.edge_certificate
  endpoint_configuration { types = ["REGIONAL"] }
}

resource "aws_api_gateway_domain_name" "not_covered" {
  domain_name              = "x.y.lakeside.example"
  regional_certificate_arn = var.regional_certificate
  endpoint_configuration { types = ["REGIONAL"] }
}

resource "aws_apigatewayv2_api_mapping" "missing_stage" {
  api_id      = var.http_api
  stage       = "nowhere"
  domain_name = aws_api_gateway_domain_name.taken.domain_name
}

resource "aws_api_gateway_base_path_mapping" "http_api_by_v1" {
  api_id      = var.http_api
  stage_name  = "$default"
  base_path   = "http"
  domain_name = aws_api_gateway_domain_name.taken.domain_name
}

# www has a CNAME record already.
resource "aws_route53_record" "beside_cname" {
  zone_id = var.zone_id
  name    = "www.lakeside.example"
  type    = "A"
  ttl     = 60
  records = ["192.0.2.1"]
}

resource "aws_route53_record" "cname_at_apex" {
  zone_id = var.zone_id
  name    = "lakeside.example"
  type    = "CNAME"
  ttl     = 60
  records = ["d111111abcdef8.cloudfront.net"]
}

resource "aws_route53_record" "target_health" {
  zone_id = var.zone_id
  name    = "health.lakeside.example"
  type    = "A"
  alias {
    name                   = aws_cloudfront_distribution.owner.domain_name
    zone_id                = aws_cloudfront_distribution.owner.hosted_zone_id
    evaluate_target_health = true
  }
}

resource "aws_route53_record" "zone_of_alias" {
  zone_id = var.zone_id
  name    = "zone.lakeside.example"
  type    = "A"
  alias {
    name                   = aws_cloudfront_distribution.owner.domain_name
    zone_id                = var.zone_id
    evaluate_target_health = false
  }
}
