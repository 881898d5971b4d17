package lombard

import (
	"math"
	"strconv"
)

// AppendFixed appends the shortest decimal that reads back as x, without an
// exponent: strconv's format 'f' of the least digits. Prices and amounts of money
// mostly have few decimals, and those take half the time here.
//
// A decimal of at most 15 digits is the only one of so many that reads back as
// its float64 (IEEE 754: DBL_DIG), so one that does is the shortest once its last
// zeros are gone.
func AppendFixed(b []byte, x float64) []byte {
	const decimals, scale, most = 6, 1e6, 1e9
	size := math.Abs(x)
	n := uint64(size*scale + 0.5) // of a number too large anything: the next line tells
	if !(size < most) || x == 0 || float64(n)/scale != size {
		return strconv.AppendFloat(b, x, 'f', -1, 64)
	}
	if x < 0 {
		b = append(b, '-')
	}
	whole, fraction := n/scale, uint32(n%scale)
	b = strconv.AppendUint(b, whole, 10)
	if fraction == 0 {
		return b
	}
	var text [1 + decimals]byte
	text[0] = '.'
	for i := decimals; i > 0; i-- {
		text[i] = byte('0' + fraction%10)
		fraction /= 10
	}
	end := len(text)
	for text[end-1] == '0' {
		end--
	}
	return append(b, text[:end]...)
}
