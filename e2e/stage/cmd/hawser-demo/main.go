// Command hawser-demo brings up the demo: real nodes, the product on them, a protected PostgreSQL and a client that measures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"hawser/e2e/stage"
)

func main() {
	root := flag.String("root", ".", "the project's folder")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *root, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, verb string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return err
	}
	s := stage.New(stage.Options{
		Root: root, Dir: filepath.Join(root, "build", "demo"), Log: os.Stderr,
		Config: filepath.Join(config, "hawser", "config.yaml"),
	})
	switch verb {
	case "up":
		if err := up(ctx, s); err != nil {
			return err
		}
	case "down":
		return s.Down(ctx)
	default:
		return errors.New("up or down?")
	}
	password, err := os.ReadFile(s.PasswordFile())
	if err != nil {
		return err
	}
	fmt.Printf(`
Hawser is up.  Hawser 已启动。

  console   控制台   %s
  user      用户     admin
  password  密码     %s

  bin/hawser cluster list          the same from the command line   命令行
  scripts/sandbox poweroff n1      crash a node and watch           让一个节点崩溃，看看会发生什么
  make demo-down                   end the demo                     结束演示

The browser will warn once: the certificate is signed by this server's own CA, %s.
浏览器会提示一次证书警告：证书由本服务器自己的 CA 签发。
`, s.URL(), strings.TrimSpace(string(password)), s.CAFile())
	return nil
}

func up(ctx context.Context, s *stage.Stage) error {
	if err := s.Up(ctx); err != nil {
		return err
	}
	if err := s.CreateCluster(ctx, "demo", "balanced"); err != nil {
		return err
	}
	if err := s.ProtectPostgres(ctx, "demo"); err != nil {
		return err
	}
	return s.StartProbe(ctx)
}
