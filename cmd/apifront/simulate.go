package main

import (
	"context"
	"fmt"

	"apifront/cloud/sim"
)

func runSimulate(ctx context.Context, p *program, args []string) error {
	f := p.flags("simulate")
	listen := f.String("listen", p.or("APIFRONT_SIMULATE_LISTEN", "127.0.0.1:0"), "`address` of the AWS endpoint; port 0 chooses one (APIFRONT_SIMULATE_LISTEN)")
	pace := f.String("pace", "demo", "how fast the simulated AWS is: demo, real or instant")
	asJSON := f.Bool("json", false, "print one JSON object with the keys aws_endpoint dns probe_port ca_file as the first line")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	speed, ok := paces()[*pace]
	if !ok {
		return usageError{fmt.Errorf("there is no pace %q: use demo, real or instant", *pace)}
	}
	s := sim.New(sim.Config{Pace: speed, Guests: true})
	world := s.Demo()
	net, err := s.Listen(ctx, sim.ListenConfig{Address: *listen})
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", *listen, unwrapNet(err))
	}
	defer net.Close()
	if *asJSON {
		err = announce(p.stdout, map[string]any{
			"aws_endpoint": net.AWSEndpoint, "dns": net.DNS, "probe_port": net.ProbePort, "ca_file": net.CAFile,
		})
	} else {
		_, err = fmt.Fprintf(p.stdout, `A simulated AWS listens. To use it:

  export AWS_ENDPOINT_URL=%s AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_REGION=eu-west-1
  export APIFRONT_PROBE_DNS=%s APIFRONT_PROBE_PORT=%d APIFRONT_PROBE_CA=%s

Every call: %s/_sim/calls. Stop with Ctrl+C; its state is in memory.
`, net.AWSEndpoint, world.KeyID, world.Secret, net.DNS, net.ProbePort, net.CAFile, net.AWSEndpoint)
	}
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
