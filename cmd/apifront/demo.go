package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/handlers"
	"apifront/notice"
	"apifront/probe"
	"apifront/setup"
	"apifront/store"
)

// The demo's user. It opens nothing but a simulator, so the password may be known.
const (
	demoEmail    = "mira@apifront.example"
	demoName     = "Mira Okafor"
	demoPassword = "correct-horse-42"
)

// Two more, to see what other roles see. The password is the same.
const (
	demoOperator = "jonas@apifront.example"
	demoViewer   = "vera@apifront.example"
)

func runDemo(ctx context.Context, p *program, args []string) error {
	f := p.flags("demo")
	where := p.entryFlags(f, logger(p.stderr))
	inner := f.String("notice-inner", p.getenv("APIFRONT_NOTICE_INNER"), "`HOST:PORT` that notices really go to, separated by commas; all others are only said to be told (APIFRONT_NOTICE_INNER)")
	asJSON := f.Bool("json", false, "print one JSON object with the keys url email password operator_email viewer_email aws_endpoint dns probe_port ca_file as the first line")
	pace := f.String("pace", "demo", "how fast the simulated AWS is: demo, real or instant")
	state := f.String("state", p.or("APIFRONT_STATE", ""), "`file` that keeps the demo from one start to the next, with a database beside it; empty: all is thrown away (APIFRONT_STATE)")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	in, err := where()
	if err != nil {
		return err
	}
	told, err := notice.ReadInner(*inner)
	if err != nil {
		return fmt.Errorf("APIFRONT_NOTICE_INNER: %w", err)
	}
	d, err := openDemo(ctx, p, in, *pace, *state, told...)
	if err != nil {
		return err
	}
	fate := "The data is thrown away."
	if *state != "" {
		fate = "The data is kept in " + *state + " and " + databaseOf(*state) + "."
	}
	if *asJSON {
		err = announce(p.stdout, map[string]any{
			"url": d.app.url, "email": demoEmail, "password": demoPassword,
			"operator_email": demoOperator, "viewer_email": demoViewer,
			"aws_endpoint": d.net.AWSEndpoint, "dns": d.net.DNS, "probe_port": d.net.ProbePort, "ca_file": d.net.CAFile,
		})
	} else {
		_, err = fmt.Fprintf(p.stdout, `
  apifront demo: every AWS call goes to a simulator in this process. Nothing leaves this machine.

    Open      %s
    Email     %s
    Password  %s

    With the same password: %s (operator), %s (viewer)

  Stop with Ctrl+C. %s

`, d.app.url, demoEmail, demoPassword, demoOperator, demoViewer, fate)
	}
	if err == nil {
		err = d.app.run(ctx)
	}
	return errors.Join(err, d.close())
}

// A demo is an app on a simulator of its own.
type demo struct {
	app *app
	sim *sim.Sim
	net *sim.Listener
	dir string

	world sim.DemoWorld
	save  func() error // what changed in the simulated AWS
}

// databaseOf is the database beside a state file.
func databaseOf(state string) string { return state + ".db" }

// openDemo opens a demo whose data is thrown away or, with a state file, kept.
func openDemo(ctx context.Context, p *program, in entry, pace, state string, inner ...string) (_ *demo, err error) {
	d := &demo{}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	speed, ok := paces()[pace]
	if !ok {
		return nil, usageError{fmt.Errorf("there is no pace %q: use demo, real or instant", pace)}
	}
	if d.sim, d.world, d.save, err = openSimulator(p, speed, state); err != nil {
		return nil, err
	}
	if d.net, err = d.sim.Listen(ctx, sim.ListenConfig{}); err != nil {
		return nil, err
	}
	database := databaseOf(state)
	if state == "" {
		if d.dir, err = os.MkdirTemp("", "apifront-demo-"); err != nil {
			return nil, fmt.Errorf("make a folder for the demo's data: %w", err)
		}
		database = filepath.Join(d.dir, "apifront.db")
	}
	d.app, err = open(ctx, config{
		entry:    in,
		database: database,
		cloud: cloud.Settings{
			Endpoint:    d.net.AWSEndpoint,
			Credentials: credentials.NewStaticCredentialsProvider(d.world.KeyID, d.world.Secret, ""),
			Pace:        pacing(speed),
		},
		probe: probe.Settings{DNS: []string{d.net.DNS}, Port: d.net.ProbePort, CA: d.sim.CA(), AllowPrivate: true, Keys: p.probeKeys},
		demo:  d.faults(),
		notices: noticeConfig{demo: true, inner: inner, keys: func() ([][]byte, error) {
			return p.keysOf(database+noticeKeysEnd, noticeKeys)
		}},
		region: "eu-west-1", // so that a newcomer sees both certificates
		pace:   looks(pace),
		log:    logger(p.stderr),
		prepare: func(ctx context.Context, st *store.Store) error {
			users, err := st.CountUsers(ctx)
			if err != nil || users > 0 {
				return err
			}
			hash := handlers.HashPassword(demoPassword)
			for _, u := range []store.User{
				{Email: demoEmail, Name: demoName, Role: store.RoleAdmin},
				{Email: demoOperator, Name: "Jonas Lindqvist", Role: store.RoleOperator},
				{Email: demoViewer, Name: "Vera Moreau", Role: store.RoleViewer},
			} {
				u.PasswordHash = hash
				if err := st.CreateUser(ctx, u); err != nil {
					return err
				}
			}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// paces lists the paces of the simulator by the names of the --pace flag.
func paces() map[string]sim.Pace {
	varied := sim.RealPace()
	varied.Spread = 0.1 // AWS does not take the same time twice
	return map[string]sim.Pace{"demo": sim.DemoPace(), "real": varied, "instant": {}}
}

// pacing is how often calls may be made of an AWS of the given pace.
func pacing(speed sim.Pace) func(string, time.Duration) time.Duration {
	return func(action string, every time.Duration) time.Duration {
		switch {
		case action == cloud.GatewayLearns:
			return min(every, speed.GatewayLag*6/5)
		case action == cloud.MetricsCome:
			return min(every, speed.MetricDelay*6/5)
		case action == cloud.MetricsSpan:
			return min(every, speed.MetricDelay*10)
		case strings.HasPrefix(action, "apigateway:"):
			return speed.DomainQuota
		case speed.Route53Rate == 0:
			return 0
		default:
			return every
		}
	}
}

// looks is how often the worker looks at an AWS of the given pace: one that
// does everything at once needs no patience.
func looks(pace string) func(time.Duration) time.Duration {
	if pace == "instant" {
		return func(d time.Duration) time.Duration { return d / 20 }
	}
	return nil
}

// faults offers the simulator's ready-made faults to the pages.
func (d *demo) faults() *handlers.Demo {
	demo := &handlers.Demo{
		Email: demoEmail, Password: demoPassword,
		Order:   func(_ context.Context, id string) error { return d.sim.OrderDemoFault(id) },
		Ordered: func(context.Context) []string { return d.sim.OrderedDemoFaults() },
		Enter:   d.enter,
	}
	for _, f := range d.sim.DemoFaults() {
		demo.Faults = append(demo.Faults, handlers.DemoFault{ID: f.ID, Title: f.Title, What: f.What})
	}
	return demo
}

// enter plays the DNS provider. Records of one name and type are one set.
func (d *demo) enter(records []setup.Record) {
	for i, r := range records {
		same := func(o setup.Record) bool { return o.Name == r.Name && o.Type == r.Type }
		if slices.IndexFunc(records, same) < i {
			continue // entered with the first of them
		}
		var values []string
		for _, o := range records {
			if same(o) {
				values = append(values, o.Value)
			}
		}
		d.sim.EnterRecord(r.Name, r.Type, cmp.Or(r.TTL, 300), values...)
	}
}

// close stops everything and saves what is kept. It may be called twice.
func (d *demo) close() error {
	if d.app != nil {
		d.app.close()
	}
	if d.net != nil {
		d.net.Close()
	}
	if d.dir != "" {
		_ = os.RemoveAll(d.dir) // throw-away data in the system's temporary folder
	}
	if d.save == nil {
		return nil
	}
	return d.save()
}
