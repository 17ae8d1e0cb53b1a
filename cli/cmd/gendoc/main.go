// Command gendoc writes the reference of the command line, in every language, below docs/manual, and the JSON Schema of cluster files.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"hawser/cli"
	"hawser/internal/manifest"
	"hawser/internal/words"
)

func main() {
	for _, language := range words.Languages {
		path := filepath.Join("docs", "manual", language, "cli.md")
		if err := write(path, cli.Manual(language)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	schema, err := manifest.Schema()
	if err == nil {
		err = write(filepath.Join("docs", "formats", "cluster.schema.json"), string(schema))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
