# Two front doors in two regions: one made with the operations of REST APIs,
# one with those of HTTP APIs. Regional parts are in eu-west-1, certificates of
# the edge in us-east-1.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "zone" { type = string }
variable "rest_api" { type = string }
variable "http_api" { type = string }
variable "read_timeout" {
  type    = number
  default = 60
}

# Endpoint and credentials come from the environment, as on a real account.
provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { made-by = "terraform" }
  }
}

provider "aws" {
  alias  = "edge"
  region = "us-east-1"
  default_tags {
    tags = { made-by = "terraform" }
  }
}

data "aws_caller_identity" "me" {}
data "aws_route53_zone" "zone" { name = var.zone }

resource "aws_cloudfront_cache_policy" "by_language" {
  name        = "by-language"
  comment     = "an answer for each language and page"
  min_ttl     = 0
  default_ttl = 60
  max_ttl     = 3600
  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true
    headers_config {
      header_behavior = "whitelist"
      headers { items = ["Authorization", "Accept-Language"] }
    }
    cookies_config { cookie_behavior = "none" }
    query_strings_config {
      query_string_behavior = "whitelist"
      query_strings { items = ["page"] }
    }
  }
}

resource "aws_cloudfront_origin_request_policy" "host" {
  name = "host-and-language"
  headers_config {
    header_behavior = "whitelist"
    headers { items = ["Host", "Accept-Language"] }
  }
  cookies_config { cookie_behavior = "all" }
  query_strings_config { query_string_behavior = "all" }
}

module "rest" {
  source                = "./stack"
  providers             = { aws = aws, aws.edge = aws.edge }
  name                  = "rest.${var.zone}"
  zone_id               = data.aws_route53_zone.zone.zone_id
  kind                  = "REST"
  api                   = var.rest_api
  stage                 = "prod"
  read_timeout          = var.read_timeout
  cache_policy          = aws_cloudfront_cache_policy.by_language.id
  origin_request_policy = aws_cloudfront_origin_request_policy.host.id
}

module "http" {
  source                = "./stack"
  providers             = { aws = aws, aws.edge = aws.edge }
  name                  = "http.${var.zone}"
  zone_id               = data.aws_route53_zone.zone.zone_id
  kind                  = "HTTP"
  api                   = var.http_api
  stage                 = "$default"
  read_timeout          = var.read_timeout
  cache_policy          = data.aws_cloudfront_cache_policy.disabled.id
  origin_request_policy = data.aws_cloudfront_origin_request_policy.all.id
}

data "aws_cloudfront_cache_policy" "disabled" { name = "Managed-CachingDisabled" }
data "aws_cloudfront_origin_request_policy" "all" { name = "Managed-AllViewer" }

output "account" { value = data.aws_caller_identity.me.account_id }
output "distributions" { value = { rest = module.rest.distribution, http = module.http.distribution } }
