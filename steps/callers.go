package steps

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"apifront/cloud"
	"apifront/setup"
)

// How it is seen whether callers still come.
const (
	// callersSpan is of how many minutes the requests are counted. Callers still come if
	// there was one in each on average. Fewer are no reason to ask a person. Scanners find
	// every distribution, and nobody can make them leave; apifront's own tests do not come
	// here, since nothing checks a setup from outside while it is taken down.
	callersSpan = 5 * time.Minute
	// callersPatience is for how long CloudWatch is asked again when its answer is missing
	// or makes no sense.
	callersPatience = 5 * time.Minute
	// callersLimit is how long one question to CloudWatch may take.
	callersLimit = 10 * time.Second
)

// nobodyComes is what the step says where no more is to be known.
const nobodyComes = "No cache leads callers to CloudFront any more"

// observeCallers looks whether requests still reach the distribution, from the time on at
// which no cache led callers there any more. Callers that keep an address of CloudFront
// would get errors, so a person decides. What is not known stops nothing.
func observeCallers(ctx context.Context, e *Env, since time.Time) (Observation, error) {
	if g := e.Job.Input.GoOn; g != nil && g.Step == e.StepID {
		return ready(g.Words()), nil
	}
	if e.DryRun {
		return ready(nobodyComes), nil
	}
	d, _, err := frontNow(ctx, e)
	switch {
	case err != nil:
		return Observation{}, err
	case d == nil || !aws.ToBool(d.DistributionConfig.Enabled):
		return ready(nobodyComes), nil
	case len(d.others(e.name())) > 0:
		return ready(nobodyComes + ". CloudWatch does not tell its requests from those for the other names of the distribution"), nil
	}
	if since.IsZero() {
		since = e.Since
	}
	// Minutes are those of AWS's clock. One that is younger than late may still rise.
	now := e.Account.Now()
	since = since.Add(now.Sub(e.Now()))
	late, span := e.Account.Every(cloud.MetricsCome, cloud.MetricsLate), max(time.Minute, e.Account.Every(cloud.MetricsSpan, callersSpan))
	first := since.Add(time.Minute - time.Nanosecond).Truncate(time.Minute)
	until := now.Add(-late).Truncate(time.Minute)
	from := until.Add(-span)
	if from.Before(first) {
		from = first
	}
	enough := first.Add(span + late)
	asked := until
	if asked.Before(from.Add(time.Minute)) { // to know early whether it may be asked at all
		asked = from.Add(time.Minute)
	}
	limited, cancel := context.WithTimeout(ctx, callersLimit)
	defer cancel()
	n, err := e.Account.Requests(limited, d.id(), from, asked)
	switch {
	case ctx.Err() != nil:
		return Observation{}, ctx.Err()
	case err != nil:
		return e.callersUnknown(err, now, later(enough, e.Since.Add(now.Sub(e.Now()))).Add(callersPatience)), nil
	case n >= int64(span/time.Minute) && until.After(from):
		return e.callersCome(n, until.Sub(from)), nil
	case until.Sub(from) < span:
		o := pending("CloudWatch has not counted yet who still comes. It is some minutes late")
		o.After = min(enough.Sub(now), time.Minute)
		if o.After <= 0 {
			o.After = time.Second
		}
		return o, nil
	case n == 0:
		return ready(fmt.Sprintf("No caller comes any more: no request has reached CloudFront in %s", setup.Span(span))), nil
	}
	return ready(fmt.Sprintf("Hardly anybody comes any more: %s in %s", setup.Count(int(n), "request"), setup.Span(span))), nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// callersCome asks a person: n requests have come in so many minutes.
func (e *Env) callersCome(n int64, in time.Duration) Observation {
	rate := max(1, int64((float64(n)*float64(time.Minute)+float64(in)/2)/float64(in)))
	what := fmt.Sprintf("%s requests a minute still reach CloudFront.", setup.Thousands(int(rate)))
	if rate == 1 {
		what = "1 request a minute still reaches CloudFront."
	}
	p := problem(what,
		"No cache should lead callers of "+e.name()+" here any more. Those who still come keep an address of CloudFront: programs that have not asked DNS again, health checks, or scanners. They get an error as soon as the distribution is switched off.",
		"Wait: the job looks again by itself and goes on when they have left. Or go on, if they may get an error.")
	p.Code = setup.CodeCallersCome
	return Observation{State: Person, Summary: "Callers still come", Problem: p, Sure: true}
}

// callersUnknown is what follows where CloudWatch tells nothing. A person who has been
// asked stays asked. Otherwise it is asked again until the time giveUp, unless it is
// AWS that does not allow it.
func (e *Env) callersUnknown(err error, now, giveUp time.Time) Observation {
	if t := e.Turn; t != nil && t.Code == setup.CodeCallersCome {
		return Observation{State: Person, Summary: "Callers still came when last known", Problem: t, Sure: true}
	}
	const unknown = nobodyComes + ". Whether some still come is not known: "
	if cloud.Refused(err) {
		return ready(unknown + "the permission " + cloud.MetricsAction + " would tell")
	}
	said := cloud.Explain(err).What
	if now.Before(giveUp) {
		o := pending("CloudWatch has not said yet who still comes. " + said)
		o.After = min(time.Minute, max(time.Second, giveUp.Sub(now)))
		return o
	}
	return ready(unknown + said)
}
