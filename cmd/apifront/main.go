// Command apifront puts a team's own CloudFront distribution in front of a
// Regional API Gateway custom domain: a web wizard asks, a background worker
// carries out the AWS calls, and the pages show them live.
//
//	apifront serve      the server, on a real account
//	apifront demo       server, worker and simulator in one process, throw-away data
//	apifront doctor     says why a name does not work, with no server and no account
//	apifront simulate   the AWS simulator alone
//	apifront migrate    bring the database to this version's schema, then stop
//	apifront backup     copy the database to a file while the server runs
//	apifront restore    put such a copy in the place of the database
//	apifront audit      verify that nobody has changed the audit trail
//	apifront user       reset EMAIL: a one-time link for whoever forgot the password; role EMAIL ROLE
//	apifront keys       rotate: a new key for cookies, nobody is signed out
//	apifront health     ask a running server whether it is well (for containers)
//	apifront version    print the version
//
// A flag that has an environment variable of the same meaning names it (see
// apifront COMMAND -h). AWS is found as every AWS tool finds it:
// default chain, AWS_PROFILE, AWS_ENDPOINT_URL, AWS_CA_BUNDLE.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"apifront/probe"
)

// A command is one thing the program can do.
type command struct {
	name string
	args string // after the name, for the usage line
	what string
	run  func(ctx context.Context, p *program, args []string) error
}

// A program is what a command may use of the outside world, so that tests can
// run commands in-process.
type program struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	probeKeys      map[string]probe.Key // of tests, by the variable that held them
}

func commands() []command {
	return []command{
		{"serve", "[flags]", "run the server on a real account", runServe},
		{"demo", "[flags]", "run everything on built-in parts, with throw-away data", runDemo},
		{"doctor", "[flags] NAME", "say why a name does not work: it only looks, and needs no server", runDoctor},
		{"simulate", "[flags]", "run the AWS simulator alone", runSimulate},
		{"migrate", "[flags]", "bring the database to this version's schema", runMigrate},
		{"backup", "[flags] FILE", "copy the database to FILE, also while the server runs", runBackup},
		{"restore", "[flags] FILE", "put a copy back, while no server runs; what is there is kept", runRestore},
		{"audit", "verify [flags]", "check that no line of the audit trail was changed", runAudit},
		{"user", "reset [flags] EMAIL", "make a link that sets a new password, also while the server runs", runUser},
		{"user", "role [flags] EMAIL ROLE", "give a role, also back to the last administrator", runUser},
		{"keys", "rotate [flags]", "put a new cookie key before the old ones", runKeys},
		{"health", "[flags]", "ask a running server whether it is well", runHealth},
		{"version", "", "print the version", runVersion},
	}
}

func main() {
	slog.SetDefault(logger(os.Stderr)) // what libraries write to the standard log belongs into ours
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	code := 1
	var err error
	if p.probeKeys, err = probeKeys(); err != nil {
		p.complain("apifront: %v\n", err)
	} else {
		code = start(ctx, p, os.Args[1:])
	}
	stop()
	os.Exit(code)
}

// start runs the command that args name and returns the exit code: 0 when it
// went well, 1 when not, 2 when the command line was not understood.
func start(ctx context.Context, p *program, args []string) int {
	if len(args) == 0 {
		usage(p.stderr)
		return 2
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, p, args[1:])
		var bad usageError
		var code exitCode
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.As(err, &bad):
			p.complain("apifront %s: %v\nRun \"apifront %s -h\" for its flags.\n", c.name, err, c.name)
			return 2
		case errors.As(err, &code):
			return int(code)
		default:
			p.complain("apifront %s: %v\n", c.name, err)
			return 1
		}
	}
	if a := args[0]; a == "-h" || a == "--help" || a == "help" {
		usage(p.stdout)
		return 0
	}
	p.complain("apifront: there is no command %q\n\n", args[0])
	usage(p.stderr)
	return 2
}

func usage(w io.Writer) {
	text := "Usage: apifront COMMAND\n\n"
	for _, c := range commands() {
		text += fmt.Sprintf("  %-22s %s\n", c.name+" "+c.args, c.what)
	}
	_, _ = io.WriteString(w, text+"\nFlags of a command: apifront COMMAND -h\n") // nobody reads it: nobody to tell
}

// complain writes to standard error. Where that is closed, nobody is there to
// be told.
func (p *program) complain(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stderr, format, args...)
}

// A usageError is a command line that was not understood.
type usageError struct{ error }

// flags makes the flag set of a command. parse reads the arguments into it.
func (p *program) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet("apifront "+name, flag.ContinueOnError)
	f.SetOutput(p.stderr)
	return f
}

func parse(f *flag.FlagSet, args []string, positional int) error {
	quiet := f.Output()
	f.SetOutput(io.Discard)
	err := f.Parse(args)
	f.SetOutput(quiet)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.Usage()
		return err
	case err != nil:
		return usageError{err}
	case f.NArg() < positional:
		return usageError{errors.New("an argument is missing")}
	case f.NArg() > positional:
		return usageError{fmt.Errorf("the argument %q is one too many", f.Arg(positional))}
	}
	return nil
}

// or is the value of an environment variable, or a default.
func (p *program) or(variable, value string) string {
	if v := p.getenv(variable); v != "" {
		return v
	}
	return value
}
