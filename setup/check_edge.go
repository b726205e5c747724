package setup

import (
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Limits of the edge settings. The longest TTL is a year, as in CloudFront's
// console. 120 s is the longest read timeout without a higher quota.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
const (
	MaxTTL         = 31_536_000 // seconds
	MaxReadTimeout = 120        // seconds
	MaxComment     = 128        // characters
)

// The values that apifront offers, out of those that CloudFront accepts, best
// first.
var (
	cachings  = []string{CachingOff, CachingAPI, CachingFixed}
	methods   = []string{MethodsAll, MethodsOptions, MethodsRead}
	protocols = []string{ViewerRedirect, ViewerHTTPSOnly}
)

// Cachings are the values of Edge.Caching.
func Cachings() []string { return slices.Clone(cachings) }

// MethodSets are the values of Edge.Methods.
func MethodSets() []string { return slices.Clone(methods) }

// ViewerProtocols are the values of Edge.ViewerProtocol.
func ViewerProtocols() []string { return slices.Clone(protocols) }

// MinimumTLSs are the values of Edge.MinimumTLS: the security policies of
// CloudFront that allow only TLS 1.2 with forward secrecy or newer.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html
func MinimumTLSs() []string { return []string{"TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"} }

// HTTPVersions are the values of Edge.HTTPVersion.
func HTTPVersions() []string { return []string{"http2and3", "http2"} }

// PriceClasses are the values of Edge.PriceClass.
func PriceClasses() []string { return []string{"PriceClass_All", "PriceClass_200", "PriceClass_100"} }

func checkEdge(j *judge, s Spec, _ Facts) {
	e := s.Edge
	if !slices.Contains(cachings, e.Caching) {
		j.stop("edge.caching", "Choose whether CloudFront keeps answers")
	}
	if e.Caching == CachingFixed && (e.TTL < 1 || e.TTL > MaxTTL) {
		j.stop("edge.ttl", TTLText)
	}
	if e.Caching != CachingOff {
		if read, err := ReadKeyHeaders(e.KeyHeaders); err != nil {
			j.stop("edge.key_headers", err.Error())
		} else if !slices.Equal(read, e.KeyHeaders) {
			j.stop("edge.key_headers", "Save this page once, so that each header is written once and as CloudFront knows it")
		}
	}
	if name, ok := ReadOriginHeader(e.OriginHeader); e.OriginHeader != "" && (!ok || name != e.OriginHeader) {
		j.stop("edge.origin_header", OriginHeaderText)
	}
	switch {
	case len(e.Accepts) > 0 && !e.Keeps():
		j.stop("edge.accepts", "Save this page once: nothing is kept, so there is nothing to accept")
	case !slices.Equal(e.Accepts, ReadShared(e.Accepts)):
		j.stop("edge.accepts", "Choose what may be shared from this list")
	}
	for _, x := range []struct {
		field, value string
		values       []string
	}{
		{"edge.methods", e.Methods, methods},
		{"edge.viewer_protocol", e.ViewerProtocol, protocols},
		{"edge.minimum_tls", e.MinimumTLS, MinimumTLSs()},
		{"edge.http_version", e.HTTPVersion, HTTPVersions()},
		{"edge.price_class", e.PriceClass, PriceClasses()},
	} {
		if !slices.Contains(x.values, x.value) {
			j.stop(x.field, "Choose one of the values in this list")
		}
	}
	if e.ReadTimeout < 1 || e.ReadTimeout > MaxReadTimeout {
		j.stop("edge.read_timeout", ReadTimeoutText)
	}
	if e.WebACL != "" && !IsWebACL(e.WebACL) {
		j.stop("edge.web_acl", "Enter the ARN of a web ACL for CloudFront, like arn:aws:wafv2:us-east-1:111122223333:global/webacl/name/id")
	}
	checkAccessLogs(j, s)
	if utf8.RuneCountInString(e.Comment) > MaxComment {
		j.stop("edge.comment", "Shorten the comment to "+strconv.Itoa(MaxComment)+" characters")
	}
	if err := CheckTags(e.Tags); err != nil {
		j.stop("edge.tags", err.Error())
	}
	if shared := e.SharedText(); shared != "" {
		j.say(FaultNotice, "edge.key_headers", "Kept answers do not tell all callers apart", shared)
	}
}

// The sentences about numbers that cannot be read, or are too small or too
// large.
const (
	TTLText         = "Enter a whole number of seconds from 1 to 31,536,000, which is a year"
	ReadTimeoutText = "Enter a whole number of seconds from 1 to 120"
)

// webACLPattern matches the ARN of a web ACL for CloudFront. Its name has
// letters, digits, hyphens and underscores.
// https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html
var webACLPattern = regexp.MustCompile(`^arn:aws[a-z-]*:wafv2:us-east-1:[0-9]{12}:global/webacl/[A-Za-z0-9_-]+/[A-Za-z0-9_-]+$`)

// IsWebACL says whether a text is the ARN of a web ACL for CloudFront.
func IsWebACL(arn string) bool { return webACLPattern.MatchString(arn) }
