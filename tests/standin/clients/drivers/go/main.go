// A customer's checkout through go-mssqldb: argument 1 is the connection, as JSON.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/url"
	"os"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
)

type Word struct {
	Id   int
	Word string
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func read(rows *sql.Rows) [][]any {
	columns, err := rows.Columns()
	must(err)
	read := [][]any{}
	for rows.Next() {
		values := make([]any, len(columns))
		places := make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		must(rows.Scan(places...))
		read = append(read, values)
	}
	must(rows.Err())
	return read
}

func main() {
	var given struct {
		Host, User, Password, Database, Token, Certificate, Look string
		Port                                                     int
		Dirty                                                    []string
	}
	must(json.Unmarshal([]byte(os.Args[1]), &given))
	address := url.URL{
		Scheme:   "sqlserver",
		User:     url.UserPassword(given.User, given.Password),
		Host:     fmt.Sprintf("%s:%d", given.Host, given.Port),
		RawQuery: url.Values{"database": {given.Database}, "encrypt": {"disable"}}.Encode(),
	}
	pool, err := sql.Open("sqlserver", address.String())
	must(err)
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	ctx := context.Background()
	told := map[string]any{}

	var total float64
	var message string
	var returned mssql.ReturnStatus
	rows, err := pool.QueryContext(ctx, "dbo.Redeem",
		sql.Named("UserId", "ünï"),
		sql.Named("Amount", 12.5),
		sql.Named("At", time.Date(2024, 2, 29, 1, 2, 3, 123000000, time.UTC)),
		sql.Named("Total", sql.Out{Dest: &total}),
		sql.Named("Message", sql.Out{Dest: &message}),
		&returned)
	must(err)
	first := read(rows)
	rows.NextResultSet()
	told["rows"] = [][][]any{first, read(rows)}
	rows.NextResultSet()
	must(rows.Close())
	told["outputs"] = []any{total, message}
	told["returned"] = int(returned)

	rows, err = pool.QueryContext(ctx, "SELECT 1 AS a; SELECT N'two' AS b, NULL AS c")
	must(err)
	first = read(rows)
	rows.NextResultSet()
	told["sets"] = [][][]any{first, read(rows)}
	must(rows.Close())

	_, err = pool.ExecContext(ctx, "THROW 50123, N'broken call', 1")
	var failed mssql.Error
	if errors.As(err, &failed) {
		told["error"] = []any{failed.Number, failed.Message}
	}

	transaction, err := pool.BeginTx(ctx, nil)
	must(err)
	_, err = transaction.ExecContext(ctx, "INSERT dbo.Kept (Id) VALUES (@p1)", 7)
	must(err)
	must(transaction.Rollback())

	load, err := pool.PrepareContext(ctx, mssql.CopyIn("dbo.Kept", mssql.BulkOptions{}, "Id", "Word"))
	must(err)
	_, err = load.ExecContext(ctx, 1, "first")
	must(err)
	_, err = load.ExecContext(ctx, 2, nil)
	must(err)
	done, err := load.ExecContext(ctx)
	must(err)
	told["copied"], err = done.RowsAffected()
	must(err)
	must(load.Close())

	rows, err = pool.QueryContext(ctx, "EXEC dbo.TakeWords @Words",
		sql.Named("Words", mssql.TVP{TypeName: "dbo.Words", Value: []Word{{8, "acht"}}}))
	must(err)
	told["listed"] = read(rows)[0]
	must(rows.Close())

	rows, err = pool.QueryContext(ctx, "SELECT Id, Word FROM dbo.Kept ORDER BY Id")
	must(err)
	told["kept"] = read(rows)
	must(rows.Close())

	soon, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	_, err = pool.ExecContext(soon, "WAITFOR DELAY '00:05:00'")
	cancel()
	told["gave_up"] = errors.Is(err, context.DeadlineExceeded)

	borrowed, err := pool.Conn(ctx)
	must(err)
	for _, text := range given.Dirty {
		_, err = borrowed.ExecContext(ctx, text)
		must(err)
	}
	var number int64
	must(borrowed.QueryRowContext(ctx, "SELECT @@SPID").Scan(&number))
	must(borrowed.Close())
	rows, err = pool.QueryContext(ctx, given.Look)
	must(err)
	fresh := read(rows)[0]
	must(rows.Close())
	fresh[0] = fresh[0] == number
	told["fresh"] = fresh

	address.User = nil
	address.RawQuery = url.Values{"database": {given.Database}, "encrypt": {"true"},
		"TrustServerCertificate": {"true"}}.Encode()
	connector, err := mssql.NewAccessTokenConnector(address.String(),
		func() (string, error) { return given.Token, nil })
	must(err)
	identity := sql.OpenDB(connector)
	var user string
	must(identity.QueryRowContext(ctx, "SELECT USER_NAME()").Scan(&user))
	must(identity.Close())
	told["identity"] = user

	address.User = url.UserPassword(given.User, given.Password)
	address.RawQuery = url.Values{"database": {given.Database}, "encrypt": {"strict"},
		"certificate": {given.Certificate}}.Encode()
	strict, err := sql.Open("sqlserver", address.String())
	must(err)
	var one int
	must(strict.QueryRowContext(ctx, "SELECT 1").Scan(&one))
	must(strict.Close())
	told["strict"] = one

	// Another session ends the idle one of the pool: at most one request fails before there is a
	// new one.
	var killed, found int64
	must(pool.QueryRowContext(ctx, "SELECT @@SPID").Scan(&killed))
	address.RawQuery = url.Values{"database": {given.Database}, "encrypt": {"disable"}}.Encode()
	admin, err := sql.Open("sqlserver", address.String())
	must(err)
	_, err = admin.ExecContext(ctx, fmt.Sprintf("KILL %d", killed))
	must(err)
	must(admin.Close())
	if pool.QueryRowContext(ctx, "SELECT @@SPID").Scan(&found) != nil {
		must(pool.QueryRowContext(ctx, "SELECT @@SPID").Scan(&found))
	}
	told["ended"] = found != killed
	must(json.NewEncoder(os.Stdout).Encode(told))
}
