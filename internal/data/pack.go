package data

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// The packed form of a chain is columns, each of one kind of number, so that
// compression finds what repeats: version, date, count, then expiries (the
// lowest bit says put), strikes, bids and asks, little-endian.
const (
	packVersion = 1
	packHead    = 1 + 4 + 4
	packRow     = 4 + 3*8
)

var errPack = errors.New("the packed chain is damaged")

// Pack writes a chain in its stored form.
func Pack(c *market.Chain) []byte {
	n := len(c.Quotes)
	b := make([]byte, 0, packHead+packRow*n)
	b = append(b, packVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(c.Date))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	for i := range c.Quotes {
		code := uint32(c.Quotes[i].Expiry) << 1
		if c.Quotes[i].Put {
			code |= 1
		}
		b = binary.LittleEndian.AppendUint32(b, code)
	}
	for i := range c.Quotes {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Quotes[i].Strike))
	}
	for i := range c.Quotes {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Quotes[i].Bid))
	}
	for i := range c.Quotes {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Quotes[i].Ask))
	}
	return b
}

// Unpack reads what Pack wrote, without the quotes that keep refuses; a nil
// keep takes all.
func Unpack(b []byte, keep func(lombard.Date, market.OptionQuote) bool) (market.Chain, error) {
	if len(b) < packHead || b[0] != packVersion {
		return market.Chain{}, errPack
	}
	n := int(binary.LittleEndian.Uint32(b[5:]))
	if len(b) != packHead+packRow*n {
		return market.Chain{}, errPack
	}
	c := market.Chain{Date: lombard.Date(binary.LittleEndian.Uint32(b[1:]))}
	body := b[packHead:]
	column := func(k, i int) float64 {
		return math.Float64frombits(binary.LittleEndian.Uint64(body[4*n+8*(k*n+i):]))
	}
	quotes := make([]market.OptionQuote, 0, n)
	for i := range n {
		code := binary.LittleEndian.Uint32(body[4*i:])
		q := market.OptionQuote{Expiry: lombard.Date(code >> 1), Put: code&1 != 0, Strike: column(0, i), Bid: column(1, i), Ask: column(2, i)}
		if keep == nil || keep(c.Date, q) {
			quotes = append(quotes, q)
		}
	}
	c.Quotes = quotes
	if len(quotes) < n/2 {
		c.Quotes = slices.Clone(quotes) // what was refused takes no room
	}
	return c, nil
}
