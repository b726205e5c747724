package sim

import (
	"slices"
	"strings"
)

// deliveryFormats are the formats of a destination.
var deliveryFormats = []string{"", "w3c", "raw", "json", "plain", "parquet"}

// deliveryKind is the kind of a destination by the ARN of where it leads; "" if it is
// not modelled.
func deliveryKind(arn string) string {
	switch {
	case strings.HasPrefix(arn, "arn:aws:s3:::"):
		return "S3"
	case strings.HasPrefix(arn, "arn:aws:logs:") && strings.Contains(arn, ":log-group:"):
		return "CWL"
	}
	return ""
}

// putDeliveryDestination guards rule V38: a destination keeps the format that it was
// made with.
func (s *Sim) putDeliveryDestination(req *request) (answer, error) {
	var in struct {
		Name   string            `json:"name"`
		Format string            `json:"outputFormat"`
		Kind   string            `json:"deliveryDestinationType"`
		Tags   map[string]string `json:"tags"`
		Config struct {
			Resource string `json:"destinationResourceArn"`
		} `json:"deliveryDestinationConfiguration"`
	}
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	if err := checkDeliveryName(in.Name); err != nil {
		return answer{}, err
	}
	kind := deliveryKind(in.Config.Resource)
	switch {
	case !slices.Contains(deliveryFormats, in.Format):
		return answer{}, refuse("ValidationException", "1 validation error detected: Value '%s' at 'outputFormat' failed to satisfy constraint: Member must satisfy enum value set: [w3c, raw, json, plain, parquet]", in.Format)
	case kind == "" || in.Kind != "" && in.Kind != kind:
		return answer{}, notModelled("log delivery to %q", in.Config.Resource)
	}
	l := s.logsOf(req)
	d, there := l.Destinations[in.Name]
	switch {
	case there && len(in.Tags) > 0:
		return answer{}, refuse("ConflictException", tagsOnlyAtFirst)
	case there && in.Format != "" && in.Format != d.Format:
		return answer{}, refuse("ValidationException", "Update to existing Delivery Destination with new Output Format is not allowed. Please create a new Delivery Destination instead.")
	case !there:
		d = &deliveryDestination{
			Name: in.Name, ARN: "arn:aws:logs:" + req.region + ":" + req.account.ID + ":delivery-destination:" + in.Name,
			Format: in.Format, Tags: in.Tags,
		}
		l.Destinations[in.Name] = d
	}
	d.Resource = in.Config.Resource
	return json11Answer(map[string]any{"deliveryDestination": shownDestination(d)})
}

func shownDestination(d *deliveryDestination) map[string]any {
	shown := withTags(map[string]any{
		"name": d.Name, "arn": d.ARN, "deliveryDestinationType": deliveryKind(d.Resource),
		"deliveryDestinationConfiguration": map[string]string{"destinationResourceArn": d.Resource},
	}, d.Tags)
	if d.Format != "" {
		shown["outputFormat"] = d.Format
	}
	return shown
}

func (s *Sim) getDeliveryDestination(req *request) (answer, error) {
	var in nameInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	d := s.logsOf(req).Destinations[in.Name]
	if d == nil {
		return answer{}, refuse("ResourceNotFoundException", noDeliveryDestination)
	}
	return json11Answer(map[string]any{"deliveryDestination": shownDestination(d)})
}

func (s *Sim) describeDeliveryDestinations(req *request) (answer, error) {
	page, next, err := pageOfDeliveries(s, req, s.logsOf(req).Destinations)
	if err != nil {
		return answer{}, err
	}
	return listed("deliveryDestinations", page, next, shownDestination)
}

// deleteDeliveryDestination guards rule V38: not while a delivery leads there. The words
// of that refusal are ours.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDeliveryDestination.html
func (s *Sim) deleteDeliveryDestination(req *request) (answer, error) {
	var in nameInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	l := s.logsOf(req)
	d := l.Destinations[in.Name]
	if d == nil {
		return answer{}, refuse("ResourceNotFoundException", noDeliveryDestination)
	}
	for _, o := range l.Deliveries {
		if o.Destination == d.ARN {
			return answer{}, refuse("ConflictException", "The Delivery Destination is associated with a Delivery. Please delete the Delivery first.")
		}
	}
	delete(l.Destinations, in.Name)
	return json11Answer(struct{}{})
}

type createDeliveryInput struct {
	Source      string            `json:"deliverySourceName"`
	Destination string            `json:"deliveryDestinationArn"`
	Fields      []string          `json:"recordFields"`
	Delimiter   string            `json:"fieldDelimiter"`
	Tags        map[string]string `json:"tags"`
	S3          struct {
		Suffix string `json:"suffixPath"`
		Hive   bool   `json:"enableHiveCompatiblePath"`
	} `json:"s3DeliveryConfiguration"`
}

// createDelivery guards rule V38: one delivery of each kind of destination for a source,
// to a bucket or a log group that exists and whose policy lets logs in. AWS adds to the
// policy what lacks, if the caller may; authorize has asked for that.
func (s *Sim) createDelivery(req *request) (answer, error) {
	var in createDeliveryInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	l := s.logsOf(req)
	to := l.destination(in.Destination)
	switch {
	case l.Sources[in.Source] == nil:
		return answer{}, refuse("ResourceNotFoundException", noDeliverySource)
	case to == nil:
		return answer{}, refuse("ResourceNotFoundException", noDeliveryDestination)
	}
	kind := deliveryKind(to.Resource)
	for _, d := range l.Deliveries {
		switch {
		case d.Source != in.Source:
		case d.Destination == in.Destination:
			return answer{}, refuse("ConflictException", "The specified Delivery already exists")
		case d.Kind == kind:
			return answer{}, refuse("ConflictException", "Delivery already exists for this Delivery Source with the same Delivery Destination Type.")
		}
	}
	if err := s.openTo(req, to, in.S3.Suffix); err != nil {
		return answer{}, err
	}
	d := &delivery{
		ID: s.newID("", 16), Source: in.Source, Destination: in.Destination, Kind: kind,
		Fields: in.Fields, Delimiter: in.Delimiter, Hive: in.S3.Hive, Tags: in.Tags,
	}
	if len(d.Fields) == 0 {
		d.Fields = slices.Clone(recordFields)
	}
	if kind == "S3" {
		d.Suffix = s3Suffix(to.Resource, in.S3.Suffix)
	}
	d.ARN = "arn:aws:logs:" + req.region + ":" + req.account.ID + ":delivery:" + d.ID
	l.Deliveries[d.ID] = d
	return json11Answer(map[string]any{"delivery": shownDelivery(d)})
}

// destination is the one with the ARN, nil if there is none.
func (l *logDeliveries) destination(arn string) *deliveryDestination {
	return l.Destinations[arn[strings.LastIndex(arn, ":")+1:]]
}

// s3Suffix is the path below the bucket or its prefix: without a prefix, CloudFront puts
// one of its own before it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html#send-logs-s3
func s3Suffix(resource, suffix string) string {
	if strings.Contains(strings.TrimPrefix(resource, "arn:aws:s3:::"), "/") {
		return suffix
	}
	return "AWSLogs/{account-id}/CloudFront/" + suffix
}

// openTo lets logs in where a destination leads. The words of the refusals are ours.
func (s *Sim) openTo(req *request, to *deliveryDestination, suffix string) error {
	if g := s.groupOf(req, to); g != nil {
		g.Delivers = true
		return nil
	}
	if b := s.bucketOf(to); b != nil {
		if b.Account != req.account.ID {
			return refuseWith(400, "AccessDeniedException", "The bucket %s belongs to another account.", b.Name)
		}
		if way := deliveryWay(req.account.ID, to.Resource, suffix); !slices.Contains(b.Delivers, way) {
			b.Delivers = append(b.Delivers, way)
		}
		return nil
	}
	return refuse("ResourceNotFoundException", "The specified destination %s does not exist.", to.Resource)
}

// deliveryWay is the path that the policy of a bucket is to open.
func deliveryWay(account, resource, suffix string) string {
	_, prefix, _ := strings.Cut(strings.TrimPrefix(resource, "arn:aws:s3:::"), "/")
	return account + " " + strings.Trim(prefix+"/"+s3Suffix(resource, suffix), "/")
}

// groupOf is the log group that a destination leads to, nil if there is none.
func (s *Sim) groupOf(req *request, to *deliveryDestination) *logGroup {
	name, ok := strings.CutPrefix(to.Resource, "arn:aws:logs:"+req.region+":"+req.account.ID+":log-group:")
	if !ok {
		return nil
	}
	return s.logsOf(req).Groups[strings.TrimSuffix(name, ":*")]
}

// bucketOf is the bucket that a destination leads to, nil if there is none.
func (s *Sim) bucketOf(to *deliveryDestination) *bucket {
	name, _, _ := strings.Cut(strings.TrimPrefix(to.Resource, "arn:aws:s3:::"), "/")
	return s.buckets[name]
}

func shownDelivery(d *delivery) map[string]any {
	shown := withTags(map[string]any{
		"id": d.ID, "arn": d.ARN, "deliverySourceName": d.Source, "deliveryDestinationArn": d.Destination,
		"deliveryDestinationType": d.Kind, "recordFields": d.Fields, "fieldDelimiter": d.Delimiter,
	}, d.Tags)
	if d.Kind == "S3" {
		shown["s3DeliveryConfiguration"] = map[string]any{"suffixPath": d.Suffix, "enableHiveCompatiblePath": d.Hive}
	}
	return shown
}

type idInput struct {
	ID string `json:"id"`
}

func (s *Sim) getDelivery(req *request) (answer, error) {
	var in idInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	d := s.logsOf(req).Deliveries[in.ID]
	if d == nil {
		return answer{}, refuse("ResourceNotFoundException", noDelivery)
	}
	return json11Answer(map[string]any{"delivery": shownDelivery(d)})
}

func (s *Sim) describeDeliveries(req *request) (answer, error) {
	page, next, err := pageOfDeliveries(s, req, s.logsOf(req).Deliveries)
	if err != nil {
		return answer{}, err
	}
	return listed("deliveries", page, next, shownDelivery)
}

func (s *Sim) deleteDelivery(req *request) (answer, error) {
	var in idInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	l := s.logsOf(req)
	if l.Deliveries[in.ID] == nil {
		return answer{}, refuse("ResourceNotFoundException", noDelivery)
	}
	delete(l.Deliveries, in.ID)
	return json11Answer(struct{}{})
}

// recordFields are those of a delivery that names none.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
var recordFields = []string{
	"date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status", "cs(Referer)",
	"cs(User-Agent)", "cs-uri-query", "cs(Cookie)", "x-edge-result-type", "x-edge-request-id", "x-host-header", "cs-protocol",
	"cs-bytes", "time-taken", "x-forwarded-for", "ssl-protocol", "ssl-cipher", "x-edge-response-result-type", "cs-protocol-version",
	"fle-status", "fle-encrypted-fields", "c-port", "time-to-first-byte", "x-edge-detailed-result-type", "sc-content-type",
	"sc-content-len", "sc-range-start", "sc-range-end", "c-country", "cache-behavior-path-pattern",
}
