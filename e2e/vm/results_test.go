package vm_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

// The story of one test has a section of its own in the file that HAWSER_VM_RESULTS names.
const (
	resultsHead = `# In virtual machines / 虚拟机中的测试

Written by ` + "`make test-vm`" + `, a section for each test that has passed. Machines of QEMU (TCG), Debian 12's kernel, Hawser's own programs. Emulated
processors are slow: what was seen is no figure of the product.

由 ` + "`make test-vm`" + ` 生成，每个通过的测试一节。QEMU（TCG）虚拟机，Debian 12 原版内核，全部操作经由 Hawser 自身程序完成。软件模拟的处理器很慢，表中时间不是产品指标。
`
	resultsTable = `
| case | what was done | wanted | seen |
| --- | --- | --- | --- |
`
)

// results gathers a line for each case, and writes them once all have passed.
type results struct {
	title, intro string
	start        time.Time
	begun        time.Time // of the present case
	lines        []string
}

// newResults begins a section. The introduction may be set until the test ends.
func newResults(t *testing.T, title, intro string) *results {
	r := &results{title: title, intro: intro, start: time.Now(), begun: time.Now()}
	t.Cleanup(func() { r.write(t) })
	return r
}

func (r *results) begin() { r.begun = time.Now() }

func (r *results) add(name, done, seen, wanted string) {
	r.lines = append(r.lines, fmt.Sprintf("| %s | %s | %s | %s |", name, done, wanted, seen))
	fmt.Fprintln(os.Stderr, r.lines[len(r.lines)-1])
}

// write puts the section into the file; those of other tests stay as they are.
func (r *results) write(t *testing.T) {
	file := os.Getenv("HAWSER_VM_RESULTS")
	if file == "" || t.Failed() {
		return
	}
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
		return
	}
	text := inSections(string(old), r.title, fmt.Sprintf("Commit %s, %s, %d s in all. %s\n%s%s\n", os.Getenv("HAWSER_COMMIT"), r.start.UTC().Format(time.DateOnly), int(time.Since(r.start).Seconds()), r.intro,
		resultsTable, strings.Join(r.lines, "\n")))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // for everybody to read
		t.Error(err)
	}
}

// inSections returns the file with one section replaced, or added behind the others.
func inSections(old, title, body string) string {
	const mark = "\n## "
	sections, found := strings.Split(old, mark)[1:], false
	section := title + "\n\n" + body
	for i, s := range sections {
		if strings.HasPrefix(s, title+"\n") {
			sections[i], found = section, true
		}
	}
	if !found {
		sections = append(sections, section)
	}
	return resultsHead + mark + strings.Join(sections, mark)
}

func TestSections(t *testing.T) {
	one := inSections("", "A", "a\n")
	both := inSections(one, "B", "b\n")
	if want := resultsHead + "\n## A\n\na\n\n## B\n\nb\n"; both != want {
		t.Errorf("got %q, want %q", both, want)
	}
	if got, want := inSections(both, "A", "new\n"), resultsHead+"\n## A\n\nnew\n\n## B\n\nb\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
