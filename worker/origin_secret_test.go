package worker_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"apifront/cloud/sim"
	"apifront/seal"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// secretHeader is a setup that wants the secret header, of one REST API.
func secretHeader() variant {
	return variant{rest: true, change: func(s *setup.Spec) { s.Edge.OriginHeader = setup.OriginHeader }}
}

// sentSecret is what CloudFront sends in the header, which is what is stored.
func (w *world) sentSecret(s setup.Setup) (value string) {
	w.t.Helper()
	res, err := w.store.Resources(w.t.Context(), s.ID)
	must(w.t, err)
	id := res.ID(setup.KeyDistribution)
	d, err := w.outside(setup.EdgeRegion).CloudFront().GetDistribution(w.t.Context(), &cloudfront.GetDistributionInput{Id: &id})
	must(w.t, err)
	for _, h := range d.Distribution.DistributionConfig.Origins.Items[0].CustomHeaders.Items {
		value = aws.ToString(h.HeaderValue)
	}
	stored, err := w.seals().Open(seal.AboutOrigin(s.ID), res.Attr(setup.KeyDistribution, setup.AttrOriginSecret))
	must(w.t, err)
	if string(stored) != value {
		w.t.Error("what is sent is not what is stored")
	}
	return value
}

// lockAPI lets the first API accept only these values of the header.
func (w *world) lockAPI(s setup.Setup, value, also string) {
	w.t.Helper()
	stage := "arn:aws:apigateway:" + s.Spec.Account.Region + "::/restapis/" + s.Spec.API.Mappings[0].APIID + "/stages/" + s.Spec.API.Mappings[0].Stage
	w.sim.RemoveBlocks(stage)
	must(w.t, w.sim.AddBlock(sim.Block{Resource: stage, Header: setup.OriginHeader, Value: value, Also: also}))
}

// newSecret starts the job that changes the secret, as the page does, and returns the new
// one.
func (w *world) newSecret(s setup.Setup) (job int64, next string) {
	w.t.Helper()
	next = seal.RandomSecret().Reveal()
	sealed, err := w.seals().Seal(seal.AboutOrigin(s.ID), []byte(next))
	must(w.t, err)
	input := setup.JobInput{NewSecret: true}
	return w.beginWith(store.NewJob{
		SetupID: s.ID, Kind: setup.JobApply, By: "Ada", Input: input,
		Rows: func(now setup.Resources, _ setup.Former, _ time.Time) []setup.Resource {
			r := now[setup.KeyDistribution]
			r.Attributes = maps.Clone(r.Attributes)
			r.Attributes[setup.AttrOriginNext] = sealed
			return []setup.Resource{r}
		},
	}, steps.JobRows(setup.JobApply, input, s.Spec)), next
}

// A caller asks five times a second while the secret changes: the job waits until the
// API accepts the new one beside the old one, and no request fails.
func TestNoRequestFailsWhileTheSecretChanges(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.draft(secretHeader())
		w.done(w.begin(setup.JobApply, s))
		old := w.sentSecret(s)
		w.lockAPI(s, old, "")
		p, leave := w.pollBy(newRememberer(w), "/orders", 200*time.Millisecond)
		defer leave()
		time.Sleep(10 * time.Second)

		job, next := w.newSecret(s)
		time.Sleep(10 * time.Minute)
		list, err := w.store.Steps(w.t.Context(), job)
		must(w.t, err)
		waits := false
		for _, step := range list {
			waits = waits || step.State == setup.StepNeedsYou && step.Problem != nil && strings.Contains(step.Problem.What, "does not accept the new secret yet")
		}
		if !waits || w.sentSecret(s) != old {
			w.t.Errorf("it does not wait for the API:\n%s", w.story(job))
		}
		w.lockAPI(s, old, next)
		w.done(job)
		if w.sentSecret(s) != next {
			w.t.Error("the new secret is not sent")
		}
		w.lockAPI(s, next, "")
		w.idle(s, "after the change")
		time.Sleep(time.Minute)
		leave()
		if _, here, wrong := p.counts(); wrong > 0 || here < 1000 {
			w.t.Errorf("%d requests at CloudFront, %d failed", here, wrong)
		}
	})
}

// The process ends at any call of the job that changes the secret. What is sent is what
// is stored, and it is the new one.
func TestTheSecretChangesAnywhere(t *testing.T) {
	t.Parallel()
	var calls int
	change := func(at stop) {
		inPacedWorld(t, quickPace(), func(w *world) {
			s := w.draft(secretHeader())
			w.done(w.begin(setup.JobApply, s))
			old := w.sentSecret(s)
			time.Sleep(time.Hour)
			before := w.wire.count()
			if at.call > 0 {
				at.call += before
				w.wire.endAt(at)
			}
			job, next := w.newSecret(s)
			w.lockAPI(s, old, next)
			w.done(job)
			if got := w.sentSecret(s); got != next {
				w.t.Errorf("%s: it sends another one", at)
			}
			calls = w.wire.count() - before
			w.idle(s, "after the change")
		})
	}
	change(stop{})
	every := 9
	if sampleEvery(t) == 1 {
		every = 1
	}
	for n := 1; n <= calls; n += every {
		for how := range stopWays {
			change(stop{call: n, how: how})
		}
	}
}
