package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// release is the version of this source tree.
const release = "0.1.0"

// version is the release with the commit it was built from, where Go knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return release + "+" + s.Value[:12]
		}
	}
	return release
}

func runVersion(_ context.Context, p *program, args []string) error {
	if err := parse(p.flags("version"), args, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.stdout, "apifront", version())
	return err
}
