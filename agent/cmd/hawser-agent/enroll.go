package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"hawser/agent/app"
	"hawser/agent/uplink"
)

// maxToken bounds what is read as a token.
const maxToken = 1024

func enroll(read reader) *cobra.Command {
	var e uplink.Enrolment
	var tokenFile string
	c := &cobra.Command{
		Use:   "enroll --server https://NAME:PORT --token-file FILE --ca-sha256 FINGERPRINT",
		Short: "Make this host a member of a server",
		Long: "Make this host a member of a server. The token is good for one host and is sent only after the server has shown the CA\n" +
			"with the given fingerprint. Asking again after a lost answer, with the same token, is safe.",
		Example: "  hawser-agent enroll --server https://ha.example:8443 --token-file - --ca-sha256 3f…d8 < token",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := read(c)
			if err != nil {
				return err
			}
			if tokenFile != "" {
				if e.Token, err = readToken(c.InOrStdin(), tokenFile); err != nil {
					return err
				}
			}
			driver, err := app.NewDriver(conf)
			if err != nil {
				return err
			}
			if e.Facts, err = driver.Facts(c.Context()); err != nil {
				return fmt.Errorf("ask the host what it is: %w", err)
			}
			e.Dir = conf.StateDir
			host, err := uplink.Enrol(c.Context(), e)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), catalogue().Sentence("agent.now_enrolled", map[string]string{"host": host, "server": e.Server}))
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&e.Server, "server", "", "address of the server, for example https://ha.example:8443")
	f.StringVar(&e.Token, "token", "", "one-time token; others on this host can see it, --token-file is better")
	f.StringVar(&tokenFile, "token-file", "", "file with the token; - reads standard input")
	f.StringVar(&e.CASHA256, "ca-sha256", "", "SHA-256 of the server's CA certificate, as the server shows it")
	f.BoolVar(&e.Again, "again", false, "replace an enrolment that is there already")
	c.MarkFlagsMutuallyExclusive("token", "token-file")
	c.MarkFlagsOneRequired("token", "token-file")
	for _, name := range []string{"server", "ca-sha256"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	return c
}

func readToken(stdin io.Reader, path string) (string, error) {
	r := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("read token: %w", err)
		}
		defer f.Close()
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, maxToken))
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}
