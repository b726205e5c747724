package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"apifront/cloud"
	"apifront/doctor"
	"apifront/probe"
	"apifront/setup"
)

// An exitCode ends the program with a code, when all is said already.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// The exit codes of the doctor.
const (
	exitFindings = 1
	exitUnknown  = 2 // it could not tell, or the command line was not understood
)

// doctorExit is the exit code of a verdict.
func doctorExit(v setup.Verdict) int {
	switch v {
	case setup.VerdictHealthy, setup.VerdictRemarks:
		return 0
	case setup.VerdictWrong, setup.VerdictPastCloudFront, setup.VerdictStranger, setup.VerdictNoName, setup.VerdictNotDelegated, setup.VerdictPrivate:
		return exitFindings
	case setup.VerdictUnsure, setup.VerdictCouldNot, setup.VerdictStopped:
	}
	return exitUnknown
}

// runDoctor looks at one name. It needs no server, no database and no account.
func runDoctor(ctx context.Context, p *program, args []string) error {
	f := p.flags("doctor")
	asJSON := f.Bool("json", false, "print one JSON object, as docs/doctor.md describes it")
	verbose := f.Bool("verbose", false, "print each look, with the lines of dig, curl, openssl and aws that repeat it, and the answers")
	profile := f.String("profile", "", "`profile` of the AWS configuration; empty: the default chain (AWS_PROFILE)")
	region := f.String("region", "", "`region` in which to look for the custom domain, after the one in the origin's name; empty: that of the AWS configuration")
	noAWS := f.Bool("no-aws", false, "look from outside alone, and ask no account")
	endpoint := f.String("endpoint-url", "", "`address` of every AWS service, such as that of the simulator (AWS_ENDPOINT_URL)")
	sockets := f.Bool("open-websocket", false, "open WebSockets, which runs $connect and $disconnect of the API")
	header := f.String("key-header", "", "`header` in which to send the key that "+doctor.KeyVariable+" holds, such as X-Api-Key or Authorization; empty: none is sent")
	names, err := interspersed(f, args)
	if err != nil {
		return err
	}
	if len(names) != 1 {
		return usageError{errors.New("it takes one name, such as api.example.com or https://api.example.com/health")}
	}
	asked, err := setup.CleanAsked(names[0])
	if err != nil {
		return usageError{fmt.Errorf("%q: %w", names[0], err)}
	}
	if *region != "" && !setup.IsRegion(*region) {
		return usageError{fmt.Errorf("%q is no region of AWS that apifront knows", *region)}
	}
	var out probe.Settings
	if err := p.probeSettings(&out); err != nil {
		return usageError{err}
	}
	key, err := p.doctorKey(*header)
	if err != nil {
		return usageError{err}
	}
	q := doctor.Question{Name: asked.Name, Path: asked.Path, Prober: probe.New(out, nil), Handshakes: *sockets, Key: key}
	unasked := "--no-aws was given"
	if !*noAWS {
		if unasked = "no credentials"; *profile != "" || p.mayHaveCredentials() {
			unasked = ""
			q.Open = opener(*profile, *region, *endpoint)
		}
	}
	spin := p.spinner(!*asJSON)
	at := time.Now()
	b := doctor.Diagnose(ctx, q, spin.look)
	spin.stop()
	d := diagnosis{asked: asked, at: at, unasked: unasked, DiagnosisBody: b}
	if *asJSON {
		err = announce(p.stdout, d.document())
	} else {
		_, err = io.WriteString(p.stdout, d.text(p.colours(), *verbose))
	}
	if err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	if code := doctorExit(b.Verdict); code != 0 {
		return exitCode(code)
	}
	return nil
}

// doctorKey is the key that is sent in a header. It comes from the environment, since
// everybody on a machine may read the command lines of its processes, and is taken out
// of it, since programs that are started later need not have it.
func (p *program) doctorKey(header string) (setup.TypedKey, error) {
	if header == "" {
		return setup.TypedKey{}, nil
	}
	k := setup.TypedKey{Header: header, Value: setup.NewSecret(p.getenv(doctor.KeyVariable))}
	switch {
	case !setup.CanCarryKey(header):
		return k, errors.New("--key-header takes the name of a header that callers send a key in, such as X-Api-Key or Authorization")
	case k.IsZero():
		return k, errors.New("--key-header needs the key in the environment variable " + doctor.KeyVariable)
	case !setup.SendableKey(k.Value):
		return k, errors.New(doctor.KeyVariable + " holds no key that can be sent: at least 8 visible ASCII characters, without a blank at its ends")
	}
	if err := os.Unsetenv(doctor.KeyVariable); err != nil {
		return k, fmt.Errorf("take %s out of the environment: %w", doctor.KeyVariable, err)
	}
	return k, nil
}

// opener opens the account behind a profile, or behind the default chain.
func opener(profile, region, endpoint string) func(context.Context, string, setup.Recorder) (*cloud.Account, error) {
	connection := setup.DefaultConnection
	if profile != "" {
		connection = setup.ProfileConnection(profile)
	}
	aws := cloud.New(cloud.Settings{Endpoint: endpoint, Log: slog.New(slog.DiscardHandler)})
	return func(ctx context.Context, in string, rec setup.Recorder) (*cloud.Account, error) {
		if in == "" {
			in = region
		}
		return aws.Open(ctx, connection, in, "doctor", rec)
	}
}

// interspersed parses flags that stand before or after the positional arguments, and
// returns these.
func interspersed(f *flag.FlagSet, args []string) (positional []string, err error) {
	for {
		quiet := f.Output()
		f.SetOutput(io.Discard)
		err := f.Parse(args)
		f.SetOutput(quiet)
		switch {
		case errors.Is(err, flag.ErrHelp):
			f.Usage()
			return nil, err
		case err != nil:
			return nil, usageError{err}
		case f.NArg() == 0:
			return positional, nil
		}
		positional, args = append(positional, f.Arg(0)), f.Args()[1:]
	}
}

// mayHaveCredentials says whether the default chain of AWS has anything to begin with.
// On a machine that is not Amazon's, the end of the chain is a service that never
// answers, and to wait for it would take seconds.
func (p *program) mayHaveCredentials() bool {
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
	} {
		if p.getenv(name) != "" {
			return true
		}
	}
	home, _ := os.UserHomeDir() // without one there are no files in it
	for variable, file := range map[string]string{"AWS_SHARED_CREDENTIALS_FILE": "credentials", "AWS_CONFIG_FILE": "config"} {
		path := p.or(variable, filepath.Join(home, ".aws", file))
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() && st.Size() > 0 {
			return true
		}
	}
	if runtime.GOOS == "linux" && p.getenv("AWS_EC2_METADATA_DISABLED") != "true" {
		vendor, err := os.ReadFile("/sys/devices/virtual/dmi/id/sys_vendor")
		return err == nil && strings.HasPrefix(string(vendor), "Amazon EC2")
	}
	return false
}

// terminal says whether something is written to a terminal.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// colours says whether standard output takes colours. https://no-color.org
func (p *program) colours() bool {
	return terminal(p.stdout) && p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
}

// A spinner says on standard error which look is being made, if that is a terminal.
type spinner struct {
	w    io.Writer // nil: nobody reads it
	ends chan struct{}
	all  sync.WaitGroup

	mu    sync.Mutex
	looks map[setup.DoctorLookID]setup.DoctorLook
}

func (p *program) spinner(wanted bool) *spinner {
	s := &spinner{ends: make(chan struct{}), looks: map[setup.DoctorLookID]setup.DoctorLook{}}
	if !wanted || !terminal(p.stderr) || p.getenv("TERM") == "dumb" {
		return s
	}
	s.w = p.stderr
	s.all.Go(s.turn)
	return s
}

func (s *spinner) look(l setup.DoctorLook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks[l.ID] = l
}

// turn writes the line again and again until stop is called.
func (s *spinner) turn() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-s.ends:
			_, _ = io.WriteString(s.w, "\r\x1b[K") // it is only for who watches
			return
		case <-tick.C:
			_, _ = fmt.Fprintf(s.w, "\r\x1b[K%c %s", []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[n%10], s.line())
		}
	}
}

// line says how many looks have ended, and which is being made.
func (s *spinner) line() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	done, now := 0, ""
	all := doctor.Looks()
	for _, l := range all {
		switch s.looks[l.ID].State {
		case "", setup.DoctorWaiting:
		case setup.DoctorLooking:
			if now == "" {
				now = l.Title
			}
		default:
			done++
		}
	}
	return strings.TrimSuffix(fmt.Sprintf("%d of %d looks done: %s", done, len(all), now), ": ")
}

func (s *spinner) stop() {
	close(s.ends)
	s.all.Wait()
}
