package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
)

// completed are the values that a shell offers for flags, by the flag's name. It
// opens no data directory and asks no server.
func completed() map[string][]cobra.Completion {
	return map[string][]cobra.Completion{
		"template":      completeTemplates(),
		"facility":      completeChoices(lombard.ChoicesOf[lombard.PresetName]()),
		"style":         completeChoices(lombard.ChoicesOf[lombard.Style]()),
		"contract-mode": completeChoices(lombard.ChoicesOf[lombard.ContractMode]()),
		"execution":     completeChoices(lombard.ChoicesOf[lombard.Execution]()),
		"pricing-mode":  completeChoices(lombard.ChoicesOf[lombard.PricingMode]()),
		"status":        completeStatuses(),
		"fail-on":       {"margin-call"},
	}
}

func completeChoices(table []lombard.Choice) []cobra.Completion {
	var all []cobra.Completion
	for _, c := range table {
		all = append(all, cobra.CompletionWithDesc(c.Value, c.Short))
	}
	return all
}

func completeTemplates() []cobra.Completion {
	var all []cobra.Completion
	for _, t := range hedge.All() {
		all = append(all, cobra.CompletionWithDesc(t.Slug, t.Title))
	}
	return all
}

func completeStatuses() []cobra.Completion {
	var all []cobra.Completion
	for _, s := range lombard.Statuses() {
		all = append(all, cobra.Completion(s))
	}
	return all
}

// complete lets a shell offer the values of the flags of a command and of all
// below it. The forms of -o are those that its help text names.
func complete(cmd *cobra.Command) {
	values := completed()
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		offered := values[f.Name]
		if cmd.Name() == "price" && f.Name == "style" {
			offered = []cobra.Completion{"european", "american", "black76", "american_future"}
		}
		if f.Name == "output" {
			for _, form := range resultForms() {
				if strings.Contains(f.Usage, form) {
					offered = append(offered, form)
				}
			}
		}
		if offered != nil {
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(offered, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that is not there
		}
	})
	if cmd.CommandPath() == "lombard templates show" {
		cmd.ValidArgsFunction = cobra.FixedCompletions(values["template"], cobra.ShellCompDirectiveNoFileComp)
	}
	for _, below := range cmd.Commands() {
		complete(below)
	}
}
