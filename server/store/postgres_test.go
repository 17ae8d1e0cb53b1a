package store_test

import (
	"os"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"hawser/internal/testkit"
)

// postgres is one PostgreSQL for all tests of the package.
var postgres struct {
	once   sync.Once
	server *testkit.Postgres
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if postgres.server != nil {
		postgres.server.Stop()
	}
	os.Exit(code)
}

// newDatabase returns the DSN of an empty database.
func newDatabase(t *testing.T) string {
	t.Helper()
	testkit.Need(t, "postgres")
	postgres.once.Do(func() { postgres.server, postgres.err = testkit.StartPostgres() })
	if postgres.err != nil {
		t.Fatal(postgres.err)
	}
	return postgres.server.Database(t)
}
