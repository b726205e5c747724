// Command provider is zitadel's OIDC provider with its example's users, for
// the test of signing in. It is a module of its own, so that its dependencies
// are not apifront's.
//
//	provider ADDRESS REDIRECT
package main

import (
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

func main() {
	address, redirect := os.Args[1], os.Args[2]
	issuer := "http://" + address + "/"
	storage.RegisterClients(storage.WebClient("web", "secret", redirect))
	users := storage.NewUserStore(issuer)
	handler := exampleop.SetupServer(issuer, storage.NewStorage(users), slog.New(slog.DiscardHandler), false)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	time.AfterFunc(5*time.Minute, func() { os.Exit(1) }) // whatever becomes of the test
	log.Fatal((&http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}).Serve(listener))
}
