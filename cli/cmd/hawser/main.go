// Command hawser is Hawser's command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/term"

	"hawser/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C must end a program that does not listen to the first.
	context.AfterFunc(ctx, stop)
	env := cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Terminal: term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd())),
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		env.ReadPassword = func() (string, error) {
			password, err := term.ReadPassword(int(os.Stdin.Fd()))
			return string(password), err
		}
	}
	env.Become = become
	os.Exit(cli.Run(ctx, env))
}

// become runs a program that is installed beside this one, or where packages put it. Nothing else on the path will do: root may
// have typed this.
func become(argv []string, language string) error {
	places := []string{"/usr/bin", "/usr/sbin", "/usr/local/bin"}
	if own, err := os.Executable(); err == nil {
		places = append([]string{filepath.Dir(own)}, places...)
	}
	for _, dir := range places {
		path := filepath.Join(dir, argv[0])
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return syscall.Exec(path, argv, append(os.Environ(), "HAWSER_LANG="+language)) //nolint:gosec // a program of ours
		}
	}
	return os.ErrNotExist
}
