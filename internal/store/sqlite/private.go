package sqlite

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Who may read the data directory and what is in it: its owner.
const (
	privateFolder fs.FileMode = 0o700
	privateFile   fs.FileMode = 0o600
	others        fs.FileMode = 0o077
)

// makePrivate takes everybody else's rights to the data directory and to what
// lombard keeps in it. It returns a sentence for each that others can still
// reach. A folder that holds more than lombard's files keeps its mode: it may
// be somebody's home.
func makePrivate(dir string) []string {
	if runtime.GOOS == "windows" { // there are no such bits; a user's folder is the user's
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []string{fmt.Sprintf("Who can read %s is not known.", dir)}
	}
	var exposed []string
	shared := false
	for _, e := range entries {
		if !ours(e.Name()) {
			shared = true
			continue
		}
		if e.IsDir() {
			exposed = append(exposed, makePrivateTree(filepath.Join(dir, e.Name()))...)
			continue
		}
		exposed = append(exposed, restrict(filepath.Join(dir, e.Name()), privateFile)...)
	}
	if !shared {
		return append(exposed, restrict(dir, privateFolder)...)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode()&others != 0 {
		exposed = append(exposed, fmt.Sprintf("The folder %s holds other things too, so it stays as open as it is; give lombard a folder of its own.", dir))
	}
	return exposed
}

// makePrivateTree is makePrivate for a folder of ours inside the data directory.
func makePrivateTree(dir string) []string {
	exposed := restrict(dir, privateFolder)
	entries, _ := os.ReadDir(dir) // one that cannot be read was told above
	for _, e := range entries {
		if e.Type().IsRegular() {
			exposed = append(exposed, restrict(filepath.Join(dir, e.Name()), privateFile)...)
		}
	}
	return exposed
}

// ours reports whether a name in a data directory is one that lombard gives:
// its files, its folder of uploads, and the settings, which some systems keep
// in the same place.
func ours(name string) bool {
	return strings.HasPrefix(name, "lombard.") || name == "spool" || strings.HasPrefix(name, "config.")
}

// restrict gives a file a mode unless nobody else has rights to it already.
func restrict(path string, mode fs.FileMode) []string {
	info, err := os.Stat(path)
	if err == nil && info.Mode()&others == 0 {
		return nil
	}
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if os.IsNotExist(err) { // such as the owner file of a process that ended meanwhile
		return nil
	}
	if err == nil { // some file systems accept a mode and do not keep it
		if info, err = os.Stat(path); err == nil && info.Mode()&others == 0 {
			return nil
		}
	}
	return []string{fmt.Sprintf("Other users of this machine can reach %s, and its mode cannot be changed to %04o.", path, mode)}
}

// Exposed makes a data directory private and returns a sentence for each file
// of it that others than its owner can still reach; none on a system without
// file modes.
func Exposed(dir string) []string { return makePrivate(dir) }
