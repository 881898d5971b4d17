package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"modernc.org/sqlite"
)

// maxStatements is how many prepared statements one connection keeps.
const maxStatements = 256

// connector opens connections that keep prepared statements by their text.
// The queue hands plain SQL to database/sql, and parsing it anew each time
// costs more than running it.
type connector struct {
	driver.Connector
	observe  func(query string)
	unsynced func(err error)
}

// newConnector returns a connector for the file. observe, unless it is nil, is
// told every statement before it runs; unsynced, unless it is nil, of every sync
// that failed, whoever's statement or transaction asked for it.
func newConnector(dsn string, observe func(query string), unsynced func(err error)) (driver.Connector, error) {
	if err := register(); err != nil {
		return nil, fmt.Errorf("register lombard_digest: %w", err)
	}
	inner, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	if observe == nil {
		observe = func(string) {}
	}
	if unsynced == nil {
		unsynced = func(error) {}
	}
	return connector{inner, observe, unsynced}, nil
}

// Connect opens a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := inner.(fullConn)
	if !ok {
		_ = inner.Close()
		return nil, fmt.Errorf("the SQLite driver's connection is a %T, which lacks a method we need", inner)
	}
	return &conn{fullConn: full, observe: c.observe, unsynced: c.unsynced, idle: map[string]statement{}}, nil
}

type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// conn is used by one goroutine at a time, as database/sql promises. A
// statement in use is not among the idle ones.
type conn struct {
	fullConn
	observe  func(query string)
	unsynced func(err error)
	idle     map[string]statement
}

// saw passes an error on, and tells of one that is a failed sync: the queue runs
// transactions of its own on this connection, and nothing else would hear of it.
func (c *conn) saw(err error) error {
	if err != nil && failedToSync(err) {
		c.unsynced(err)
	}
	return err
}

// BeginTx begins a transaction.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	inner, err := c.fullConn.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	return tx{inner, c}, nil
}

type tx struct {
	driver.Tx
	conn *conn
}

// Commit commits.
func (t tx) Commit() error { return t.conn.saw(t.Tx.Commit()) }

// keepable reports whether a statement is worth keeping: data statements and
// savepoints are, transactions, pragmas and schema changes are not.
func keepable(query string) bool {
	for {
		query = strings.TrimLeft(query, " \t\r\n")
		if !strings.HasPrefix(query, "--") {
			break
		}
		_, rest, found := strings.Cut(query, "\n")
		if !found {
			return false
		}
		query = rest
	}
	if len(query) < 6 {
		return false
	}
	switch strings.ToUpper(query[:6]) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "SAVEPO", "RELEAS":
		return true
	default:
		return strings.EqualFold(query[:5], "WITH ")
	}
}

func (c *conn) take(ctx context.Context, query string) (statement, error) {
	if s, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return s, nil
	}
	prepared, err := c.fullConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(statement)
	if !ok {
		_ = prepared.Close()
		return nil, fmt.Errorf("the SQLite driver's statement is a %T, which lacks a method we need", prepared)
	}
	return s, nil
}

func (c *conn) put(query string, s statement) error {
	if _, twice := c.idle[query]; twice || len(c.idle) >= maxStatements {
		return s.Close()
	}
	c.idle[query] = s
	return nil
}

// ExecContext runs a statement, prepared once.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.observe(query)
	if !keepable(query) {
		result, err := c.fullConn.ExecContext(ctx, query, args)
		return result, c.saw(err)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		_ = s.Close()
		return nil, c.saw(err)
	}
	return result, c.put(query, s)
}

// QueryContext runs a query, prepared once.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.observe(query)
	if !keepable(query) {
		result, err := c.fullConn.QueryContext(ctx, query, args)
		return result, c.saw(err)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = s.Close()
		return nil, c.saw(err)
	}
	return &rows{Rows: result, conn: c, query: query, statement: s}, nil
}

// PrepareContext prepares a statement that the caller keeps. It is for use within
// a transaction, the end of which is where a sync fails.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.observe(query)
	return c.fullConn.PrepareContext(ctx, query)
}

// Close closes the idle statements and the connection.
func (c *conn) Close() error {
	for _, s := range c.idle {
		_ = s.Close()
	}
	clear(c.idle)
	return c.fullConn.Close()
}

// rows gives its statement back when it is closed.
type rows struct {
	driver.Rows
	conn      *conn
	query     string
	statement statement
}

// Next reads a row; the last one of a statement that writes commits it.
func (r *rows) Next(to []driver.Value) error { return r.conn.saw(r.Rows.Next(to)) }

// Close ends the query.
func (r *rows) Close() error {
	err := r.Rows.Close()
	if r.statement == nil {
		return err
	}
	s := r.statement
	r.statement = nil
	if err != nil {
		_ = s.Close()
		return err
	}
	return r.conn.put(r.query, s)
}
