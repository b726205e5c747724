package wizard

import (
	"apifront/setup"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

// clearing is what the job of the draft should clear beside its change; nil for
// nothing, and where the draft makes a new setup.
func (c *visit) clearing() (*setup.Clearing, error) {
	v, err := c.changed(c.ctx)
	if err != nil || v == nil || !c.draft.Changes(*v) {
		return nil, err
	}
	return c.s.Clearing(c.ctx, *v, *c.spec())
}

// keptView says what becomes of the answers that CloudFront keeps; nil where no
// setup is changed.
func (c *visit) keptView(offer *setup.Clearing) (*webwizard.KeptView, error) {
	v, err := c.changed(c.ctx)
	if err != nil || v == nil || !c.draft.Changes(*v) {
		return nil, err
	}
	k := &webwizard.KeptView{Offer: web.NewClearOffer(offer, webwizard.StartForm)}
	if k.Offer != nil && c.clears != nil {
		k.Offer.On = *c.clears
	}
	switch is, was := *c.spec(), v.Spec; {
	case offer != nil:
	case was.CachingAsFound():
		k.Text = "What CloudFront keeps stays as it was found, and this change makes nothing of it wrong."
	case !was.MayKeep() && is.MayKeep():
		k.Text = "Nothing is kept today, so nothing has to be cleared. When you turn caching off again, the job clears what was kept."
	case !was.MayKeep():
		k.Text = "CloudFront keeps nothing, so nothing has to be cleared."
	default:
		k.Text = "What CloudFront keeps stays right, so nothing has to be cleared."
	}
	return k, nil
}

// likely is what the job clears if the offer is left as it stands.
func likely(c *setup.Clearing) setup.JobInput {
	if c == nil || c.Need < setup.StaleRisk {
		return setup.JobInput{}
	}
	return c.Input()
}

// lowerOffer offers to lower the TTL of what leads callers today before the job moves
// them; nil where it moves nobody, or that gains nothing.
func (c *visit) lowerOffer(plan setup.Plan) *web.LowerOffer {
	if c.spec().Domain.Switch != setup.SwitchAtEnd {
		return nil
	}
	ttl := 0
	for _, l := range plan.Lines {
		ttl = max(ttl, l.OldTTL)
	}
	o := web.NewLowerOffer(c.times, c.spec().Domain, ttl, webwizard.StartForm)
	if o != nil {
		o.On = c.lowers
	}
	return o
}
