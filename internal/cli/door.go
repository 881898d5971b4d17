package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"lombard.example/lombard/internal/httpapi"
)

// doorName is the socket in a data directory through which other commands of
// the same user work while this process holds the directory.
const doorName = "lombard.sock"

// door is that socket, from the side of the process that holds the directory.
type door struct {
	server *http.Server
	path   string
	hang   context.CancelFunc // ends event streams and waits
	log    *slog.Logger
	served chan error
}

// openDoor begins to answer on the socket. A process without one works as
// before; others cannot join it.
func (l *local) openDoor(log *slog.Logger) (*door, error) {
	path := filepath.Join(l.db.Dir(), doorName)
	listener, err := listenDoor(l.db.Dir(), path)
	if err != nil {
		return nil, err
	}
	stopping, hang := context.WithCancel(context.Background())
	d := &door{path: path, hang: hang, log: log, served: make(chan error, 1)}
	api := sync.OnceValue(func() http.Handler { // few processes are ever joined
		return httpapi.New(httpapi.Serving(l.service), httpapi.Options{
			Log: log, Version: programVersion(), Stopping: stopping, Budget: l.service.Budget,
		})
	})
	mux := http.NewServeMux()
	l.serveKeeper(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { api().ServeHTTP(w, r) })
	d.server = httpapi.Server(mux)
	d.server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	go func() { d.served <- d.server.Serve(listener) }()
	return d, nil
}

// listenDoor makes the socket where nobody else can reach it and then gives it
// its name; the one of a process that died is replaced.
func listenDoor(dir, path string) (net.Listener, error) {
	if !doorsArePrivate {
		return nil, errors.ErrUnsupported
	}
	hidden, err := os.MkdirTemp(dir, doorName+"-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(hidden)
	made := filepath.Join(hidden, doorName)
	address, release, err := doorAddress(made)
	if err != nil {
		return nil, err
	}
	defer release()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: address, Net: "unix"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false) // by then it has another name
	err = os.Chmod(made, 0o600)
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	return listener, nil
}

// close ends the door: who works through it has hangUp to hear the end of what
// it asked, and then goes on elsewhere.
func (d *door) close() {
	_ = os.Remove(d.path)
	d.hang()
	last, cancel := context.WithTimeout(context.Background(), hangUp)
	defer cancel()
	if d.server.Shutdown(last) != nil {
		_ = d.server.Close()
	}
	d.log.Debug("the socket of the data directory is shut", "answer", <-d.served)
}

// knock reports whether a process that holds the data directory answers there.
func knock(ctx context.Context, dir string) bool {
	if !doorsArePrivate {
		return false
	}
	path := filepath.Join(dir, doorName)
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSocket == 0 || !isMine(info) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	connection, err := dialDoor(ctx, path)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

func dialDoor(ctx context.Context, path string) (net.Conn, error) {
	address, release, err := doorAddress(path)
	if err != nil {
		return nil, err
	}
	defer release()
	return (&net.Dialer{}).DialContext(ctx, "unix", address)
}

// through returns a client of the process that holds the data directory.
func (p *program) through(dir string) *neighbour {
	r := p.remote("http://localhost")
	r.client.Transport = &http.Transport{
		ResponseHeaderTimeout: answerPatience,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialDoor(ctx, filepath.Join(dir, doorName))
		},
	}
	r.reconnects = 0 // another process may hold the directory by then
	return &neighbour{remote: r}
}

// mostAddress is how long the address of a socket may be on every system.
const mostAddress = 100

// doorAddress returns an address for the path of a socket. Long paths need
// another way to the folder, where the system has one.
func doorAddress(path string) (address string, release func(), err error) {
	if len(path) <= mostAddress {
		return path, func() {}, nil
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	byNumber := fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), filepath.Base(path))
	if _, err := os.Stat(filepath.Dir(byNumber)); err != nil {
		_ = folder.Close()
		return "", nil, fmt.Errorf("the path %s is too long for a socket", path)
	}
	return byNumber, func() { _ = folder.Close() }, nil
}
