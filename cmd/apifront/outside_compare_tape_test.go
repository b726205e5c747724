//go:build outside

package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A tape keeps the last answer and plays it to whoever asks.
type tape struct {
	client *http.Client

	mu     sync.Mutex
	status int
	header http.Header
	body   []byte
}

// Do implements aws.HTTPClient.
func (p *tape) Do(r *http.Request) (*http.Response, error) {
	res, err := p.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.header, p.body = res.StatusCode, res.Header.Clone(), body
	return res, nil
}

func (p *tape) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(w.Header(), p.header)
	w.WriteHeader(p.status)
	_, _ = w.Write(p.body) // boto3 sees what is missing
}

// unread lists what stands in the body and is not among the values that were
// read: a name that the service's description does not have.
func (p *tape) unread(read []string) (missed []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range leaves(p.body) {
		if v != p.header.Get("X-Amzn-Requestid") && !slices.Contains(read, v) {
			missed = append(missed, v)
		}
	}
	return missed
}

// leaves are the values in a JSON or XML document, written as flatten has them.
func leaves(body []byte) []string {
	flat := map[string]string{}
	var document any
	numbers := json.NewDecoder(bytes.NewReader(body))
	numbers.UseNumber()
	if numbers.Decode(&document) == nil {
		flatten(flat, "", document)
		all := slices.Collect(maps.Values(flat))
		for i, v := range all {
			all[i] = moment(v)
		}
		return all
	}
	var all []string
	var text strings.Builder
	leaf := false
	for tokens := xml.NewDecoder(bytes.NewReader(body)); ; {
		token, err := tokens.Token()
		if err != nil {
			return all
		}
		switch token := token.(type) {
		case xml.StartElement:
			leaf = true
			text.Reset()
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			if v := text.String(); leaf && v != "" {
				all = append(all, moment(v))
			}
			leaf = false
		}
	}
}

// moment writes a time as flatten has it, and lets all else be.
func moment(v string) string {
	const inMilliseconds = "2006-01-02T15:04:05.000Z"
	if at, err := time.Parse(time.RFC3339, v); err == nil {
		return at.UTC().Format(inMilliseconds)
	}
	if seconds, err := time.ParseDuration(v + "s"); err == nil && seconds > 1e9*time.Second {
		return time.UnixMilli(seconds.Milliseconds()).UTC().Format(inMilliseconds)
	}
	return v
}
