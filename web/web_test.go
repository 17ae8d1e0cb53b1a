package web_test

import (
	"io/fs"
	"strings"
	"testing"

	"hawser/web"
)

func TestDist(t *testing.T) {
	page, err := fs.ReadFile(web.Dist(), "placeholder.html")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "make build") {
		t.Errorf("the placeholder does not say how the console is built: %s", page)
	}
	_, err = fs.Stat(web.Dist(), "index.html")
	if got, want := web.Built(), err == nil; got != want {
		t.Errorf("Built() = %v, but index.html is there: %v", got, want)
	}
}
