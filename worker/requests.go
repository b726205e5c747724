package worker

import (
	"context"

	"apifront/setup"
)

// requests is what CloudWatch has counted of the paths that a draft takes out of its
// setup.
func (w *Worker) requests(ctx context.Context, key setup.LookKey) (setup.Requests, error) {
	d, err := w.Store.Draft(ctx, key.Subject)
	if err != nil || d.SetupID == "" {
		return setup.Requests{}, err
	}
	v, err := w.Store.Setup(ctx, d.SetupID)
	if err != nil {
		return setup.Requests{}, err
	}
	out := d.Spec.API.Out(v.Spec.API)
	if !d.Changes(v) || len(out) == 0 {
		return setup.Requests{}, nil
	}
	a, err := w.open(ctx, looker("look"), d.Spec.Account.Connection, v.Spec.Account.Region)
	if err != nil {
		return setup.Requests{}, err
	}
	if err := a.Guard(ctx, v.AccountID); err != nil {
		return setup.Requests{}, err
	}
	return a.StageRequests(ctx, out)
}
