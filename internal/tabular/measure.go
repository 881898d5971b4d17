package tabular

import (
	"bytes"
	"io"
)

// Size is how much there is in a file, unpacked.
type Size struct {
	Bytes   int64
	Lines   int64 // of a text
	Parquet bool
}

// Measure reads a file, without keeping it, as far as Unpack can.
func Measure(r io.Reader) Size {
	const most = 4 << 30
	var size Size
	text, isParquet, end, err := Unpack(r, Limits{Bytes: most})
	if err != nil {
		return size
	}
	defer end()
	size.Parquet = isParquet
	buffer := make([]byte, 64<<10)
	for {
		n, err := text.Read(buffer)
		size.Bytes += int64(n)
		if !isParquet {
			lf, cr := bytes.Count(buffer[:n], []byte{'\n'}), bytes.Count(buffer[:n], []byte{'\r'})
			size.Lines += int64(max(lf, cr))
		}
		if err != nil {
			size.Lines++ // the last one may have no end
			return size
		}
	}
}
