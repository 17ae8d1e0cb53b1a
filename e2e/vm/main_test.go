package vm_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hawser/e2e/vm"
	"hawser/internal/testkit"
)

// imageVariable hands the image's folder to the process inside the namespaces, from which no package mirror is reached.
const imageVariable = "HAWSER_VM_IMAGE"

// TestMain makes the image where it is missing, and runs the tests in namespaces of their own.
func TestMain(m *testing.M) {
	code, err := enter(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e/vm:", err)
		code = 1
	}
	os.Exit(code)
}

func enter(m *testing.M) (int, error) {
	if testkit.Missing("vm") != "" {
		return m.Run(), nil // each test says so, and is skipped or fails
	}
	if os.Getenv(imageVariable) == "" {
		var log bytes.Buffer
		cmd := exec.Command(filepath.Join(root(), "scripts", "vm-image"))
		cmd.Stderr = &log
		out, err := cmd.Output()
		if err != nil {
			return 1, errors.Join(fmt.Errorf("make the image: %w: %s", err, log.String()))
		}
		if err := os.Setenv(imageVariable, strings.TrimSpace(string(out))); err != nil {
			return 1, err
		}
	}
	code, inside, err := vm.Alone()
	if err != nil || !inside {
		return code, err
	}
	return m.Run(), nil
}

func root() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}

// need skips a test where there can be no virtual machines.
func need(t *testing.T) {
	t.Helper()
	testkit.Need(t, "vm")
}

func options(dir string, names ...string) vm.Options {
	return vm.Options{
		Image: os.Getenv(imageVariable), Dir: filepath.Join(root(), "build", "vm", dir), Programs: filepath.Join(root(), "build", "bin"),
		Names: names, Instance: 231, Log: os.Stderr,
	}
}
