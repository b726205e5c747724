package sim

// fill gives every member that CreateDistribution leaves open the value that
// AWS shows afterwards.
func (c *distributionConfig) fill() {
	setNil(&c.Aliases, aliases{})
	setNil(&c.CacheBehaviors, cacheBehaviors{})
	setNil(&c.CustomErrorResponses, customErrorResponses{})
	setNil(&c.OriginGroups, originGroups{})
	setNil(&c.Logging, loggingConfig{})
	setNil(&c.Restrictions, restrictions{GeoRestriction: geoRestriction{RestrictionType: "none"}})
	setNil(&c.IPv6, true)
	c.PriceClass = or(c.PriceClass, "PriceClass_All")
	c.HTTPVersion = or(c.HTTPVersion, "http2")
	c.ConnectionMode = or(c.ConnectionMode, "direct")
	setNil(&c.ViewerCertificate, viewerCertificate{CloudFrontDefaultCertificate: true})
	c.ViewerCertificate.fill()
	for i := range c.Origins.Items {
		c.Origins.Items[i].fill()
	}
	for _, b := range c.behaviors() {
		b.fill()
	}
}

// setNil gives *p a value if it has none.
func setNil[T any](p **T, v T) {
	if *p == nil {
		*p = &v
	}
}

func (v *viewerCertificate) fill() {
	if v.ACMCertificateArn != "" {
		v.Certificate, v.CertificateSource = v.ACMCertificateArn, "acm"
		v.MinimumProtocolVersion = or(v.MinimumProtocolVersion, "TLSv1")
		return
	}
	*v = viewerCertificate{CloudFrontDefaultCertificate: true, SSLSupportMethod: "vip", MinimumProtocolVersion: "TLSv1", CertificateSource: "cloudfront"}
}

func (o *origin) fill() {
	setNil(&o.CustomHeaders, customHeaders{})
	setNil(&o.ConnectionAttempts, 3)
	setNil(&o.ConnectionTimeout, 10)
	setNil(&o.OriginShield, originShield{})
	c := o.CustomOriginConfig
	if c == nil {
		return
	}
	setNil(&c.OriginSslProtocols, sslProtocols{Quantity: 3, Items: []string{"TLSv1", "TLSv1.1", "TLSv1.2"}})
	setNil(&c.OriginReadTimeout, 30)
	setNil(&c.OriginKeepaliveTimeout, 5)
	c.IPAddressType = or(c.IPAddressType, "ipv4")
}

func (b *cacheBehavior) fill() {
	setNil(&b.AllowedMethods, allowedMethods{Quantity: 2, Items: []string{"HEAD", "GET"}})
	setNil(&b.AllowedMethods.CachedMethods, cachedMethods{Quantity: 2, Items: []string{"HEAD", "GET"}})
	setNil(&b.TrustedSigners, trustedSigners{})
	setNil(&b.TrustedKeyGroups, trustedKeyGroups{})
	setNil(&b.LambdaFunctionAssociations, lambdaFunctionAssociations{})
	setNil(&b.FunctionAssociations, functionAssociations{})
	setNil(&b.GrpcConfig, grpcConfig{})
	if b.ForwardedValues == nil {
		return
	}
	setNil(&b.ForwardedValues.Headers, nameList{})
	setNil(&b.ForwardedValues.QueryStringCacheKeys, nameList{})
	setNil(&b.MinTTL, 0)
	setNil(&b.DefaultTTL, max(86400, *b.MinTTL))
	setNil(&b.MaxTTL, max(31536000, *b.DefaultTTL))
}
