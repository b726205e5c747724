package setup

import "testing"

// On the page of a job the fix speaks of the button that the card has, and of no other.
func TestFixHere(t *testing.T) {
	for _, c := range []struct{ fix, act, want string }{
		{"Wait a minute, then re-run the step; it looks first.", "Try again", "Wait a minute, then press “Try again”; it looks first."},
		{"Re-run this step to go on waiting. ACM looks for 72 hours.", "Try again", "Press “Try again”. ACM looks for 72 hours."},
		{`Add the record, then choose "Re-run from here" at the step Request certificate, us-east-1. It costs nothing.`, "Request a new certificate", "Add the record, then press “Request a new certificate”. It costs nothing."},
		{"Re-run the step Create distribution, which puts the Host header right, then re-run this step.", "Put it right", "Press “Put it right”: the step Create distribution puts the Host header right, and then this one is tried again."},
		{"Re-run the job from the step that makes the policies.", "Run again from step 9", "Press “Run again from step 9”."},
		{"Ask AWS Support.", "Try again", "Ask AWS Support."},
	} {
		p := Problem{Fix: c.fix}
		if got := p.FixHere(c.act); got != c.want {
			t.Errorf("%q became\n%q, want\n%q", c.fix, got, c.want)
		}
	}
}

// Only where a permission is missing, a policy helps.
func TestDenied(t *testing.T) {
	for want, list := range map[bool][]Problem{
		true: {{Code: "AccessDenied", Service: "CloudFront", Said: "AccessDenied: User: x is not authorized to perform: cloudfront:CreateDistribution"}, {Code: "UnauthorizedException"}},
		false: {
			{Code: "AccessDenied", Service: "CloudFront", Said: "AccessDenied: Your account must be verified before you can add new CloudFront resources."},
			{Code: "AccessDenied", Service: "STS", Said: "AccessDenied: not authorized to perform: sts:AssumeRole"}, {Code: "CAA_ERROR"},
		},
	} {
		for _, p := range list {
			if p.Denied() != want {
				t.Errorf("%+v: %t", p, !want)
			}
		}
	}
}
