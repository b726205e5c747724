package people

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"apifront/handlers"
	"apifront/store"
)

// auditBatch is how many lines of an export are read at a time: no query is
// held open for a slow reader.
const auditBatch = 1000

// auditCSV sends the filtered audit trail, oldest first, for spreadsheets.
func (s *room) auditCSV(w http.ResponseWriter, r *http.Request) error {
	out := csv.NewWriter(w)
	return s.exportAudit(w, r, "csv", "text/csv; charset=utf-8", func(list []store.AuditLine, first bool) error {
		if first {
			if err := out.Write([]string{"line", "time", "name", "account", "address", "action", "on", "result", "detail", "user_id", "previous", "hash"}); err != nil {
				return err
			}
		}
		for _, l := range list {
			err := out.Write(defused(strconv.FormatInt(l.Seq, 10), l.Time().Format(time.RFC3339Nano), l.Who, l.Account, l.Address,
				l.Action, l.On, l.Result, l.Detail, l.UserID, l.Previous, l.Hash))
			if err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	})
}

// auditJSON sends the filtered audit trail, oldest first, as one JSON object a
// line. Each has exactly what its hash is made of, and the hash.
func (s *room) auditJSON(w http.ResponseWriter, r *http.Request) error {
	out := json.NewEncoder(w)
	return s.exportAudit(w, r, "jsonl", "application/jsonl", func(list []store.AuditLine, _ bool) error {
		for _, l := range list {
			if err := out.Encode(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// exportAudit sends the lines in batches. It first writes a line about the
// export itself. If that fails, it sends nothing.
func (s *room) exportAudit(w http.ResponseWriter, r *http.Request, ext, kind string, write func(list []store.AuditLine, first bool) error) error {
	ctx, q := r.Context(), readAuditQuery(r.URL.Query())
	what := store.Act{Action: store.ActExport, On: "audit trail", Detail: ext}
	if filtered := q.page(0, 0).url(""); filtered != "" {
		what.Detail += ", " + strings.TrimPrefix(filtered, "?")
	}
	if err := s.Store.Audit(ctx, what); err != nil {
		return fmt.Errorf("export the audit trail: %w", err)
	}
	filter := q.filter(s.Now())
	list, err := s.Store.AuditAfter(ctx, filter, 0, auditBatch)
	if err != nil {
		return fmt.Errorf("export the audit trail: %w", err)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="apifront-audit-`+s.Now().UTC().Format("20060102-150405")+"."+ext+`"`)
	c := http.NewResponseController(w)
	for first := true; ; first = false {
		// A whole trail may take longer than the time limit of an answer. So
		// each batch has a limit of its own.
		err := c.SetWriteDeadline(time.Now().Add(handlers.TakeLimit))
		if errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
		if err == nil {
			err = write(list, first)
		}
		if err == nil && len(list) == auditBatch {
			list, err = s.Store.AuditAfter(ctx, filter, list[len(list)-1].Seq, auditBatch)
		} else if err == nil {
			return nil
		}
		if err != nil {
			// The connection is cut, so that the client does not take a part
			// for the whole.
			s.Log.WarnContext(ctx, "an export of the audit trail broke off", "ref", handlers.RequestID(ctx), "error", err)
			panic(http.ErrAbortHandler)
		}
	}
}

// defused changes cells so that no spreadsheet takes them for a formula.
func defused(cells ...string) []string {
	for i, c := range cells {
		if strings.ContainsAny(firstOf(strings.TrimLeft(c, " ")), "=+-@\t\r\n'＝＋－＠") {
			cells[i] = "'" + c
		}
	}
	return cells
}

// firstOf is the first character.
func firstOf(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}
