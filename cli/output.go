package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"hawser/internal/fault"
)

// column is a column of a table.
type column[T any] struct {
	head string // cli.col.<head> is its title
	cell func(T) string
}

// printList writes a list as a table, or as an array in JSON or YAML.
func printList[T any](a *app, items []T, columns ...column[T]) error {
	if a.output != "table" {
		if items == nil {
			items = []T{}
		}
		return a.printData(items)
	}
	if len(items) == 0 {
		a.say("%s", a.t("cli.none"))
		return nil
	}
	rows := [][]string{{}}
	for _, c := range columns {
		rows[0] = append(rows[0], a.t("cli.col."+c.head))
	}
	for _, item := range items {
		row := make([]string, 0, len(columns))
		for _, c := range columns {
			row = append(row, c.cell(item))
		}
		rows = append(rows, row)
	}
	return align(a.env.Stdout, rows)
}

// printFacts writes one object as lines of title and value, or as an object in JSON or YAML.
func (a *app) printFacts(object any, pairs ...string) error {
	if a.output != "table" {
		return a.printData(object)
	}
	var rows [][]string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			rows = append(rows, []string{a.t("cli.col." + pairs[i]), pairs[i+1]})
		}
	}
	return align(a.env.Stdout, rows)
}

// printData writes JSON, or the same as YAML.
func (a *app) printData(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("encode output: %w", err)
	}
	if a.output == "yaml" {
		// JSON is YAML: read as such it keeps the order of its fields.
		var doc yaml.Node
		if err := yaml.Unmarshal(b.Bytes(), &doc); err != nil {
			return fmt.Errorf("encode output: %w", err)
		}
		block(&doc)
		b.Reset()
		y := yaml.NewEncoder(&b)
		y.SetIndent(2)
		if err := y.Encode(&doc); err != nil {
			return fmt.Errorf("encode output: %w", err)
		}
	}
	_, err := a.env.Stdout.Write(b.Bytes())
	return err
}

// block makes a document look as YAML is written by people.
func block(n *yaml.Node) {
	n.Style &^= yaml.FlowStyle | yaml.DoubleQuotedStyle
	for _, c := range n.Content {
		block(c)
	}
}

// readYAML reads a YAML or JSON file into v and refuses what v has no field for.
func (a *app) readYAML(name string, v any) error {
	raw, err := a.readFile(name)
	if err != nil {
		return err
	}
	var doc any
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return fault.New(fault.Invalid, "cli.file_invalid", "%s: %w", name, err).With("file", name, "message", err.Error())
	}
	plain, err := json.Marshal(doc)
	if err != nil {
		return fault.New(fault.Invalid, "cli.file_invalid", "%s: %w", name, err).With("file", name, "message", err.Error())
	}
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fault.New(fault.Invalid, "cli.file_invalid", "%s: %w", name, err).With("file", name, "message", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// align writes rows with their columns under each other, as wide as they look: a Chinese character takes two places.
func align(w io.Writer, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-width(cell)))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// width is how many places a text takes on a terminal.
func width(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
			r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff:
			n += 2
		default:
			n++
		}
	}
	return n
}

// yesNo is a truth value for people.
func (a *app) yesNo(v bool) string {
	if v {
		return a.t("cli.yes")
	}
	return a.t("cli.no")
}

// clock writes a time in the reader's own zone.
func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// bytesOf writes a size with a unit, nothing where it is not known.
func bytesOf(n uint64) string {
	if n == 0 {
		return ""
	}
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	size, i := float64(n), 0
	for size >= 1024 && i < len(units)-1 {
		size /= 1024
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", size, units[i])
}
