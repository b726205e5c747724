package notices

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webnotices "apifront/web/notices"
)

// deliveriesShown is how many deliveries a page lists.
const deliveriesShown = 20

// notices are what sends them; there is always something that says why not.
func (s *room) notices() handlers.Notices {
	if s.Notices == nil {
		return handlers.Notices{Missing: "This server sends no notices."}
	}
	return *s.Notices
}

// page shows the places, what goes where, and what became of it.
func (s *room) page(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, http.StatusOK, webnotices.Typed{Kind: setup.NoticeChat}, nil)
}

func (s *room) show(w http.ResponseWriter, r *http.Request, status int, typed webnotices.Typed, errs web.FieldErrors) error {
	ctx, sends := r.Context(), s.notices()
	before := r.URL.Query().Get("before")
	if uuid.Validate(before) != nil {
		before = ""
	}
	f := webnotices.Facts{
		Times: s.Times(r), Missing: sends.Missing, Mail: sends.Mail, Remark: sends.Remark, Typed: typed, Errors: errs, Before: before, Limit: deliveriesShown,
		MayAct: handlers.May(ctx, handlers.Operator), Said: webnotices.Said(r.URL.Query().Get("done")), Demo: s.Demo != nil,
	}
	var err error
	if f.Places, err = s.Store.NoticePlaces(ctx); err != nil {
		return err
	}
	if f.Last, err = s.Store.LastDeliveries(ctx); err != nil {
		return err
	}
	if f.Deliveries, err = s.Store.Deliveries(ctx, before, deliveriesShown+1); err != nil {
		return err
	}
	title := "Notices"
	if len(errs) > 0 {
		title = "Error: " + title
	}
	return s.Render(w, r, status, webnotices.Page(s.Frame(r, title, ""), webnotices.NewView(f)))
}

// back answers an act with the page, which says once what was done.
func (s *room) back(w http.ResponseWriter, r *http.Request, done string) error {
	return handlers.SeeOther(w, r, "/settings/notices?done="+done)
}

// await waits until the newest delivery to a place has ended, or Patience has. The
// page says how it stands then.
func (s *room) await(ctx context.Context, place string) (setup.Delivery, error) {
	over := time.After(s.Patience)
	for {
		last, err := s.Store.LastDeliveries(ctx)
		if err != nil {
			return setup.Delivery{}, err
		}
		d := last[place]
		if s.Patience == 0 || d.State != setup.DeliveryWaiting {
			return d, nil
		}
		select {
		case <-ctx.Done():
			return d, context.Cause(ctx)
		case <-over:
			return d, nil
		case <-time.After(awaitEvery):
		}
	}
}

// awaitEvery is how often a request that waits for a delivery asks for it.
const awaitEvery = 200 * time.Millisecond
