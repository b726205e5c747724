package people

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webpeople "apifront/web/people"
)

// auditPerPage is how many lines one page of the audit log lists.
const auditPerPage = 50

// An auditQuery is the filter of the audit log as it stands in the URL.
type auditQuery struct {
	who, what, result, when, q string
	before, after              int64 // the page: lines below or above this one; 0: the newest
}

func readAuditQuery(v url.Values) auditQuery {
	q := auditQuery{
		who: setup.First(strings.TrimSpace(v.Get("who")), 300), what: v.Get("what"), result: v.Get("result"),
		when: v.Get("when"), q: setup.First(strings.TrimSpace(v.Get("q")), 300),
	}
	if n, err := strconv.ParseInt(v.Get("before"), 10, 64); err == nil {
		q.before = max(n, 0)
	}
	if n, err := strconv.ParseInt(v.Get("after"), 10, 64); err == nil && q.before == 0 {
		q.after = max(n, 0)
	}
	return q
}

// url is path with this filter and page.
func (q auditQuery) url(path string) string {
	v := url.Values{}
	for key, value := range map[string]string{"who": q.who, "what": q.what, "result": q.result, "when": q.when, "q": q.q} {
		if value != "" {
			v.Set(key, value)
		}
	}
	for key, n := range map[string]int64{"before": q.before, "after": q.after} {
		if n > 0 {
			v.Set(key, strconv.FormatInt(n, 10))
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// page is this filter on another page.
func (q auditQuery) page(before, after int64) auditQuery {
	q.before, q.after = before, after
	return q
}

func (q auditQuery) filter(now time.Time) store.AuditFilter {
	f := store.AuditFilter{Who: q.who, Action: q.what, Result: q.result, Text: q.q}
	switch q.when {
	case "day":
		f.From = now.Add(-24 * time.Hour)
	case "week":
		f.From = now.Add(-7 * 24 * time.Hour)
	case "month":
		f.From = now.Add(-30 * 24 * time.Hour)
	}
	return f
}

// auditPage lists the audit trail: a GET form, so that every view has a URL.
func (s *room) auditPage(w http.ResponseWriter, r *http.Request) error {
	q, times := readAuditQuery(r.URL.Query()), s.Times(r)
	list, newer, older, err := s.auditLines(r, q, times.Now)
	if err != nil {
		return err
	}
	last, err := s.Store.AuditBefore(r.Context(), store.AuditFilter{}, 0, 1)
	if err != nil {
		return fmt.Errorf("read the last line of the audit trail: %w", err)
	}
	v := webpeople.AuditView{
		Who: q.who, Text: q.q, Actions: webpeople.AuditActions(q.what), Results: webpeople.AuditResults(q.result), Clear: "/settings/audit",
		CSV: q.page(0, 0).url("/settings/audit.csv"), JSON: q.page(0, 0).url("/settings/audit.jsonl"),
		Times: []web.Option{
			{Value: "", Text: "Any time", Chosen: q.when == ""},
			{Value: "day", Text: "Last 24 hours", Chosen: q.when == "day"},
			{Value: "week", Text: "Last 7 days", Chosen: q.when == "week"},
			{Value: "month", Text: "Last 30 days", Chosen: q.when == "month"},
		},
	}
	if len(last) > 0 {
		v.Lines, v.Head = last[0].Seq, last[0].Hash
	}
	for _, l := range list {
		v.Rows = append(v.Rows, auditRow(l, times))
	}
	if n := len(list); n > 0 {
		v.Pages.Text = fmt.Sprintf("%s: number %d down to %d", setup.Count(n, "line"), list[0].Seq, list[n-1].Seq)
		v.Caption = v.Pages.Text + ", newest first"
		if older {
			v.Pages.Next = q.page(list[n-1].Seq, 0).url("/settings/audit")
		}
		if newer {
			v.Pages.Previous = q.page(0, list[0].Seq).url("/settings/audit")
		}
	}
	return s.Render(w, r, http.StatusOK, webpeople.Audit(s.Frame(r, "Audit log", ""), v))
}

// auditLines reads one page, the newest line first, and says whether there are
// more on both sides.
func (s *room) auditLines(r *http.Request, q auditQuery, now time.Time) (list []store.AuditLine, newer, older bool, err error) {
	f := q.filter(now)
	if q.after > 0 {
		list, err = s.Store.AuditAfter(r.Context(), f, q.after, auditPerPage+1)
		if err != nil {
			return nil, false, false, fmt.Errorf("read the audit trail: %w", err)
		}
		if newer = len(list) > auditPerPage; newer {
			list = list[:auditPerPage]
		}
		slices.Reverse(list)
		return list, newer, true, nil
	}
	list, err = s.Store.AuditBefore(r.Context(), f, q.before, auditPerPage+1)
	if err != nil {
		return nil, false, false, fmt.Errorf("read the audit trail: %w", err)
	}
	if older = len(list) > auditPerPage; older {
		list = list[:auditPerPage]
	}
	return list, q.before > 0, older, nil
}

// auditRow is how a line is shown.
func auditRow(l store.AuditLine, times web.Times) webpeople.AuditRow {
	row := webpeople.AuditRow{
		Number: strconv.FormatInt(l.Seq, 10), At: times.Second(l.Time()), Who: l.Who, Account: l.Account, Address: l.Address,
		What: webpeople.AuditAction(l.Action), On: webpeople.AuditText(l.On), Detail: webpeople.AuditText(l.Detail),
	}
	row.State, row.Word = webpeople.AuditResult(l.Result)
	return row
}
