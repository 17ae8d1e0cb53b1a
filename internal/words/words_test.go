package words_test

import (
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"hawser/internal/fault"
	"hawser/internal/words"
)

var blank = regexp.MustCompile(`\{\{\s*([A-Za-z0-9]+)\s*\}\}`)

func blanks(text string) []string {
	var names []string
	for _, m := range blank.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// area reads one file of one language.
func area(t *testing.T, file string) map[string]string {
	t.Helper()
	raw, err := words.Files.ReadFile(file)
	if err != nil {
		t.Fatalf("one language has it, the other does not: %v", err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return texts
}

// TestLanguagesAgree: both languages have the same files, keys and blanks; and each sentence is in its language.
func TestLanguagesAgree(t *testing.T) {
	files, err := fs.Glob(words.Files, "*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, err %v", files, err)
	}
	for _, file := range files {
		own := area(t, file)
		language := path.Dir(file)
		other := words.English
		if language == words.English {
			other = words.Chinese
		}
		theirs := area(t, path.Join(other, path.Base(file)))
		for key, text := range own {
			twin, has := theirs[key]
			if !has {
				t.Errorf("%s: %s is not in %s", file, key, other)
			} else if got, want := blanks(text), blanks(twin); language == words.Chinese && !slices.Equal(got, want) {
				t.Errorf("%s: %s has blanks %v in Chinese, %v in English", file, key, got, want)
			}
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", file, key)
			}
			if han := strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }); language == words.English && han {
				t.Errorf("%s: %s is Chinese: %s", file, key, text)
			}
			if language == words.Chinese && text == twin && strings.Contains(text, " ") && !strings.HasSuffix(key, ".example") && text != strings.ToUpper(text) {
				t.Errorf("%s: %s is not translated: %s", file, key, text)
			}
			if n := strings.Count(text, "{{"); n != len(blank.FindAllString(text, -1)) {
				t.Errorf("%s: %s has a broken blank: %s", file, key, text)
			}
		}
	}
}

// TestKeysOnce: no two files of a language have the same key, or one would silently hide the other.
func TestKeysOnce(t *testing.T) {
	for _, language := range words.Languages {
		files, err := fs.Glob(words.Files, language+"/*.json")
		if err != nil {
			t.Fatal(err)
		}
		owner := map[string]string{}
		for _, file := range files {
			for key := range area(t, file) {
				if other, has := owner[key]; has {
					t.Errorf("%s is in %s and in %s", key, other, file)
				}
				owner[key] = file
			}
		}
	}
}

func TestSentence(t *testing.T) {
	zh, en := words.For("zh"), words.For("en")
	args := map[string]string{"resource": "vip", "from": "n1", "to": "n2"}
	if got, want := zh.Sentence("event.resource.moved", args), "vip 已从 n1 切换到 n2。"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := en.Sentence("event.resource.moved", args), "vip has moved from n1 to n2."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := en.Sentence("verdict.stale", nil), "No node has reported for ? seconds."; got != want {
		t.Errorf("a missing argument: got %q, want %q", got, want)
	}
	if got := en.Sentence("no.such.key", nil); got != "no.such.key" || en.Has("no.such.key") {
		t.Errorf("an unknown key: got %q", got)
	}
	busy := map[string]string{"actor": "ann", "cluster": "demo", "route": "resource.move", "operation": "O1"}
	if got, want := en.Sentence("cluster.busy", busy), "ann is changing cluster demo (Move resource, operation O1). Wait until that has ended."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := words.For("fr").Language(); got != words.English {
		t.Errorf("French falls back to %q, want English", got)
	}
}

func TestFault(t *testing.T) {
	var f fault.Fields
	f.Add("nodes[1].name", "node.name_numeric", "digits only", "name", "42")
	f.Add("nodes[2].name", "no.such_reason", "its own message")
	f.Add("address", "check.address_network.failed", "check address_network has failed", "node", "n1", "address", "192.0.2.10/24")
	e := fault.Public(f.Err())
	want := "请求无效。\nnodes[1].name: “42”全是数字，Pacemaker 会把它当作节点 ID。\nnodes[2].name: its own message" +
		"\naddress: n1：没有接口位于 192.0.2.10/24 所在的网络。"
	if got := words.For("zh").Fault(e); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMatch(t *testing.T) {
	for tag, want := range map[string]string{"zh_CN.UTF-8": "zh", "zh-CN": "zh", "zh": "zh", "en_GB.UTF-8": "en", "C": "en", "": "en", "de": "en"} {
		if got := words.Match(tag); got != want {
			t.Errorf("%q: got %s, want %s", tag, got, want)
		}
	}
}
