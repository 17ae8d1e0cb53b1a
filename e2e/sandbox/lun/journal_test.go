package lun_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hawser/e2e/sandbox/lun"
)

// records reads "a write", "b flush 4096", … ; each is a millisecond after the one before.
func records(lines ...string) []lun.Record {
	var out []lun.Record
	for i, l := range lines {
		f := strings.Fields(l)
		r := lun.Record{Node: f[0], Op: lun.Op(f[1]), Time: time.UnixMilli(int64(i)), Monotonic: time.Duration(i) * time.Millisecond, Length: 4096}
		if len(f) > 2 && f[2] == "0" {
			r.Length = 0
		}
		out = append(out, r)
	}
	return out
}

func TestOverlaps(t *testing.T) {
	tests := []struct {
		name string
		log  []lun.Record
		want []string // holder>writer:writes
	}{
		{"Nothing", nil, nil},
		{"OneNode", records("a attach", "a write", "a flush", "a write"), nil},
		{"CleanMove", records("a mount", "a flush", "a write", "a unmount", "a flush", "b mount", "b flush", "b write"), nil},
		{"MoveThereAndBack", records("a mount", "a unmount", "a flush", "b mount", "b unmount", "b flush", "a mount", "a write", "a flush"), nil},
		{"UnmountWithoutWhatWasUnflushed", records("a mount", "a unmount", "a flush 0", "b mount"), nil},
		{"Crash", records("a mount", "a write", "a off", "b mount", "b write"), nil},
		{"CrashAndReturn", records("a mount", "a off", "b mount", "a attach", "b unmount", "b flush", "a mount"), nil},
		{"PathFails", records("a mount", "a fail", "b mount", "b write"), nil},
		{"EmptyFlushesOfAnOnlooker", records("a mount", "b flush 0", "a write", "b flush 0"), nil},
		{"MarksAreNoWriters", records("a mount", "- mark", "a write"), nil},

		{"BothMount", records("a mount", "a flush", "b mount", "b flush"), []string{"a>b:2"}},
		{"Interleaved", records("a write", "b write", "a write", "b write"), []string{"a>b:2", "b>a:1"}},
		{"AliveButSilent", records("a mount", "a flush", "b mount", "b write", "b unmount", "b flush 0"), []string{"a>b:3"}},
		{"UnmountNotFlushed", records("a mount", "a unmount", "b mount"), []string{"a>b:1"}},
		{"WriteAfterUnmount", records("a mount", "a unmount", "a write", "a flush", "b mount"), []string{"a>b:1"}},
		{"LateFlushOfOldData", records("a write", "a fail", "b mount", "a flush"), []string{"b>a:1"}},
		{"WritesAfterPathIsBack", records("a mount", "a fail", "b mount", "a write"), []string{"b>a:1"}},
		{"Destage", records("a mount", "a off", "b mount", "a destage"), []string{"b>a:1"}},
		{"TwoIntervals", records("a mount", "b write", "b off", "b attach", "b write"), []string{"a>b:1", "a>b:1"}},
		{"ThreeNodes", records("a mount", "b mount", "c mount"), []string{"a>b:1", "a>c:1", "b>c:1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, o := range lun.Overlaps(tt.log) {
				got = append(got, o.Holder+">"+o.Writer+":"+string(rune('0'+o.Writes)))
			}
			if strings.Join(got, " ") != strings.Join(tt.want, " ") {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, err := lun.OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	want := lun.Record{Node: "n1", Op: lun.Write, Offset: 8192, Length: 512}
	if err := j.Append(want); err != nil {
		t.Fatal(err)
	}
	got, err := lun.ReadJournal(path)
	if err != nil || len(got) != 1 {
		t.Fatalf("read: %v, %v", got, err)
	}
	if got[0].Time.IsZero() || got[0].Monotonic == 0 {
		t.Errorf("no times: %+v", got[0])
	}
	want.Time, want.Monotonic = got[0].Time, got[0].Monotonic
	if got[0] != want {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
}

func FuzzReadRecord(f *testing.F) {
	f.Add("n1 write 1 2 3 4")
	f.Add("n1 off 1 2 0 0")
	f.Add("")
	f.Fuzz(func(t *testing.T, line string) {
		r, err := lun.ParseRecord(line)
		if err != nil {
			return
		}
		again, err := lun.ParseRecord(r.String())
		if err != nil || again != r {
			t.Errorf("%q became %+v and then %+v (%v)", line, r, again, err)
		}
	})
}
