package steps

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/setup"
)

// edgeDNSStep leads callers from the edge endpoint to the Regional one.
func edgeDNSStep() Step {
	return Step{
		ID:         "edge-dns",
		Thing:      "DNS record",
		Title:      "Lead callers to the Regional endpoint",
		Why:        "The edge endpoint can go only when nobody is led to it. Until then the old record is kept and can be put back.",
		Service:    "DNS",
		ServiceFor: dnsService,
		Tutorial:   6,
		Needs:      []setup.StepID{"edge-test"},
		Kinds:      []setup.JobKind{setup.JobApply},
		Asked:      true,
		Parts:      []setup.Part{setup.PartName},
		Page:       setup.PageDomain,
		Mark:       setup.MarkRegional,
		Wait:       Wait{Every: personWait, Settle: 3 * time.Second, Limit: 5 * time.Minute, Usual: time.Minute},
		Brief:      recordsBrief,
		Actions:    append([]string{"apigateway:GET"}, recordActions...),
		Applies:    fromEdge,
		Grants:     func(s Scope) []Grant { return append(edgeReads(s), trafficGrants(s)...) },
		Reads:      readsTraffic,
		Observe:    observeEdgeDNS,
		Apply:      applyEdgeDNS,
	}
}

// regionalTTL is the TTL of the record that a person adds for the Regional endpoint. It
// stands until traffic moves to the distribution.
const regionalTTL = 60

// unknownTTL is for how long an old record may be remembered of which nobody knows the
// TTL. Few have a longer one.
const unknownTTL = 24 * 60 * 60

// regionalWhy says what the record is for.
const regionalWhy = "Leads visitors to the Regional endpoint of the custom domain, until the distribution has the name."

// regionalAliases are the alias records for the Regional endpoint: A, and AAAA if it has
// IPv6 addresses.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html
func regionalAliases(e *Env, d *apigateway.GetDomainNameOutput, target string) (records []setup.Record) {
	kinds := []string{"A"}
	if d.EndpointConfiguration != nil && d.EndpointConfiguration.IpAddressType == agtypes.IpAddressTypeDualstack {
		kinds = append(kinds, "AAAA")
	}
	for _, t := range kinds {
		records = append(records, setup.Record{Type: t, Name: e.name(), Value: target, Alias: true, Zone: aws.ToString(d.RegionalHostedZoneId), Why: regionalWhy})
	}
	return records
}

// byHand says whether a person changes the record that leads callers.
func byHand(e *Env) bool {
	return !atRoute53(e.Setup.Spec) || e.Setup.Spec.Domain.Switch == setup.SwitchLater
}

func observeEdgeDNS(ctx context.Context, e *Env) (Observation, error) {
	d, o, left, err := edgeLeft(ctx, e)
	if err != nil || left {
		return o, err
	}
	target := unrooted(aws.ToString(d.RegionalDomainName))
	if target == "" && !e.DryRun {
		return absent("There is no Regional endpoint yet"), nil
	}
	if byHand(e) {
		return observeRegionalRecord(ctx, e, target)
	}
	planned := target
	if planned == "" {
		planned = "the new Regional endpoint"
	}
	if led, err := ledByHand(ctx, e, target); err != nil || led {
		if err == nil && !e.DryRun {
			err = e.ledFrom(ctx, 0)
		}
		return ready("Route 53 leads to the Regional endpoint already"), err
	}
	o, err = observeAliasesTo(ctx, e, regionalAliases(e, d, planned), target != "")
	if err != nil || e.DryRun {
		return o, err
	}
	if o.State != Ready {
		return o, e.notLed(ctx)
	}
	row := e.recordRow(setup.KeyRecordTraffic)
	ttl, known := strconv.Atoi(row.Attributes[setup.AttrMovedFrom])
	if known != nil || row.Attributes[setup.AttrMoved] == "" {
		ttl = 0
	}
	return o, e.ledFrom(ctx, ttl)
}

// ledByHand says whether somebody has led callers to the Regional endpoint. What led them
// before, and for how long it may be remembered, nobody knows then.
func ledByHand(ctx context.Context, e *Env, target string) (bool, error) {
	if target == "" || len(recordsOf(e.recordRow(setup.KeyRecordTraffic))) > 0 {
		return false, nil
	}
	sets, err := recordSets(ctx, e, e.name())
	if err != nil {
		return false, err
	}
	led := false
	for _, s := range sets {
		if !slices.Contains(visitorTypes, string(s.Type)) {
			continue
		}
		if led = routing(s) == "" && !slices.ContainsFunc(asRecords(s), func(r setup.Record) bool { return r.Value != target }); !led {
			return false, nil
		}
	}
	return led, nil
}

// ledFrom stores that all name servers lead callers to the Regional endpoint from now on,
// and for how long the old record may be remembered. 0: nobody knows.
func (e *Env) ledFrom(ctx context.Context, ttl int) error {
	r := e.Resources[setup.KeyDomain]
	if r.Attributes[attrLed] != "" {
		return nil
	}
	if ttl <= 0 {
		ttl = unknownTTL
	}
	r.Attributes = mergedAttributes(r.Attributes, map[string]string{attrLed: e.stamp(), attrLedFor: strconv.Itoa(ttl)})
	return e.keep(ctx, r)
}

// notLed stores that callers are led elsewhere.
func (e *Env) notLed(ctx context.Context) error {
	r := e.Resources[setup.KeyDomain]
	if r.Attributes[attrLed] == "" {
		return nil
	}
	r.Attributes = mergedAttributes(r.Attributes, map[string]string{attrLed: "", attrLedFor: ""})
	return e.keep(ctx, r)
}

func applyEdgeDNS(ctx context.Context, e *Env) error {
	d, _, left, err := edgeLeft(ctx, e)
	if err != nil || left || byHand(e) {
		return err
	}
	target := unrooted(aws.ToString(d.RegionalDomainName))
	if target == "" {
		return from("domain", "Make the Regional endpoint", problem("Callers cannot be led over yet.", "The custom domain has no Regional endpoint.", `Choose "Re-run from here" at the step `+domainTitle(e.Setup.Spec)+"."))
	}
	return applyAliases(ctx, e, regionalAliases(e, d, target))
}

// observeRegionalRecord asks a person for the record that leads to the Regional endpoint.
func observeRegionalRecord(ctx context.Context, e *Env, target string) (Observation, error) {
	if e.DryRun {
		return absent("1 record for you to change, with what to change it to"), nil
	}
	want := trafficRecordTo(ctx, e, target)
	want.Why = regionalWhy
	if want.Type == "CNAME" {
		want.TTL = regionalTTL
	}
	r, _, err := seeTraffic(ctx, e, want)
	if r.Found {
		ttl := setup.HighestTTL(e.oldOf())
		if err := keepTraffic(ctx, e, want); err != nil {
			return Observation{}, err
		}
		o := ready(r.Type + " found in public DNS")
		o.Records = whereAdded(ctx, e, []setup.Record{r})
		return o, e.ledFrom(ctx, ttl)
	}
	o := Observation{State: Person, Summary: "Waits for your " + r.Type + " record to the Regional endpoint", Records: whereAdded(ctx, e, []setup.Record{r}), Back: e.seenBack(r.Seen)}
	if err != nil {
		o.Summary += ". DNS could not be asked just now"
	} else if err := e.notLed(ctx); err != nil {
		return Observation{}, err
	} else if err := keepPrevious(ctx, e, r); err != nil {
		return Observation{}, err
	}
	return o, nil
}
