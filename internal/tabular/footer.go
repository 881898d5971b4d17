package tabular

import (
	"bytes"
	"encoding/binary"

	"github.com/parquet-go/parquet-go/format"
)

// A Parquet file describes itself in Thrift's compact form, in which five bytes
// can promise two thousand million elements. The decoder reserves what is
// promised, and running out of memory ends the process. So every promise is
// compared with the bytes that are there before anything is decoded: each
// element takes one at least.

// Bounds of what a file describes.
const (
	maxFooter   = 4 << 20   // bytes of the description
	maxElements = 100_000   // columns, groups of columns among them
	maxPage     = 256 << 20 // bytes of a page, unpacked
	maxDepth    = 32        // structures within structures
)

// sound reports whether the description at the end of a file keeps within its
// bytes.
func sound(data []byte) bool {
	const tail, magic = 8, 4
	if len(data) < tail+magic || !bytes.HasSuffix(data, []byte(parquetMagic)) {
		return false
	}
	end := len(data) - tail
	size := int64(binary.LittleEndian.Uint32(data[end:]))
	if size > maxFooter || size > int64(end-magic) {
		return false
	}
	w := walker{data: data[end-int(size) : end]}
	const schema = 2
	w.structure(1, func(field int) bool {
		if field != schema {
			return false
		}
		ahead := w // the list itself is stepped over as any other
		n, _ := ahead.list()
		return w.fail(n > maxElements)
	})
	return !w.bad
}

// soundPages reports whether the pages of a file lie in it, are of a size that
// can be held, and hold no more values than there may be rows.
func soundPages(data []byte, m *format.FileMetaData, most int64) bool {
	for i := range m.RowGroups {
		for j := range m.RowGroups[i].Columns {
			c := &m.RowGroups[i].Columns[j].MetaData
			at := c.DataPageOffset
			if d := c.DictionaryPageOffset; d > 0 {
				at = d // the decoder begins there, wherever the other is
			}
			if at < 0 || c.TotalCompressedSize < 0 || at > int64(len(data)) || c.TotalCompressedSize > int64(len(data))-at {
				return false
			}
			if !soundColumn(data[at:at+c.TotalCompressedSize], most) {
				return false
			}
		}
	}
	return true
}

// soundColumn walks over the headers of a column's pages.
func soundColumn(data []byte, most int64) bool {
	values := int64(0)
	for len(data) > 0 {
		w := walker{data: data}
		var unpacked, packed int64
		const unpackedSize, packedSize, dataPage, dictionary, dataPageV2 = 2, 3, 5, 7, 8
		w.structure(1, func(field int) bool {
			switch field {
			case unpackedSize:
				unpacked = w.integer()
			case packedSize:
				packed = w.integer()
			case dataPage, dictionary, dataPageV2:
				w.structure(2, func(inner int) bool {
					if inner != 1 {
						return false
					}
					n := w.integer()
					w.fail(n < 0 || n > 2*most)
					values += n
					return true
				})
			default:
				return false
			}
			return true
		})
		if w.bad || unpacked < 0 || unpacked > maxPage || packed < 0 || packed > int64(len(w.data)-w.at) || values > 2*most {
			return false // twice: a dictionary has values too
		}
		data = w.data[w.at+int(packed):]
	}
	return true
}

// walker steps over Thrift's compact form.
type walker struct {
	data []byte
	at   int
	bad  bool
}

// fail notes what is wrong; it reports whether something is.
func (w *walker) fail(bad bool) bool {
	w.bad = w.bad || bad
	return w.bad
}

func (w *walker) octet() byte {
	if w.fail(w.at >= len(w.data)) {
		return 0
	}
	w.at++
	return w.data[w.at-1]
}

func (w *walker) varint() uint64 {
	if w.bad {
		return 0
	}
	x, n := binary.Uvarint(w.data[w.at:])
	if w.fail(n <= 0) {
		return 0
	}
	w.at += n
	return x
}

// integer reads a signed number.
func (w *walker) integer() int64 {
	x := w.varint()
	return int64(x>>1) ^ -int64(x&1)
}

// pass steps over bytes.
func (w *walker) pass(n uint64) {
	if !w.fail(n > uint64(len(w.data)-w.at)) {
		w.at += int(n)
	}
}

// The kinds of values.
const (
	kindTrue = iota + 1
	kindFalse
	kindByte
	kindInt16
	kindInt32
	kindInt64
	kindDouble
	kindBinary
	kindList
	kindSet
	kindMap
	kindStruct
	kindUUID
)

// structure steps over the fields of a structure. own reads the value of a
// field and reports that it has; others are stepped over.
func (w *walker) structure(depth int, own func(field int) bool) {
	if w.fail(depth > maxDepth) {
		return
	}
	field := 0
	for !w.bad {
		head := w.octet()
		kind := int(head & 0xf)
		if kind == 0 {
			return
		}
		if delta := int(head >> 4); delta > 0 {
			field += delta
		} else {
			field = int(int16(w.integer()))
		}
		if kind == kindTrue || kind == kindFalse || own != nil && (kind == kindStruct || kind == kindInt32 || kind == kindList) && own(field) {
			continue
		}
		w.value(kind, depth)
	}
}

// list reads the head of a list.
func (w *walker) list() (n uint64, kind int) {
	head := w.octet()
	if n = uint64(head >> 4); n == 0xf {
		n = w.varint()
	}
	w.fail(n > uint64(len(w.data)-w.at))
	return n, int(head & 0xf)
}

// value steps over a value that does not stand in its head.
func (w *walker) value(kind, depth int) {
	switch kind {
	case kindTrue, kindFalse, kindByte:
		w.pass(1)
	case kindInt16, kindInt32, kindInt64:
		w.varint()
	case kindDouble:
		w.pass(8)
	case kindUUID:
		w.pass(16)
	case kindBinary:
		w.pass(w.varint())
	case kindStruct:
		w.structure(depth+1, nil)
	case kindList, kindSet:
		n, of := w.list()
		for ; n > 0 && !w.fail(depth > maxDepth); n-- {
			w.value(of, depth+1)
		}
	case kindMap:
		n := w.varint()
		if n == 0 || w.fail(n > uint64(len(w.data)-w.at)) {
			return
		}
		kinds := w.octet()
		for ; n > 0 && !w.fail(depth > maxDepth); n-- {
			w.value(int(kinds>>4), depth+1)
			w.value(int(kinds&0xf), depth+1)
		}
	default:
		w.bad = true
	}
}
