// Command hawser-server is the management server: REST interface, console, sessions of agents.
package main

import (
	"os"

	"hawser/server/rest"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "openapi" {
		os.Stdout.Write(rest.Document())
	}
}
