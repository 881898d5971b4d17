package httpapi

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
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
	policy string   // of caching
	packed []packed // the same, smaller, best first
}

// packed is a file as the build has compressed it: beside app.js stand
// app.js.br and app.js.gz.
type packed struct {
	encoding string
	data     []byte
	tag      string
}

// packings are the compressed forms that a build may bring, best first.
var packings = []struct{ suffix, encoding string }{{".br", "br"}, {".gz", "gzip"}}

// newPage reads the files of the page. It panics when they cannot be read:
// they are embedded in the program.
func newPage(files fs.FS, notices []byte) *page {
	p := &page{source: files, files: map[string]pageFile{}}
	if len(notices) > 0 {
		p.files["/licenses.txt"] = pageFile{data: notices, media: "text/plain; charset=utf-8", tag: tag(notices), policy: "no-cache"}
	}
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
	p.joinPacked()
	if index, ok := p.files["/index.html"]; ok {
		p.files["/"] = index
	}
	return p
}

// joinPacked puts the compressed forms to the files that they are of.
func (p *page) joinPacked() {
	for _, form := range packings {
		for _, address := range slices.Sorted(maps.Keys(p.files)) {
			of, ok := strings.CutSuffix(address, form.suffix)
			if !ok {
				continue
			}
			if whole, ok := p.files[of]; ok {
				small := p.files[address]
				whole.packed = append(whole.packed, packed{form.encoding, small.data, small.tag})
				p.files[of] = whole
				delete(p.files, address)
			}
		}
	}
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
	data, tag := f.data, f.tag
	if len(f.packed) > 0 {
		h.Add("Vary", "Accept-Encoding")
		for _, p := range f.packed {
			if accepts(r.Header.Values("Accept-Encoding"), p.encoding) {
				data, tag = p.data, p.tag
				h.Set("Content-Encoding", p.encoding)
				h.Set("Content-Length", strconv.Itoa(len(data)))
				r = r.Clone(r.Context())
				r.Header.Del("Range") // a part of a packed file is of no use
				break
			}
		}
	}
	h.Set("ETag", tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// accepts reads Accept-Encoding headers, after RFC 9110 12.5.3, as far as
// browsers go: an encoding counts when it is named and not given the weight 0.
func accepts(headers []string, encoding string) bool {
	for one := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, weight, _ := strings.Cut(one, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		_, q, weighted := strings.Cut(weight, "=")
		value, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return !weighted || err == nil && value > 0
	}
	return false
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
