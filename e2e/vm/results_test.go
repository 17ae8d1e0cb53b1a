package vm_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// results gathers a line for each case, and writes them where HAWSER_VM_RESULTS says, once all have passed.
type results struct {
	start time.Time
	begun time.Time // of the present case
	lines []string
	// factor is by how much bounds are longer than the product's own figures.
	factor int
}

func newResults(t *testing.T) *results {
	r := &results{start: time.Now(), begun: time.Now()}
	t.Cleanup(func() { r.write(t) })
	return r
}

func (r *results) begin() { r.begun = time.Now() }

func (r *results) add(name, done, seen, wanted string) {
	r.lines = append(r.lines, fmt.Sprintf("| %s | %s | %s | %s |", name, done, wanted, seen))
	fmt.Fprintln(os.Stderr, r.lines[len(r.lines)-1])
}

func (r *results) write(t *testing.T) {
	file := os.Getenv("HAWSER_VM_RESULTS")
	if file == "" || t.Failed() {
		return
	}
	text := fmt.Sprintf(`# SBD in virtual machines / 虚拟机中的 SBD

Written by `+"`make test-vm`"+`. Commit %s, %s, %d s in all. Three machines of QEMU %s, Debian 12's kernel, softdog, a shared disk with its
log of writers, Hawser's own programs. Emulated processors are slow: bounds are %d times the product's own figures (three times at
least, more where the machines took longer to boot than on idle cores), and what was seen is no figure of the product.

由 `+"`make test-vm`"+` 生成：三台 QEMU 虚拟机、Debian 12 原版内核、softdog，以及记录写入者的共享磁盘，全部操作经由 Hawser 自身程序完成。
软件模拟的处理器很慢，因此时限取产品自身数值的 %d 倍（至少三倍，按虚拟机启动所需时间放宽）；表中时间不是产品指标。

| case | what was done | wanted | seen |
| --- | --- | --- | --- |
%s
`, os.Getenv("HAWSER_COMMIT"), r.start.UTC().Format(time.DateOnly), int(time.Since(r.start).Seconds()), "(TCG)", r.factor, r.factor, strings.Join(r.lines, "\n"))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // for everybody to read
		t.Error(err)
	}
}
