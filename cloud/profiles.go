package cloud

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// Profiles lists the named profiles of the AWS configuration files, sorted. It
// makes no call; no files at all is an empty list.
func (c *Cloud) Profiles() ([]string, error) {
	names := map[string]bool{}
	for _, f := range []struct {
		name   string
		prefix bool // sections other than default are called "profile NAME"
	}{{configFile(), true}, {credentialsFile(), false}} {
		if err := readProfiles(f.name, f.prefix, names); err != nil {
			return nil, err
		}
	}
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list, nil
}

// readProfiles adds the profiles of one file.
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
func readProfiles(name string, prefix bool, into map[string]bool) (err error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list AWS profiles: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		section, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "[")
		if !ok {
			continue
		}
		section, _, ok = strings.Cut(section, "]")
		if !ok {
			continue
		}
		section = strings.TrimSpace(section)
		if prefix && section != "default" {
			kind, profile, found := strings.Cut(section, " ")
			if !found || kind != "profile" {
				continue // sso-session, services, …
			}
			section = strings.TrimSpace(profile)
		}
		if section = strings.Trim(section, `"'`); section != "" {
			into[section] = true
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

func configFile() string {
	if name := os.Getenv("AWS_CONFIG_FILE"); name != "" {
		return name
	}
	return config.DefaultSharedConfigFilename()
}

func credentialsFile() string {
	if name := os.Getenv("AWS_SHARED_CREDENTIALS_FILE"); name != "" {
		return name
	}
	return config.DefaultSharedCredentialsFilename()
}
