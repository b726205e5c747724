package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"apifront/handlers"
	"apifront/store"
)

// oidcFlags adds the flags of signing in through an OIDC provider. Call the
// function after parsing; it returns nil without an issuer. The secret has no
// flag: command lines can be read by everybody on the machine.
func (p *program) oidcFlags(f *flag.FlagSet) func() (*handlers.OIDC, error) {
	issuer := f.String("oidc-issuer", p.getenv("APIFRONT_OIDC_ISSUER"), "sign in through the OIDC provider with this `URL` (APIFRONT_OIDC_ISSUER; secret in APIFRONT_OIDC_CLIENT_SECRET or a file that APIFRONT_OIDC_CLIENT_SECRET_FILE names)")
	client := f.String("oidc-client-id", p.getenv("APIFRONT_OIDC_CLIENT_ID"), "`ID` of this server at the provider (APIFRONT_OIDC_CLIENT_ID)")
	scopes := f.String("oidc-scopes", p.or("APIFRONT_OIDC_SCOPES", "profile email"), "`scopes` to ask for besides openid (APIFRONT_OIDC_SCOPES)")
	claim := f.String("oidc-groups-claim", p.or("APIFRONT_OIDC_GROUPS_CLAIM", "groups"), "`claim` that lists a person's groups (APIFRONT_OIDC_GROUPS_CLAIM)")
	roles := f.String("oidc-roles", p.getenv("APIFRONT_OIDC_ROLES"), "which group gives which role, `such as` admin=platform-admins,operator=platform,viewer=* (APIFRONT_OIDC_ROLES)")
	only := f.Bool("oidc-only", p.getenv("APIFRONT_OIDC_ONLY") == "true", "nobody signs in with a password (APIFRONT_OIDC_ONLY=true)")
	return func() (*handlers.OIDC, error) {
		if *issuer == "" {
			if *only || *client != "" || *roles != "" {
				return nil, errors.New("APIFRONT_OIDC_ISSUER is missing: the other OIDC settings need it")
			}
			return nil, nil
		}
		if u, err := url.Parse(*issuer); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("APIFRONT_OIDC_ISSUER: %q is not a URL such as https://id.example.com", *issuer)
		}
		if *client == "" {
			return nil, errors.New("APIFRONT_OIDC_CLIENT_ID is missing: it is this server's ID at the provider")
		}
		o := &handlers.OIDC{Issuer: *issuer, ClientID: *client, GroupsClaim: *claim, Only: *only}
		o.Scopes = slices.DeleteFunc(strings.FieldsFunc(*scopes, func(r rune) bool { return r == ' ' || r == ',' }), func(s string) bool { return s == "openid" })
		var err error
		if o.ClientSecret, err = p.secret("APIFRONT_OIDC_CLIENT_SECRET"); err != nil {
			return nil, err
		}
		o.Roles, err = groupRoles(*roles)
		return o, err
	}
}

// secret reads a secret from a variable, or from the file that the variable
// with _FILE names.
func (p *program) secret(name string) (string, error) {
	file := p.getenv(name + "_FILE")
	if file == "" {
		return p.getenv(name), nil
	}
	if p.getenv(name) != "" {
		return "", fmt.Errorf("%s and %s_FILE are both set: set one", name, name)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	return strings.TrimSpace(string(text)), nil
}

// groupRoles reads ROLE=GROUP, separated by commas.
func groupRoles(text string) (list []handlers.GroupRole, err error) {
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		role, group, _ := strings.Cut(one, "=")
		role, group = strings.TrimSpace(role), strings.TrimSpace(group)
		if group == "" || role != store.RoleViewer && role != store.RoleOperator && role != store.RoleAdmin {
			return nil, fmt.Errorf("APIFRONT_OIDC_ROLES: %q is not ROLE=GROUP with the role viewer, operator or admin", one)
		}
		list = append(list, handlers.GroupRole{Role: role, Group: group})
	}
	if len(list) == 0 {
		return nil, errors.New("APIFRONT_OIDC_ROLES is missing: without it nobody gets in. Such as admin=platform-admins,operator=platform,viewer=*")
	}
	return list, nil
}
