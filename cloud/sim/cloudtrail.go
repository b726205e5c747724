package sim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// trailKept is how many events the simulator remembers; older ones are dropped.
const trailKept = 20_000

// trailDays is for how long CloudTrail lists an event.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
const trailDays = 90 * 24 * time.Hour

// A trailEvent is an event that CloudTrail lists from its time and the delay on.
type trailEvent struct {
	at              time.Time
	account, region string
	id, name        string
	source, user    string
	key             string
	resources       []trailResource
	record          string // JSON
}

type trailResource struct {
	ResourceType string
	ResourceName string
}

// A trail is what CloudTrail knows. It is not part of the saved world.
type trail struct {
	events []trailEvent
	serial int64                     // makes IDs of events; rises
	asked  map[regionKey][]time.Time // lookups of the last second (V35)
}

// trailOperations are the modelled operations of CloudTrail.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html
var trailOperations = map[string]operation{
	"LookupEvents": (*Sim).lookupEvents,
}

// trailTarget stands before the name of an operation. The long form is the model's
// (targetPrefix), the short one that of newer SDKs.
const trailTarget = "CloudTrail_20131101."

// cloudtrail answers CloudTrail's JSON 1.1 protocol.
func (s *Sim) cloudtrail(req *request) (answer, error) {
	target := req.r.Header.Get("X-Amz-Target")
	op := target[strings.LastIndex(target, ".")+1:]
	run, ok := trailOperations[op]
	if !ok || !strings.HasSuffix(target, trailTarget+op) {
		req.op = op
		return answer{}, notModelled("the CloudTrail operation %q", target)
	}
	return s.perform(req, op, run)
}

type lookupInput struct {
	LookupAttributes []struct{ AttributeKey, AttributeValue string }
	StartTime        *float64
	EndTime          *float64
	EventCategory    string
	MaxResults       *int
	NextToken        string
}

// A foundEvent is an event as LookupEvents answers it; times are epoch seconds.
type foundEvent struct {
	EventID         string `json:"EventId"`
	EventName       string
	ReadOnly        string
	AccessKeyID     string `json:"AccessKeyId"`
	EventTime       float64
	EventSource     string
	Username        string `json:",omitempty"`
	Resources       []trailResource
	CloudTrailEvent string
}

// lookupEvents answers LookupEvents: the events of the caller's account and Region,
// the newest first. It guards rule V35.
func (s *Sim) lookupEvents(req *request) (answer, error) {
	if err := s.countLookup(req); err != nil {
		return answer{}, err
	}
	var in lookupInput
	if err := readJSON(req, &in); err != nil {
		return answer{}, err
	}
	size := 50
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	switch {
	case len(in.LookupAttributes) > 1:
		return answer{}, refuse("InvalidLookupAttributesException", "Invalid lookup attributes: only one is allowed.")
	case size < 1 || size > 50:
		return answer{}, refuse("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
	case in.StartTime != nil && in.EndTime != nil && *in.StartTime > *in.EndTime:
		return answer{}, refuse("InvalidTimeRangeException", "The start time is after the end time.")
	case in.EventCategory != "":
		return answer{}, notModelled("the EventCategory %q", in.EventCategory)
	}
	fits := func(trailEvent) bool { return true }
	for _, a := range in.LookupAttributes {
		one, ok := trailAttribute(a.AttributeKey, a.AttributeValue)
		if !ok {
			return answer{}, refuse("InvalidLookupAttributesException", "Invalid lookup attribute: %s.", a.AttributeKey)
		}
		fits = one
	}
	skip, err := in.skip()
	if err != nil {
		return answer{}, err
	}
	var out struct {
		Events    []foundEvent
		NextToken string `json:",omitempty"`
	}
	out.Events = []foundEvent{}
	now := s.now()
	for _, e := range slices.Backward(s.trail.events) {
		at := float64(e.at.Unix())
		switch {
		case e.account != req.account.ID || e.region != req.region || !fits(e),
			in.StartTime != nil && at < *in.StartTime, in.EndTime != nil && at > *in.EndTime,
			now.Sub(e.at) > trailDays, now.Sub(e.at) < s.cfg.Pace.TrailDelay:
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if len(out.Events) == size {
			out.NextToken = in.token(size)
			break
		}
		out.Events = append(out.Events, foundEvent{
			EventID: e.id, EventName: e.name, ReadOnly: "false", AccessKeyID: e.key, EventTime: at,
			EventSource: e.source, Username: e.user, Resources: e.resources, CloudTrailEvent: e.record,
		})
	}
	return json11Answer(out)
}

// countLookup is the part of V35 about how often: TrailRate a second for each account
// and Region.
func (s *Sim) countLookup(req *request) error {
	rate := s.cfg.Pace.TrailRate
	if rate == 0 {
		return nil
	}
	key, now := regionKey{req.account.ID, req.region}, s.now()
	if s.trail.asked == nil {
		s.trail.asked = map[regionKey][]time.Time{}
	}
	last := slices.DeleteFunc(s.trail.asked[key], func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(last) >= rate {
		s.trail.asked[key] = last
		return refuse("ThrottlingException", "Rate exceeded")
	}
	s.trail.asked[key] = append(last, now)
	return nil
}

// trailAttribute says which events have the value of an attribute.
func trailAttribute(key, value string) (fits func(trailEvent) bool, ok bool) {
	resource := func(of func(trailResource) string) func(trailEvent) bool {
		return func(e trailEvent) bool {
			return slices.ContainsFunc(e.resources, func(r trailResource) bool { return of(r) == value })
		}
	}
	fits, ok = map[string]func(trailEvent) bool{
		"EventId":      func(e trailEvent) bool { return e.id == value },
		"EventName":    func(e trailEvent) bool { return e.name == value },
		"ReadOnly":     func(trailEvent) bool { return value == "false" },
		"Username":     func(e trailEvent) bool { return e.user == value },
		"EventSource":  func(e trailEvent) bool { return e.source == value },
		"AccessKeyId":  func(e trailEvent) bool { return e.key == value },
		"ResourceName": resource(func(r trailResource) string { return r.ResourceName }),
		"ResourceType": resource(func(r trailResource) string { return r.ResourceType }),
	}[key]
	return fits, ok
}

// A token is how many events the pages before had, and what was asked: it fits no
// other question.
func (in lookupInput) token(size int) string {
	before, _ := in.skip()
	return base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(before+size) + " " + in.question()))
}

func (in lookupInput) question() string {
	in.NextToken, in.MaxResults = "", nil
	b, err := json.Marshal(in)
	if err != nil {
		return ""
	}
	return string(b)
}

func (in lookupInput) skip() (int, error) {
	if in.NextToken == "" {
		return 0, nil
	}
	raw, err := base64.StdEncoding.DecodeString(in.NextToken)
	count, question, _ := strings.Cut(string(raw), " ")
	n, bad := strconv.Atoi(count)
	if err != nil || bad != nil || n < 0 || question != in.question() {
		return 0, refuse("InvalidNextTokenException", "The NextToken is not valid.")
	}
	return n, nil
}

// BreakTrail makes what CloudTrail has of each event so far a text that cannot be read.
func (s *Sim) BreakTrail(record string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.trail.events {
		s.trail.events[i].record = record
	}
}

// ForgetTrail empties CloudTrail.
func (s *Sim) ForgetTrail() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trail = trail{}
}

// noteTrail writes a call into the trail, if it is one that may change something.
func (s *Sim) noteTrail(req *request, refused *apiError) {
	source := req.service + ".amazonaws.com"
	if req.account == nil || req.op == "" || reads(req.op, req.r.Method) || req.service == "sts" || req.service == "cloudtrail" ||
		refused != nil && refused.Status == http.StatusNotImplemented {
		return
	}
	region := req.region
	if req.service == "cloudfront" || req.service == "route53" || req.service == "iam" {
		region = "us-east-1"
	}
	e := trailEvent{
		at: s.now().Truncate(time.Second), account: req.account.ID, region: region, id: s.trailID(), name: req.op, source: source,
		user: req.account.trailName(), key: req.account.KeyID,
	}
	e.resources = []trailResource{}
	if req.service == "route53" && req.arg("zone") != "" {
		e.resources = append(e.resources, trailResource{"AWS::Route53::HostedZone", strings.TrimPrefix(req.arg("zone"), "/hostedzone/")})
	}
	record := s.trailRecord(req, e, refused)
	b, err := json.Marshal(record)
	if err != nil {
		s.logf("write the trail: %v", err)
		return
	}
	e.record = string(b)
	if len(s.trail.events) >= trailKept {
		s.trail.events = slices.Delete(s.trail.events, 0, trailKept/10)
	}
	s.trail.events = append(s.trail.events, e)
}

// trailID is the ID of the next event. It uses up none of the world's.
func (s *Sim) trailID() string {
	s.trail.serial++
	return fmt.Sprintf("%08x-7a11-4000-8000-%012x", s.trail.serial>>32, s.trail.serial)
}
