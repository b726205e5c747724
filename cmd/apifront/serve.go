package main

import (
	"context"
	"fmt"

	"apifront/probe"
)

func runServe(ctx context.Context, p *program, args []string) error {
	f := p.flags("serve")
	log := logger(p.stderr)
	where, signIn, notices := p.entryFlags(f, log), p.oidcFlags(f), p.noticeFlags(f)
	checks := p.checksFlag(f)
	database := f.String("database", p.or("APIFRONT_DATABASE", defaultDatabase), "SQLite `file`, made when missing, or postgres:// URL (APIFRONT_DATABASE)")
	keys := f.String("cookie-keys", p.getenv("APIFRONT_COOKIE_KEYS_FILE"), "`file` with the keys of cookies, made when missing; empty: beside an SQLite file, or in a PostgreSQL database (APIFRONT_COOKIE_KEYS_FILE; APIFRONT_COOKIE_KEYS holds keys themselves)")
	asJSON := f.Bool("json", false, "print one JSON object with the key url as the first line")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	in, err := where()
	if err != nil {
		return err
	}
	provider, err := signIn()
	if err != nil {
		return err
	}
	perMinute, err := checks()
	if err != nil {
		return err
	}
	tells, err := notices(*database)
	if err != nil {
		return err
	}
	metrics, err := p.metricsToken()
	if err != nil {
		return err
	}
	settings := probe.Settings{Keys: p.probeKeys}
	if err := p.probeSettings(&settings); err != nil {
		return err
	}
	a, err := open(ctx, config{
		entry: in, database: *database, probe: settings, log: log,
		oidc: provider, metrics: metrics, checksPerMinute: perMinute,
		notices:    tells,
		cookieKeys: func() ([][]byte, error) { return p.cookieKeys(keysFile(*keys, *database)) },
		region:     p.or("AWS_REGION", p.getenv("AWS_DEFAULT_REGION")),
	})
	if err != nil {
		return err
	}
	if *asJSON {
		err = announce(p.stdout, map[string]any{"url": a.url})
	} else {
		_, err = fmt.Fprintf(p.stdout, "apifront %s serves %s\n", version(), a.url)
		if err == nil && a.welcome != "" {
			_, err = fmt.Fprintf(p.stdout, "First start: create the administrator at %s/welcome with the one-time code %s\n", a.url, a.welcome)
		}
	}
	if err != nil {
		a.close()
		return err
	}
	return a.run(ctx)
}

// leastToken is how long the token of the metrics is at least, in bytes: it is not
// protected against guessing.
const leastToken = 16

// metricsToken reads the token by which GET /metrics may be read; "": nobody may.
func (p *program) metricsToken() (string, error) {
	token, err := p.secret("APIFRONT_METRICS_TOKEN")
	if err == nil && token != "" && len(token) < leastToken {
		err = fmt.Errorf("APIFRONT_METRICS_TOKEN is too short: give it at least %d characters, such as openssl rand -hex 24 prints", leastToken)
	}
	return token, err
}
