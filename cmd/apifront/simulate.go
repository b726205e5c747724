package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"apifront/cloud/sim"
)

func runSimulate(ctx context.Context, p *program, args []string) error {
	f := p.flags("simulate")
	listen := f.String("listen", p.or("APIFRONT_SIMULATE_LISTEN", "127.0.0.1:0"), "`address` of the AWS endpoint; port 0 chooses one (APIFRONT_SIMULATE_LISTEN)")
	names := f.String("names", p.or("APIFRONT_SIMULATE_NAMES", ""), "`names` that the AWS endpoint answers to, separated by commas, beside its address and localhost (APIFRONT_SIMULATE_NAMES)")
	pace := f.String("pace", "demo", "how fast the simulated AWS is: demo, real or instant")
	state := f.String("state", p.or("APIFRONT_STATE", ""), "`file` that keeps the simulated AWS from one start to the next; empty: it is forgotten (APIFRONT_STATE)")
	asJSON := f.Bool("json", false, "print one JSON object with the keys aws_endpoint dns probe_port ca_file as the first line")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	speed, ok := paces()[*pace]
	if !ok {
		return usageError{fmt.Errorf("there is no pace %q: use demo, real or instant", *pace)}
	}
	s, world, save, err := openSimulator(p, speed, *state)
	if err != nil {
		return err
	}
	net, err := s.Listen(ctx, sim.ListenConfig{Address: *listen, Names: strings.Split(*names, ",")})
	if err != nil {
		return errors.Join(fmt.Errorf("cannot listen on %s: %w", *listen, unwrapNet(err)), save())
	}
	defer net.Close()
	fate := "its state is in memory"
	if *state != "" {
		fate = "its state is kept in " + *state
	}
	if *asJSON {
		err = announce(p.stdout, map[string]any{
			"aws_endpoint": net.AWSEndpoint, "dns": net.DNS, "probe_port": net.ProbePort, "ca_file": net.CAFile,
		})
	} else {
		_, err = fmt.Fprintf(p.stdout, `A simulated AWS listens. To use it:

  export AWS_ENDPOINT_URL=%s AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_REGION=eu-west-1
  export APIFRONT_PROBE_DNS=%s APIFRONT_PROBE_PORT=%d APIFRONT_PROBE_CA=%s

Every call: %s/_sim/calls. Stop with Ctrl+C; %s.
`, net.AWSEndpoint, world.KeyID, world.Secret, net.DNS, net.ProbePort, net.CAFile, net.AWSEndpoint, fate)
	}
	if err != nil {
		return errors.Join(err, save())
	}
	<-ctx.Done()
	net.Close() // no call comes after the last save
	return save()
}

// openSimulator makes a simulator with the demo's world: the one of the state
// file, if there is such a file. save is to be called at the end.
func openSimulator(p *program, pace sim.Pace, state string) (s *sim.Sim, world sim.DemoWorld, save func() error, err error) {
	log := logger(p.stderr)
	s = sim.New(sim.Config{Pace: pace, Guests: true, Log: func(format string, args ...any) {
		log.Warn("simulator", "problem", fmt.Sprintf(format, args...))
	}})
	save = func() error { return nil }
	if state != "" {
		if _, err := s.Load(state); err != nil {
			return nil, world, nil, err
		}
	}
	world = s.Demo()
	if state != "" {
		if save, err = s.Keep(state); err != nil {
			return nil, world, nil, err
		}
	}
	return s, world, save, nil
}
