package httpapi

import (
	"bytes"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// pagePolicy is the content security policy of the page: its own files and
// requests to its own server, nothing inline.
const pagePolicy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// assetFolder holds files whose names change with their contents.
const assetFolder = "/assets/"

// page is the web page: a few files, read once.
type page struct {
	source fs.FS // nil: none
	files  map[string]pageFile
}

// noFiles is a page that is not there.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

type pageFile struct {
	data   []byte
	media  string
	tag    string
	policy string // of caching
}

// newPage reads the files of the page. It panics when they cannot be read:
// they are embedded in the program.
func newPage(files fs.FS) *page {
	p := &page{source: files, files: map[string]pageFile{}}
	if files == nil {
		p.source = noFiles{}
		return p
	}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		file := pageFile{data: data, media: mediaOf(name), tag: tag(data), policy: "no-cache"}
		if strings.HasPrefix("/"+name, assetFolder) {
			file.policy = "public, max-age=31536000, immutable"
		}
		p.files["/"+name] = file
		return nil
	})
	if err != nil {
		panic(fmt.Errorf("read the page: %w", err))
	}
	if index, ok := p.files["/index.html"]; ok {
		p.files["/"] = index
	}
	return p
}

// find returns the file at a path of the address bar. /runs/{job_id} is the
// page showing that job.
func (p *page) find(address string) (pageFile, bool) {
	if id, ok := strings.CutPrefix(address, "/runs/"); ok && jobID.MatchString(id) {
		address = "/"
	}
	file, ok := p.files[address]
	return file, ok
}

func (f *pageFile) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", f.policy)
	h.Set("ETag", f.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
}

// mediaOf returns the media type of a file of the page. The common ones do not
// depend on what the machine knows.
func mediaOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	default:
		if media := mime.TypeByExtension(ext); media != "" {
			return media
		}
		return "application/octet-stream"
	}
}
