package main

import (
	"flag"
	"fmt"
	"net/netip"
	"net/url"

	"apifront/handlers"
	"apifront/notice"
	"apifront/seal"
)

// noticeKeysEnd is how the name of the file ends that has the keys which seal where
// notices go. Its form is that of the cookie keys; its keys are never dropped, since
// what they seal is kept.
const noticeKeysEnd = ".notice-keys"

var noticeKeys = keyUse{"APIFRONT_NOTICE_KEYS", "keys of notices", "# Keys that seal where apifront's notices go and the secrets of origins, the newest first. Keep a copy: without them all places must be entered again."}

// noticeConfig is how notices are sent.
type noticeConfig struct {
	// keys finds the keys that seal places, the newest first; none: no place can be
	// added.
	keys  func() ([][]byte, error)
	mail  *notice.Mail // nil: there is no mail server
	inner []string     // HOST:PORT inside the network that may be told
	demo  bool
}

// noticeFlags adds the flags of notices. Call the function after parsing, with the
// database:
//
//	APIFRONT_NOTICE_KEYS_FILE  file with the keys that seal where notices go
//	APIFRONT_NOTICE_KEYS       the keys themselves, for several replicas
//	APIFRONT_NOTICE_INNER      HOST:PORT inside the network that may be told
func (p *program) noticeFlags(f *flag.FlagSet) func(database string) (noticeConfig, error) {
	keys := f.String("notice-keys", p.getenv("APIFRONT_NOTICE_KEYS_FILE"), "`file` with the keys that seal where notices go, made when missing; empty: beside an SQLite file (APIFRONT_NOTICE_KEYS_FILE; APIFRONT_NOTICE_KEYS holds keys themselves)")
	inner := f.String("notice-inner", p.getenv("APIFRONT_NOTICE_INNER"), "`HOST:PORT` inside the network that notices may go to, also by plain HTTP, separated by commas; empty: none (APIFRONT_NOTICE_INNER)")
	return func(database string) (c noticeConfig, err error) {
		if c.inner, err = notice.ReadInner(*inner); err != nil {
			return c, fmt.Errorf("APIFRONT_NOTICE_INNER: %w", err)
		}
		if c.mail, err = p.mailServer(); err != nil {
			return c, err
		}
		c.keys = func() ([][]byte, error) {
			return p.keysOf(besides(*keys, database, noticeKeysEnd), noticeKeys)
		}
		return c, nil
	}
}

// sender is what sends notices, with what the pages need of it, and the keys that seal
// other secrets.
func (c noticeConfig) sender(address string) (*notice.Sender, *handlers.Notices, seal.Keys, error) {
	var secrets [][]byte
	var seals seal.Keys
	if c.keys != nil {
		var err error
		if secrets, err = c.keys(); err != nil {
			return nil, nil, seals, err
		}
	}
	seals, err := seal.New(secrets, seal.OriginPurpose)
	if err != nil {
		return nil, nil, seals, err
	}
	keys, err := notice.NewKeys(secrets)
	if err != nil {
		return nil, nil, seals, err
	}
	s := notice.New(notice.Settings{URL: address, Version: version(), Keys: keys, Inner: c.inner, Demo: c.demo, Mail: c.mail})
	pages := &handlers.Notices{
		Mail:  c.mail != nil || c.demo,
		Check: s.Check, Seal: keys.Seal, NewKey: notice.NewKey, Rekey: keys.Rekey,
	}
	if keys.Missing() {
		pages.Missing = "No place can be added: this server has no key to encrypt addresses with. With PostgreSQL, whoever runs the server gives all replicas the same key in APIFRONT_NOTICE_KEYS, or a file that APIFRONT_NOTICE_KEYS_FILE names."
	}
	if u, err := url.Parse(address); err == nil && !c.demo {
		if addr, err := netip.ParseAddr(u.Hostname()); err == nil && addr.IsLoopback() {
			pages.Remark = "Links in the messages lead to " + address + ", which nobody else can open. Whoever runs the server sets the public address with --public-url."
		}
	}
	return s, pages, seals, nil
}

// pagesAt is the address that people open.
func (e entry) pagesAt(bound string) string {
	if e.PublicURL != nil {
		return e.PublicURL.String()
	}
	return bound
}
