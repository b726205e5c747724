package sim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxDistributions is how many distributions an account may have.
const maxDistributions = 500

// distributionXML is the Distribution document.
type distributionXML struct {
	ID                            string `xml:"Id"`
	ARN                           string
	Status                        string
	LastModifiedTime              string
	InProgressInvalidationBatches int
	DomainName                    string
	ActiveTrustedSigners          trustedSigners
	ActiveTrustedKeyGroups        trustedKeyGroups
	DistributionConfig            *distributionConfig
	AliasICPRecordals             []aliasRecordal `xml:"AliasICPRecordals>AliasICPRecordal"`
}

type aliasRecordal struct {
	CNAME             string
	ICPRecordalStatus string
}

// distributionSummary is an item of the DistributionList document. It has
// neither tags nor the caller reference.
type distributionSummary struct {
	ID                   string `xml:"Id"`
	ARN                  string
	ETag                 string
	Status               string
	LastModifiedTime     string
	DomainName           string
	Aliases              *aliases
	Origins              *origins
	OriginGroups         *originGroups
	DefaultCacheBehavior *cacheBehavior
	CacheBehaviors       *cacheBehaviors
	CustomErrorResponses *customErrorResponses
	Comment              string
	PriceClass           string
	Enabled              bool
	ViewerCertificate    *viewerCertificate
	Restrictions         *restrictions
	WebACLID             string `xml:"WebACLId"`
	HTTPVersion          string `xml:"HttpVersion"`
	IPv6                 *bool  `xml:"IsIPV6Enabled"`
	Staging              bool
	ConnectionMode       string `xml:",omitempty"`
}

// status is InProgress until every edge has the last change.
func (d *distribution) status(now time.Time) string {
	if now.Before(d.DeployedAt) {
		return "InProgress"
	}
	return "Deployed"
}

func (d *distribution) document(now time.Time) distributionXML {
	doc := distributionXML{
		ID: d.ID, ARN: d.ARN, Status: d.status(now), LastModifiedTime: cloudFrontTime(d.ModifiedAt), DomainName: d.DomainName,
		DistributionConfig: &d.Config,
	}
	for _, i := range d.Invalidations {
		if i.status(now) == "InProgress" {
			doc.InProgressInvalidationBatches++
		}
	}
	for _, a := range d.Config.aliases() {
		doc.AliasICPRecordals = append(doc.AliasICPRecordals, aliasRecordal{CNAME: a, ICPRecordalStatus: "APPROVED"})
	}
	return doc
}

func (d *distribution) summary(now time.Time) distributionSummary {
	c := &d.Config
	return distributionSummary{
		ID: d.ID, ARN: d.ARN, ETag: d.ETag, Status: d.status(now), LastModifiedTime: cloudFrontTime(d.ModifiedAt), DomainName: d.DomainName,
		Aliases: c.Aliases, Origins: c.Origins, OriginGroups: c.OriginGroups, DefaultCacheBehavior: c.DefaultCacheBehavior, CacheBehaviors: c.CacheBehaviors,
		CustomErrorResponses: c.CustomErrorResponses, Comment: c.Comment, PriceClass: c.PriceClass, Enabled: c.Enabled,
		ViewerCertificate: c.ViewerCertificate, Restrictions: c.Restrictions, WebACLID: c.WebACLID, HTTPVersion: strings.Replace(c.HTTPVersion, "http", "HTTP", 1), IPv6: c.IPv6, // the list has its own spelling
		Staging: c.Staging, ConnectionMode: c.ConnectionMode,
	}
}

// serve sends a config to the edges: the first has it after a third of
// Pace.Deploy, the second after two thirds, and then it is Deployed.
func (s *Sim) serve(d *distribution, config distributionConfig) {
	s.serveWithin(d, config, s.takes(s.cfg.Pace.Deploy, "deploy", d.ID, s.now()))
}

// serveWithin is serve in a time that is given.
func (s *Sim) serveWithin(d *distribution, config distributionConfig, deploy time.Duration) {
	now := s.now()
	s.releaseViewerCertificate(d, &config)
	d.Config, d.ETag, d.ModifiedAt, d.DeployedAt = config, s.newETag(), now, now.Add(deploy)
	for i := range d.Edges {
		d.Edges[i] = servedConfig{
			Before: d.Edges[i].at(now), Config: &config,
			From: now.Add(deploy * time.Duration(i+1) / time.Duration(len(d.Edges)+1)),
		}
	}
	if c := s.certificate(config.certificateARN()); c != nil {
		c.useBy(d.ARN)
	}
}

// releaseViewerCertificate lets go of the certificate that the next config
// (nil: there is none) does not use.
func (s *Sim) releaseViewerCertificate(d *distribution, next *distributionConfig) {
	was := d.Config.certificateARN()
	if next != nil && next.certificateARN() == was {
		return
	}
	if c := s.certificate(was); c != nil {
		c.release(d.ARN, s.now())
	}
}

// findDistribution is the account's distribution of that ID.
func (s *Sim) findDistribution(req *request, id string) (*distribution, error) {
	d, ok := s.distributions[id]
	if !ok {
		return nil, refuseWith(http.StatusNotFound, "NoSuchDistribution", "The specified distribution does not exist.")
	}
	if d.Account != req.account.ID {
		return nil, refuseWith(http.StatusForbidden, "AccessDenied", "Access denied for operation '%s'.", req.op)
	}
	return d, nil
}

// createDistribution answers CreateDistribution.
func (s *Sim) createDistribution(req *request) (answer, error) {
	var config distributionConfig
	if _, err := decodeXML(req, "DistributionConfig", &config); err != nil {
		return answer{}, err
	}
	return s.addDistribution(req, config, nil)
}

// createDistributionWithTags answers CreateDistributionWithTags.
func (s *Sim) createDistributionWithTags(req *request) (answer, error) {
	var in struct {
		DistributionConfig *distributionConfig
		Tags               *tagsXML
	}
	if _, err := decodeXML(req, "DistributionConfigWithTags", &in); err != nil {
		return answer{}, err
	}
	if in.DistributionConfig == nil || in.Tags == nil {
		return answer{}, invalidArgument("The parameters DistributionConfig and Tags are required.")
	}
	tags := in.Tags.tags()
	if err := checkDistributionTags(nil, tags); err != nil {
		return answer{}, err
	}
	return s.addDistribution(req, *in.DistributionConfig, tags)
}

func (s *Sim) addDistribution(req *request, config distributionConfig, tags map[string]string) (answer, error) {
	if !req.account.Verified { // rule V24
		return answer{}, refuseWith(http.StatusForbidden, "AccessDenied",
			"Your account must be verified before you can add new CloudFront resources. To verify your account, please contact AWS Support (https://console.aws.amazon.com/support/home#/) and include this error message.")
	}
	if err := s.callerReferenceFree(req.account.ID, config.CallerReference); err != nil {
		return answer{}, err
	}
	if err := s.checkDistribution(req, &config); err != nil {
		return answer{}, err
	}
	for _, a := range config.aliases() {
		if err := s.aliasAddable(a, req.account.ID, nil); err != nil {
			return answer{}, err
		}
	}
	own := 0
	for _, d := range s.distributions {
		if d.Account == req.account.ID {
			own++
		}
	}
	if own >= maxDistributions {
		return answer{}, refuse("TooManyDistributions", "Processing your request would cause you to exceed the maximum number of distributions allowed.")
	}
	config.fill()
	d := &distribution{
		ID: s.newID("E", 13), Account: req.account.ID, DomainName: s.newLowerID("d", 13) + ".cloudfront.net",
		Tags: copyTags(tags), Invalidations: map[string]*invalidation{},
	}
	d.ARN = "arn:aws:cloudfront::" + d.Account + ":distribution/" + d.ID
	s.serve(d, config)
	s.distributions[d.ID] = d
	s.spent[referenceKey(d.Account, config.CallerReference)] = s.now()
	a, err := cloudFrontAnswer(http.StatusCreated, "Distribution", d.document(s.now()), d.ETag)
	return created(a, err, "/distribution/"+d.ID)
}

func referenceKey(account, reference string) string {
	return "cloudfront " + account + " " + reference
}

// callerReferenceFree is rule V22: a caller reference makes one distribution,
// whatever the rest of the config says, even after that one is gone.
func (s *Sim) callerReferenceFree(account, reference string) error {
	if reference == "" {
		return invalidArgument("The parameter CallerReference is required.")
	}
	for _, d := range s.distributions {
		if d.Account == account && d.Config.CallerReference == reference {
			return refuseWith(http.StatusConflict, "DistributionAlreadyExists",
				"The caller reference that you are using to create a distribution is associated with another distribution. Already exists: %s", d.ID)
		}
	}
	if _, used := s.spent[referenceKey(account, reference)]; used {
		return refuseWith(http.StatusConflict, "DistributionAlreadyExists",
			"The caller reference that you are using to create a distribution was used for a distribution that has been deleted.")
	}
	return nil
}

// getDistribution answers GetDistribution.
func (s *Sim) getDistribution(req *request) (answer, error) {
	d, err := s.findDistribution(req, req.arg("id"))
	if err != nil {
		return answer{}, err
	}
	return cloudFrontAnswer(http.StatusOK, "Distribution", d.document(s.now()), d.ETag)
}

// getDistributionConfig answers GetDistributionConfig.
func (s *Sim) getDistributionConfig(req *request) (answer, error) {
	d, err := s.findDistribution(req, req.arg("id"))
	if err != nil {
		return answer{}, err
	}
	return cloudFrontAnswer(http.StatusOK, "DistributionConfig", &d.Config, d.ETag)
}

// updateDistribution answers UpdateDistribution: the whole config is replaced.
// It guards rule V25 with checkIfMatch and requiredAtUpdate.
func (s *Sim) updateDistribution(req *request) (answer, error) {
	d, err := s.findDistribution(req, req.arg("id"))
	if err != nil {
		return answer{}, err
	}
	var config distributionConfig
	tree, err := decodeXML(req, "DistributionConfig", &config)
	if err != nil {
		return answer{}, err
	}
	if err := checkIfMatch(req, d.ETag); err != nil {
		return answer{}, err
	}
	if config.CallerReference != d.Config.CallerReference {
		return answer{}, refuse("IllegalUpdate", "The update contains modifications that are not allowed: the caller reference cannot be changed.")
	}
	if err := requiredAtUpdate(tree); err != nil {
		return answer{}, err
	}
	if err := s.checkDistribution(req, &config); err != nil {
		return answer{}, err
	}
	for _, a := range config.aliases() {
		if d.Config.hasAlias(a) {
			continue
		}
		if err := s.aliasAddable(a, req.account.ID, d); err != nil {
			return answer{}, err
		}
	}
	config.fill()
	s.serve(d, config)
	return cloudFrontAnswer(http.StatusOK, "Distribution", d.document(s.now()), d.ETag)
}

// requiredAtUpdate is rule V25, its second half: what CreateDistribution fills
// in, UpdateDistribution wants to be told.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-overview-required-fields.html
func requiredAtUpdate(config *element) error {
	for _, name := range []string{
		"Aliases", "DefaultRootObject", "CacheBehaviors", "CustomErrorResponses", "Logging", "PriceClass",
		"ViewerCertificate", "Restrictions", "WebACLId", "HttpVersion",
	} {
		if config.child(name) == nil {
			return invalidArgument("The parameter %s is required.", name)
		}
	}
	behaviors := []*element{config.child("DefaultCacheBehavior")}
	if items := config.child("CacheBehaviors").child("Items"); items != nil {
		for i := range items.Children {
			behaviors = append(behaviors, &items.Children[i])
		}
	}
	for _, b := range behaviors {
		for _, name := range []string{"AllowedMethods", "SmoothStreaming", "Compress", "LambdaFunctionAssociations", "FieldLevelEncryptionId"} {
			if b.child(name) == nil && name == "SmoothStreaming" {
				return invalidArgument("The parameter SmoothStreaming flag is missing.")
			}
			if b.child(name) == nil {
				return invalidArgument("The parameter %s is required.", name)
			}
		}
	}
	return nil
}

// deleteDistribution answers DeleteDistribution, and is rule V26: the current
// ETag, disabled, and Deployed at every edge.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HowToDeleteDistribution.html
func (s *Sim) deleteDistribution(req *request) (answer, error) {
	d, err := s.findDistribution(req, req.arg("id"))
	if err != nil {
		return answer{}, err
	}
	if err := checkIfMatch(req, d.ETag); err != nil {
		return answer{}, err
	}
	if d.Config.Enabled || d.status(s.now()) != "Deployed" {
		return answer{}, refuseWith(http.StatusConflict, "DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")
	}
	if d.Plan {
		return answer{}, refuseWith(http.StatusPreconditionFailed, "PreconditionFailed", "You can't delete this distribution while it's subscribed to a pricing plan. "+
			"After you cancel the pricing plan, you can delete the distribution at the end of monthly billing cycle.")
	}
	s.releaseViewerCertificate(d, nil)
	delete(s.distributions, d.ID)
	return emptyAnswer(http.StatusNoContent)
}

// listDistributions answers ListDistributions.
func (s *Sim) listDistributions(req *request) (answer, error) {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(s.distributions)) {
		if s.distributions[id].Account == req.account.ID {
			ids = append(ids, id)
		}
	}
	page, err := s.cloudFrontPageOf(req, ids)
	if err != nil {
		return answer{}, err
	}
	out := struct {
		Marker      string
		NextMarker  string `xml:",omitempty"`
		MaxItems    int
		IsTruncated bool
		Quantity    int
		Items       []distributionSummary `xml:"Items>DistributionSummary"`
	}{Marker: page.marker, NextMarker: page.next, MaxItems: page.size, IsTruncated: page.next != "", Quantity: len(page.keys)}
	for _, id := range page.keys {
		out.Items = append(out.Items, s.distributions[id].summary(s.now()))
	}
	return cloudFrontAnswer(http.StatusOK, "DistributionList", out, "")
}
