// Command lombard answers whether a loan against an asset would have been
// called, and which hedge would have saved it, at what price. All of it is in
// package cli; `lombard --help` begins with an example.
package main

import (
	"context"
	"os"

	"lombard.example/lombard/internal/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), cli.OS()))
}
