package option_test

import (
	"fmt"

	"lombard.example/lombard/option"
)

// The vol that a price means.
func ExampleImpliedVol() {
	in := option.Inputs{Spot: 100, Strike: 100, Years: 1, Rate: 0.04}
	in.Vol = 0.16
	price := option.BlackScholesMerton{}.Price(option.Put, in)
	in.Vol = 0
	vol, err := option.ImpliedVol(option.Put, in, price)
	fmt.Printf("%.2f is a vol of %.4f, %v\n", price, vol, err)
	// Output:
	// 4.48 is a vol of 0.1600, <nil>
}

// Black's formula on a forward: equal for puts and calls at the money.
func ExampleBlack() {
	put, call := option.Black(option.Put, 100, 100, 0.16, 0.96), option.Black(option.Call, 100, 100, 0.16, 0.96)
	fmt.Printf("%.4f %.4f\n", put, call)
	// Output:
	// 6.1212 6.1212
}
