package handlers

import (
	"context"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// Connections lists the connections, the stored ones last, and says why
// profiles are missing.
func (s *Server) Connections(ctx context.Context) (list []setup.Connection, note string, err error) {
	base, _ := setup.BuiltIn(setup.DefaultConnection)
	list = []setup.Connection{base}
	if s.Profiles != nil {
		names, err := s.Profiles()
		if err != nil {
			note = "The AWS config file could not be read: " + err.Error()
		}
		for _, name := range names {
			c, _ := setup.BuiltIn(setup.ProfileConnection(name))
			list = append(list, c)
		}
	}
	known, err := s.Store.Connections(ctx)
	if err != nil {
		return nil, "", err
	}
	return append(list, known...), note, nil
}

// connectionTitle is what people call a connection.
func connectionTitle(connection string, demo bool) string {
	if p, ok := strings.CutPrefix(connection, "profile:"); ok {
		return p
	}
	if demo {
		return "Demo account"
	}
	return "Default connection"
}

// ConnectionName is what people call the connection with an ID, a stored one
// too.
func (s *Server) ConnectionName(ctx context.Context, id string) string {
	if _, ok := setup.BuiltIn(id); ok {
		return connectionTitle(id, s.Demo != nil)
	}
	c, err := s.Store.Connection(ctx, id)
	if err != nil {
		return "a connection that was deleted"
	}
	return c.Name
}

// ConnectionKind says in words how a connection gets its credentials.
func (s *Server) ConnectionKind(c setup.Connection) string {
	switch {
	case c.Kind == setup.ConnectionRole:
		return "Role with an external ID, in account " + web.AccountNumber(setup.RoleAccount(c.RoleARN))
	case c.Kind == setup.ConnectionProfile && c.Version > 0:
		return "Named profile " + c.Profile
	case c.Kind == setup.ConnectionProfile:
		return "Named profile of the AWS config files on this server"
	case s.Demo != nil:
		return "The simulator on this server"
	}
	return "Default chain: environment, default profile, or the machine's role"
}
