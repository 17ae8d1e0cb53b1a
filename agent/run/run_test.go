package run_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hawser/agent/run"
	"hawser/internal/testkit"
)

func TestSystem(t *testing.T) {
	s := run.System{Timeout: 5 * time.Second}
	t.Run("Status", func(t *testing.T) {
		out, err := s.Run(t.Context(), run.Cmd("sh", "-c", "echo hi; echo oops >&2; exit 3"))
		if out.Code != 3 || string(out.Stdout) != "hi\n" || run.Code(err) != 3 || run.Words(err) != "oops" {
			t.Fatalf("out = %+v, err = %v", out, err)
		}
	})
	t.Run("Missing", func(t *testing.T) {
		for _, name := range []string{"/nonexistent/program", "no-such-program-here"} {
			if _, err := s.Run(t.Context(), run.Cmd(name)); !run.Missing(err) {
				t.Errorf("%s: %v is not told as missing", name, err)
			}
		}
	})
	t.Run("InputAndEnvironment", func(t *testing.T) {
		out, err := s.Run(t.Context(), run.Cmd("sh", "-c", `cat; printf %s "$PLACE $LC_ALL"`).Input([]byte("in ")).With("PLACE=here"))
		if err != nil || string(out.Stdout) != "in here C" {
			t.Fatalf("%q, %v", out.Stdout, err)
		}
	})
	t.Run("NoShell", func(t *testing.T) {
		out, err := s.Run(t.Context(), run.Cmd("printf", "%s", "$(id); `id`"))
		if err != nil || string(out.Stdout) != "$(id); `id`" {
			t.Fatalf("%q, %v", out.Stdout, err)
		}
	})
	t.Run("Into", func(t *testing.T) {
		var got strings.Builder
		out, err := s.Run(t.Context(), run.Cmd("sh", "-c", "echo hi; echo oops >&2; exit 3").Into(&got))
		if got.String() != "hi\n" || len(out.Stdout) != 0 || run.Words(err) != "oops" {
			t.Fatalf("%q, %+v, %v", got.String(), out, err)
		}
	})
	t.Run("IntoNoMore", func(t *testing.T) {
		began := time.Now()
		if _, err := s.Run(t.Context(), run.Cmd("sh", "-c", "echo hi; sleep 60").Within(time.Minute).Into(full{})); err == nil || time.Since(began) > 30*time.Second {
			t.Fatalf("%v after %v", err, time.Since(began))
		}
	})
	t.Run("AdministratorsFolders", func(t *testing.T) {
		t.Setenv("PATH", "/nowhere")
		out, err := s.Run(t.Context(), run.Cmd("sh", "-c", "echo $PATH"))
		if err != nil || !strings.Contains(string(out.Stdout), "/usr/sbin") {
			t.Fatalf("%q, %v", out.Stdout, err)
		}
	})
	t.Run("EndlessOutput", func(t *testing.T) {
		c := run.Cmd("sh", "-c", "yes | head -c 80000000; echo end >&2")
		c.Timeout = time.Minute // so much takes a busy machine longer than five seconds
		out, err := s.Run(t.Context(), c)
		if err != nil || len(out.Stdout) != 64<<20 || string(out.Stderr) != "end\n" {
			t.Fatalf("%d bytes, %q, %v", len(out.Stdout), out.Stderr, err)
		}
	})
}

// TestSystemKillsTheGroup: what a resource agent has started must not outlive it, nor hold the caller by the open pipe.
func TestSystemKillsTheGroup(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	start := time.Now()
	_, err := run.System{}.Run(t.Context(), run.Cmd("sh", "-c", `sleep 60 & echo $! >"$0"; wait`, pidFile).Within(2*time.Second)) // in which it has begun
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 30*time.Second {
		t.Fatalf("%v after %v", err, time.Since(start))
	}
	data, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, func() error {
		state, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil || strings.Contains(string(state), ") Z ") || syscall.Kill(pid, 0) != nil {
			return nil
		}
		return errors.New("the grandchild still runs")
	})
}

func TestSystemCancel(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("nobody waits")
	time.AfterFunc(100*time.Millisecond, func() { cancel(why) })
	if _, err := (run.System{}).Run(ctx, run.Cmd("sleep", "60")); !errors.Is(err, why) {
		t.Fatalf("got %v", err)
	}
}

func TestCommandString(t *testing.T) {
	got := run.Cmd("cibadmin", "--patch", "a b").Input([]byte("passwd=hunter2")).With("TOKEN=hunter2").String()
	if want := `cibadmin --patch "a b" <(14 bytes)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFake(t *testing.T) {
	var f run.Fake
	f.Program("greet", func(_ context.Context, c run.Command) run.Output {
		if len(c.Args) == 0 {
			return run.Output{Code: 64, Stderr: []byte("whom?")}
		}
		return run.Output{Stdout: []byte("hello " + c.Args[0])}
	})
	if out, err := f.Run(t.Context(), run.Cmd("greet", "you")); err != nil || string(out.Stdout) != "hello you" {
		t.Errorf("%q, %v", out.Stdout, err)
	}
	if _, err := f.Run(t.Context(), run.Cmd("greet")); run.Code(err) != 64 || run.Words(err) != "whom?" {
		t.Errorf("got %v", err)
	}
	if _, err := f.Run(t.Context(), run.Cmd("nothing")); !run.Missing(err) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Run(ctx, run.Cmd("greet", "you")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no more") }
