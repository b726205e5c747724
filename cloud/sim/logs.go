package sim

import (
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// logDeliveries are what an account has of CloudWatch Logs in a region, so far as
// access logs of distributions need it.
type logDeliveries struct {
	Sources      map[string]*deliverySource      `json:"sources,omitempty"`      // by name
	Destinations map[string]*deliveryDestination `json:"destinations,omitempty"` // by name
	Deliveries   map[string]*delivery            `json:"deliveries,omitempty"`   // by ID
	Groups       map[string]*logGroup            `json:"groups,omitempty"`       // by name
}

func newLogDeliveries() logDeliveries {
	return logDeliveries{map[string]*deliverySource{}, map[string]*deliveryDestination{}, map[string]*delivery{}, map[string]*logGroup{}}
}

func (l *logDeliveries) empty() bool {
	return len(l.Sources)+len(l.Destinations)+len(l.Deliveries)+len(l.Groups) == 0
}

// A deliverySource is whose logs are delivered.
type deliverySource struct {
	Name     string
	ARN      string
	Resource string // ARN of the distribution
	Tags     map[string]string
}

// A deliveryDestination is where logs are delivered to.
type deliveryDestination struct {
	Name     string
	ARN      string
	Resource string // ARN of the log group, or of the bucket with the prefix
	Format   string // "": AWS chooses
	Tags     map[string]string
}

// A delivery leads from a source to a destination.
type delivery struct {
	ID          string
	ARN         string
	Source      string // name
	Destination string // ARN
	Kind        string // S3 or CWL
	Fields      []string
	Delimiter   string
	Suffix      string
	Hive        bool
	Tags        map[string]string
}

// A logGroup is a log group of CloudWatch Logs. Delivers says that its resource policy
// lets logs be delivered.
type logGroup struct {
	Name     string
	Delivers bool
}

// A bucket is one of S3. Delivers are the paths under which its policy lets logs of an
// account be delivered: "ACCOUNT PATH".
type bucket struct {
	Name     string
	Account  string
	Region   string
	Delivers []string `json:",omitempty"`
}

// logOperations are the modelled operations of CloudWatch Logs.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
var logOperations = map[string]operation{
	"PutDeliverySource":            (*Sim).putDeliverySource,
	"GetDeliverySource":            (*Sim).getDeliverySource,
	"DescribeDeliverySources":      (*Sim).describeDeliverySources,
	"DeleteDeliverySource":         (*Sim).deleteDeliverySource,
	"PutDeliveryDestination":       (*Sim).putDeliveryDestination,
	"GetDeliveryDestination":       (*Sim).getDeliveryDestination,
	"DescribeDeliveryDestinations": (*Sim).describeDeliveryDestinations,
	"DeleteDeliveryDestination":    (*Sim).deleteDeliveryDestination,
	"CreateDelivery":               (*Sim).createDelivery,
	"GetDelivery":                  (*Sim).getDelivery,
	"DescribeDeliveries":           (*Sim).describeDeliveries,
	"DeleteDelivery":               (*Sim).deleteDelivery,
}

// logs answers CloudWatch Logs' JSON 1.1 protocol.
func (s *Sim) logs(req *request) (answer, error) {
	op, found := strings.CutPrefix(req.r.Header.Get("X-Amz-Target"), "Logs_20140328.")
	run, ok := logOperations[op]
	if !found || !ok {
		req.op = op
		return answer{}, notModelled("the CloudWatch Logs operation %q", op)
	}
	return s.perform(req, op, run)
}

// logsOf is what the caller has of CloudWatch Logs in the region that was asked.
func (s *Sim) logsOf(req *request) *logDeliveries {
	return &s.region(req.account.ID, req.region).logs
}

// deliveryName is what the names of sources and destinations look like.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
var deliveryName = regexp.MustCompile(`^[\w-]{1,60}$`)

func checkDeliveryName(name string) error {
	if deliveryName.MatchString(name) {
		return nil
	}
	return refuse("ValidationException", "1 validation error detected: Value '%s' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]*", name)
}

type deliveryPage struct {
	NextToken string `json:"nextToken"`
	Limit     *int   `json:"limit"`
}

// pageOfDeliveries is a page of a list whose entries are told apart by a key, which is
// also what the token names.
func pageOfDeliveries[T any](s *Sim, req *request, of map[string]T) (page []T, next string, err error) {
	var in deliveryPage
	if err := readJSON(req, &in); err != nil {
		return nil, "", err
	}
	size := 50
	if in.Limit != nil {
		size = *in.Limit
	}
	if size < 1 || size > 50 {
		return nil, "", refuse("ValidationException", "1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must be between 1 and 50", size)
	}
	if s.cfg.PageSize > 0 {
		size = min(size, s.cfg.PageSize)
	}
	keys := slices.Sorted(maps.Keys(of))
	if in.NextToken != "" {
		last, err := base64.StdEncoding.DecodeString(in.NextToken)
		if err != nil {
			return nil, "", refuse("ValidationException", "The specified nextToken is invalid.")
		}
		keys = slices.DeleteFunc(keys, func(k string) bool { return k <= string(last) })
	}
	page = []T{}
	for i, k := range keys {
		if i == size {
			return page, base64.StdEncoding.EncodeToString([]byte(keys[i-1])), nil
		}
		page = append(page, of[k])
	}
	return page, "", nil
}

// listed is the answer to a list: its entries under a name, and the token of the next
// page.
func listed[T any](name string, page []T, next string, shown func(T) map[string]any) (answer, error) {
	list := []map[string]any{}
	for _, one := range page {
		list = append(list, shown(one))
	}
	out := map[string]any{name: list}
	if next != "" {
		out["nextToken"] = next
	}
	return json11Answer(out)
}

// withTags adds tags to what is shown, if there are any.
func withTags(shown map[string]any, tags map[string]string) map[string]any {
	if len(tags) > 0 {
		shown["tags"] = tags
	}
	return shown
}

// Words of AWS, as moto has them from its answers.
// https://github.com/getmoto/moto/blob/master/moto/logs/models.py
const (
	noDeliverySource      = "Requested Delivery Source does not exist in this account."
	noDeliveryDestination = "Requested Delivery Destination does not exist in this account."
	noDelivery            = "Requested Delivery does not exist in this account."
	tagsOnlyAtFirst       = "Tags can only be provided when a resource is being created, not updated."
)
