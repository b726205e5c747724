package sim

import "time"

// managedSince is when the managed policies were last changed, for their
// LastModifiedTime.
var managedSince = time.Date(2024, time.November, 20, 0, 0, 0, 0, time.UTC)

// managedCachePolicies are AWS's own, the same in every account.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
var managedCachePolicies = []cachePolicy{
	managedCache("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "Managed-CachingDisabled", "Policy with caching disabled",
		0, 0, 0, cacheKeyConfig{}),
	managedCache("658327ea-f89d-4fab-a63d-7e88639e58f6", "Managed-CachingOptimized", "Policy with caching enabled. Supports Gzip and Brotli compression.",
		1, 86400, 31536000, cacheKeyConfig{Gzip: true, Brotli: true}),
	managedCache("b2884449-e4de-46a7-ac36-70bc7f1ddd6d", "Managed-CachingOptimizedForUncompressedObjects", "Default policy when compression is disabled",
		1, 86400, 31536000, cacheKeyConfig{}),
	managedCache("83da9c7e-98b4-4e11-a168-04f0df8e2c65", "UseOriginCacheControlHeaders", "Policy for origins that return Cache-Control headers. Query strings are not included in the cache key.",
		0, 0, 31536000, cacheKeyConfig{
			Gzip: true, Brotli: true, Cookies: &cookiesConfig{Behavior: "all"},
			Headers: whitelist("x-method-override", "origin", "host", "x-http-method", "x-http-method-override"),
		}),
	managedCache("4cc15a8a-d715-48a4-82b8-cc0b614638fe", "UseOriginCacheControlHeaders-QueryStrings", "Policy for origins that return Cache-Control headers and serve different content based on values present in the query string.",
		0, 0, 31536000, cacheKeyConfig{
			Gzip: true, Brotli: true, Cookies: &cookiesConfig{Behavior: "all"}, QueryStrings: &queryStringsConfig{Behavior: "all"},
			Headers: whitelist("x-method-override", "origin", "host", "x-http-method", "x-http-method-override"),
		}),
	managedCache("2e54312d-136d-493c-8eb9-b001f22f67d2", "Managed-Amplify", "Policy for Amplify Origin",
		2, 2, 600, cacheKeyConfig{
			Gzip: true, Brotli: true, Cookies: &cookiesConfig{Behavior: "all"}, QueryStrings: &queryStringsConfig{Behavior: "all"},
			Headers: whitelist("Authorization", "CloudFront-Viewer-Country", "Host"),
		}),
	managedCache("08627262-05a9-4f76-9ded-b50ca2e3a84f", "Managed-Elemental-MediaPackage", "Policy for Elemental MediaPackage Origin",
		0, 86400, 31536000, cacheKeyConfig{
			Gzip: true, Headers: whitelist("Origin"),
			QueryStrings: &queryStringsConfig{Behavior: "whitelist", QueryStrings: list("aws.manifestfilter", "start", "end", "m")},
		}),
}

// managedOriginPolicies are AWS's own origin request policies.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
var managedOriginPolicies = []originRequestPolicy{
	managedOrigin("216adef6-5c7f-47e4-b989-5492eafa07d3", "Managed-AllViewer", "Policy to forward all parameters in viewer requests",
		&headersConfig{Behavior: "allViewer"}, "all", "all"),
	managedOrigin("b689b0a8-53d0-40ab-baf2-68738e2966ac", "Managed-AllViewerExceptHostHeader", "Policy to forward all parameters in viewer requests except for the Host header",
		&headersConfig{Behavior: "allExcept", Headers: list("host")}, "all", "all"),
	managedOrigin("33f36d7e-f396-46d9-90e0-52428a34d9dc", "Managed-AllViewerAndCloudFrontHeaders-2022-06", "Policy to forward all parameters in viewer requests and all CloudFront headers that were released through June 2022",
		&headersConfig{Behavior: "allViewerAndWhitelistCloudFront", Headers: list(
			"CloudFront-Viewer-Http-Version", "CloudFront-Viewer-City", "CloudFront-Viewer-TLS", "CloudFront-Viewer-Longitude", "CloudFront-Is-SmartTV-Viewer",
			"CloudFront-Viewer-Time-Zone", "CloudFront-Is-Tablet-Viewer", "CloudFront-Is-IOS-Viewer", "CloudFront-Is-Mobile-Viewer", "CloudFront-Forwarded-Proto",
			"CloudFront-Viewer-Postal-Code", "CloudFront-Viewer-Country-Name", "CloudFront-Viewer-ASN", "CloudFront-Viewer-Country-Region", "CloudFront-Viewer-Metro-Code",
			"CloudFront-Viewer-Country-Region-Name", "CloudFront-Viewer-Country", "CloudFront-Is-Android-Viewer", "CloudFront-Viewer-Latitude", "CloudFront-Is-Desktop-Viewer",
			"CloudFront-Viewer-Address")}, "all", "all"),
	managedOrigin("bf0718e1-ba1e-49d1-88b1-f726733018ae", "Managed-HostHeaderOnly", "Policy to forward only the Host header",
		whitelist("Host"), "none", "none"),
	managedOrigin("59781a5b-3903-41f3-afcb-af62929ccde1", "Managed-CORS-CustomOrigin", "Policy for CORS with a custom origin",
		whitelist("Origin"), "none", "none"),
	managedOrigin("88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "Managed-CORS-S3Origin", "Policy for CORS with an S3 origin",
		whitelist("Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method"), "none", "none"),
	managedOrigin("acba4595-bd28-49b8-b9fe-13317c0390fa", "Managed-UserAgentRefererHeaders", "Policy to forward user-agent and referer headers to origin",
		whitelist("User-Agent", "Referer"), "none", "none"),
	managedOrigin("775133bc-15f2-49f9-abea-afb2e0bf67d2", "Managed-Elemental-MediaTailor-PersonalizedManifests", "Policy for Elemental MediaTailor",
		whitelist("Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method", "User-Agent", "X-Forwarded-For"), "none", "all"),
}

// list makes a counted list of names.
func list(names ...string) *nameList { return &nameList{Quantity: len(names), Items: names} }

// whitelist makes a headers config of those names only.
func whitelist(names ...string) *headersConfig {
	return &headersConfig{Behavior: "whitelist", Headers: list(names...)}
}

// managedCache makes a managed cache policy; what key leaves out is "none".
func managedCache(id, name, comment string, minimum, usual, maximum int64, key cacheKeyConfig) cachePolicy {
	if key.Headers == nil {
		key.Headers = &headersConfig{Behavior: "none"}
	}
	if key.Cookies == nil {
		key.Cookies = &cookiesConfig{Behavior: "none"}
	}
	if key.QueryStrings == nil {
		key.QueryStrings = &queryStringsConfig{Behavior: "none"}
	}
	return cachePolicy{
		ID: id, ETag: "E23ZP02F085DFQ", Managed: true, ModifiedAt: managedSince,
		Config: cachePolicyConfig{Name: name, Comment: comment, MinTTL: minimum, DefaultTTL: usual, MaxTTL: maximum, Key: &key},
	}
}

// managedOrigin makes a managed origin request policy.
func managedOrigin(id, name, comment string, headers *headersConfig, cookies, queries string) originRequestPolicy {
	return originRequestPolicy{
		ID: id, ETag: "E23ZP02F085DFQ", Managed: true, ModifiedAt: managedSince,
		Config: originRequestPolicyConfig{
			Name: name, Comment: comment, Headers: headers,
			Cookies: &cookiesConfig{Behavior: cookies}, QueryStrings: &queryStringsConfig{Behavior: queries},
		},
	}
}
