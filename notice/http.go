package notice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
)

// A payload is what a program gets: the members that Standard Webhooks asks for.
type payload struct {
	Type      setup.NoticeEvent `json:"type"`
	Timestamp string            `json:"timestamp"` // of what happened, RFC 3339
	Data      payloadData       `json:"data"`
}

type payloadData struct {
	ID      string         `json:"id"`
	SetupID string         `json:"setup_id,omitempty"`
	Setup   string         `json:"setup,omitempty"`
	Job     int64          `json:"job,omitempty"`
	State   string         `json:"state,omitempty"`
	Title   string         `json:"title"`
	Text    string         `json:"text"`
	Problem *setup.Problem `json:"problem,omitempty"`
	Count   int            `json:"count"`
	URL     string         `json:"url"`
}

// hook sends a notice as a Standard Webhook.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func (s *Sender) hook(ctx context.Context, secret setup.NoticeSecret, n setup.Notice) setup.NoticeAnswer {
	page, _ := s.link(n)
	body, err := json.Marshal(payload{Type: n.Event, Timestamp: n.At.UTC().Format(time.RFC3339Nano), Data: payloadData{
		ID: n.ID, SetupID: n.SetupID, Setup: n.Setup, Job: n.Job, State: n.State, Title: n.Title, Text: text(n), Problem: n.Problem, Count: n.Count, URL: page,
	}})
	if err != nil {
		return setup.NoticeAnswer{Text: "The message could not be written."}
	}
	id, at := "msg_"+strings.ReplaceAll(n.ID, "-", ""), strconv.FormatInt(s.Now().Unix(), 10)
	signature, err := sign(secret.Key, id, at, body)
	if err != nil {
		return setup.NoticeAnswer{Text: err.Error()}
	}
	return s.post(ctx, secret, body, http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}})
}

// sign is the signature of a message by the symmetric scheme v1: HMAC-SHA256 of ID,
// time and body, joined by dots, with the key behind the prefix.
func sign(key, id, at string, body []byte) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(key, keyPrefix))
	if err != nil || len(raw) == 0 {
		return "", errors.New("the key of this place cannot be used; make a new one")
	}
	h := hmac.New(sha256.New, raw)
	h.Write([]byte(id + "." + at + "."))
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}

// chat sends a notice in the format of Slack's incoming webhooks.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
func (s *Sender) chat(ctx context.Context, secret setup.NoticeSecret, n setup.Notice) setup.NoticeAnswer {
	page, words := s.link(n)
	body, err := json.Marshal(map[string]string{"text": fmt.Sprintf("*%s*\n%s\n<%s|%s>", plain(n.Title), plain(text(n)), page, plain(words))})
	if err != nil {
		return setup.NoticeAnswer{Text: "The message could not be written."}
	}
	return s.post(ctx, secret, body, nil)
}

// plain is a text that a chat shows as it is. Slack asks for &, < and > to be
// written so; a joiner that nobody sees keeps other chats, which read Markdown too,
// from making mentions and links of what AWS and DNS hold.
// https://docs.slack.dev/messaging/formatting-message-text#escaping
func plain(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "@\u2060", "](", "]\u2060(", "*", "∗", "`", "'").Replace(text)
}

// post sends a body and reads the beginning of the answer.
func (s *Sender) post(ctx context.Context, secret setup.NoticeSecret, body []byte, header http.Header) setup.NoticeAnswer {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, secret.Address, bytes.NewReader(body))
	if err != nil {
		return setup.NoticeAnswer{Text: "The address cannot be used. Enter it again."}
	}
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "apifront/"+s.Version)
	resp, err := s.client.Do(r)
	if err != nil {
		return setup.NoticeAnswer{Text: unreached(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	// What of the answer can be read is shown; that it breaks off changes nothing.
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	a := setup.NoticeAnswer{Taken: resp.StatusCode >= 200 && resp.StatusCode < 300, Status: resp.StatusCode, Text: string(said), Gone: resp.StatusCode == http.StatusGone}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		a.Text = "It leads to another address, which is not followed. Enter the address that it leads to."
	}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 && !a.Taken {
		a.After = time.Duration(min(n, int(longestAsked/time.Second))) * time.Second
	}
	return a
}

// longestAsked is how long a place may ask not to be tried again.
const longestAsked = 6 * time.Hour

// unreached says why there was no answer, without the address.
func unreached(err error) string {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		if failed.Timeout() {
			return fmt.Sprintf("No answer within %s.", setup.Span(tryLimit))
		}
		err = failed.Err
	}
	switch {
	case errors.Is(err, errInside):
		return "Not sent: " + errInside.Error() + "."
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("No answer within %s.", setup.Span(tryLimit))
	case errors.Is(err, context.Canceled):
		return "The server was stopped meanwhile."
	}
	return "No answer: " + err.Error() + "."
}
