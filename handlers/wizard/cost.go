package wizard

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

// IDs of the fields of the cost note.
const (
	fieldRequests = "requests"
	fieldSize     = "answer-size"
)

// cost stores how much the setup is expected to be used, and shows the review with
// what that costs.
func (s *room) cost(w http.ResponseWriter, r *http.Request) error {
	c, err := s.visit(r)
	if err != nil {
		return err
	}
	usage, badRequests, badSize := setup.ReadUsage(r.PostFormValue(fieldRequests), r.PostFormValue(fieldSize))
	for id, bad := range map[string]error{fieldRequests: badRequests, fieldSize: badSize} {
		if bad != nil {
			c.errors = append(c.errors, web.FieldError{ID: id, Text: bad.Error()})
		}
	}
	if len(c.errors) > 0 {
		c.typedUsage = []string{r.PostFormValue(fieldRequests), r.PostFormValue(fieldSize)}
		return s.showPage(w, r, http.StatusUnprocessableEntity, review{}, c)
	}
	err = s.Store.SaveUsage(r.Context(), c.draft.ID, usage)
	if errors.Is(err, store.ErrConflict) {
		return s.started(r.Context(), c.draft.ID)
	}
	if err != nil {
		return fmt.Errorf("save usage: %w", err)
	}
	return handlers.SeeOther(w, r, handlers.DraftPageURL(c.draft.ID, setup.PageReview)+"#cost-h")
}

// costView is what the draft's setup costs a month.
func (c *visit) costView() webwizard.CostView {
	v := webwizard.CostView{Action: handlers.DraftURL(c.draft.ID) + "/cost", Source: setup.PricesAt, Lines: setup.Costs(*c.spec(), c.draft.Usage)}
	v.Note = "List prices of AWS in US dollars, without tax and discounts, as they were known on " + setup.PricesRead.Format("2 January 2006") + ". A flat-rate plan of CloudFront replaces most of them."
	if n := c.draft.Usage.Requests; n > 0 {
		v.Requests = setup.Thousands(int(n))
	}
	if n := c.draft.Usage.AnswerSize; n > 0 {
		v.Size = strconv.FormatFloat(float64(n)/1000, 'f', -1, 64)
	}
	if c.typedUsage != nil {
		v.Requests, v.Size = c.typedUsage[0], c.typedUsage[1]
	}
	v.RequestsError, v.SizeError = c.errors.Of(fieldRequests), c.errors.Of(fieldSize)
	return v
}

// priceLine is what the setup costs, in a line.
func (c *visit) priceLine(costs []setup.Cost) string {
	if c.draft.Usage.Requests == 0 || len(costs) == 0 {
		return "No fixed monthly cost: AWS bills per request."
	}
	return "CloudFront: " + costs[0].Text + " a month."
}
