package archtest

import (
	"fmt"
	"go/token"
	"slices"
	"testing"
)

// complaintsOf runs a check over one file of made-up code.
func complaintsOf(t *testing.T, check func(*source, complain), at, text string) []string {
	t.Helper()
	src, err := parseSource(token.NewFileSet(), at, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	check(src, func(_, format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) })
	return got
}

func TestChecksFindWhatTheyForbid(t *testing.T) {
	for name, row := range map[string]struct {
		check    func(*source, complain)
		at, text string
		want     []string
	}{
		"outward import": {
			checkImports, "market/x.go", "package market\nimport _ \"lombard.example/lombard/internal/app\"",
			[]string{"imports internal/app, which is not further in"},
		},
		"import of a neighbour": {
			checkImports, "internal/provider/file/x.go", "package file\nimport _ \"lombard.example/lombard/internal/provider/csvfile\"",
			[]string{"imports internal/provider/csvfile, which is not further in"},
		},
		"registry importing an adapter": {
			checkImports, "internal/provider/x.go", "package provider\nimport _ \"lombard.example/lombard/internal/provider/file\"",
			[]string{"imports internal/provider/file, which is not further in"},
		},
		"import of an unplaced package": {
			checkImports, "internal/cli/x.go", "package cli\nimport _ \"lombard.example/lombard/internal/nowhere\"",
			[]string{"imports internal/nowhere, which is not further in"},
		},
		"inward import": {
			checkImports, "hedge/x.go", "package hedge\nimport _ \"lombard.example/lombard\"\nimport _ \"lombard.example/lombard/option\"", nil,
		},
		"file in pure code": {
			checkPure, "option/x.go", "package option\nimport _ \"os/exec\"",
			[]string{"pure package imports os/exec"},
		},
		"third-party module in pure code": {
			checkPure, "option/x.go", "package option\nimport _ \"example.com/x\"\nimport _ \"gonum.org/v1/gonum/stat\"",
			[]string{"pure package depends on third-party example.com/x"},
		},
		"clock in pure code, under another name": {
			checkPure, "backtest/x.go", "package backtest\nimport clock \"time\"\nvar now = clock.Now",
			[]string{"line 3: pure package uses time.Now"},
		},
		"global random numbers in pure code": {
			checkPure, "study/x.go", "package study\nimport \"math/rand/v2\"\nvar r = rand.New(rand.NewPCG(1, 2))\nvar x = rand.Float64()",
			[]string{"line 4: pure package uses math/rand/v2.Float64"},
		},
		"goroutine in pure code": {
			checkPure, "backtest/x.go", "package backtest\nfunc f() { go f() }",
			[]string{"line 2: pure package starts a goroutine"},
		},
		"goroutine in a study":   {checkPure, "study/x.go", "package study\nfunc f() { go f() }", nil},
		"clock outside the core": {checkPure, "internal/app/x.go", "package app\nimport \"time\"\nvar now = time.Now", nil},
		"output outside the command line": {
			checkTerminal, "internal/jobs/x.go", "package jobs\nimport \"os\"\nfunc f() { os.Exit(1) }",
			[]string{"line 3: uses os.Exit; only the command line touches the terminal"},
		},
		"output of the command line": {checkTerminal, "cmd/lombard/main.go", "package main\nimport \"os\"\nfunc main() { os.Exit(1) }", nil},
		"unplaced package without a comment": {
			func(s *source, fail complain) { checkPackage([]*source{s}, fail) }, "helpers/x.go", "package helpers",
			[]string{"helpers: not placed in layers; say where it belongs", "helpers: a package is named after its subject", "helpers: no package comment"},
		},
		"package comment of one line": {
			func(s *source, fail complain) { checkPackage([]*source{s}, fail) }, "loan/x.go", "// Package loan lends.\npackage loan",
			[]string{"loan: the package comment has 1 lines, want three or more"},
		},
		"init function": {
			checkDeclarations, "loan/x.go", "package loan\nfunc init() {}",
			[]string{"line 2: init function; pass dependencies to a constructor"},
		},
		"variable that changes": {
			checkVariables, "loan/x.go", "package loan\nvar calls = 0\nfunc f() { calls++ }",
			[]string{"line 2: package variable calls is changed on line 3"},
		},
		"table that is written to": {
			checkVariables, "loan/x.go", "package loan\nvar seen = map[string]bool{}\nfunc f(k string) { seen[k] = true }",
			[]string{"line 2: package variable seen is changed on line 3"},
		},
		"variable filled later": {
			checkVariables, "loan/x.go", "package loan\nvar last float64",
			[]string{"line 2: package variable last has no value; it can only be filled later"},
		},
		"lock at package level": {
			checkVariables, "loan/x.go", "package loan\nimport \"sync\"\nvar mu sync.Mutex",
			[]string{"line 3: package variable mu has no value; it can only be filled later"},
		},
		"variable that another package could change": {
			checkVariables, "loan/x.go", "package loan\nvar Limit = 0.85",
			[]string{"line 2: package variable Limit is exported; another package could change it"},
		},
		"pointer at package level": {
			checkVariables, "loan/x.go", "package loan\nvar current = &struct{ ltv float64 }{}",
			[]string{"line 2: package variable current refers to state; pass it as an argument"},
		},
		"constants that Go cannot write as constants": {
			checkVariables, "loan/x.go", "package loan\nimport (\"errors\"; \"regexp\"; \"sync\")\n" +
				"var ErrCall = errors.New(\"called\")\nvar errLate = &Error{}\ntype Error struct{}\nvar slug = regexp.MustCompile(\"x\")\nvar table = sync.OnceValue(func() []int { return nil })\nvar days = [...]int{31, 28}\nvar _ error = (*T)(nil)\ntype T struct{ error }\nfunc f() { days := 1; days++; _ = days }", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := complaintsOf(t, row.check, row.at, row.text)
			if !slices.Equal(got, row.want) {
				t.Errorf("complaints = %q, want %q", got, row.want)
			}
		})
	}
}

func TestExemptionsGiveAReason(t *testing.T) {
	for key, reason := range exempt {
		if reason == "" {
			t.Errorf("%s is exempt without a reason", key)
		}
	}
}
