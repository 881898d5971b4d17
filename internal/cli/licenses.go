package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/licenses"
)

func (p *program) licensesCommand() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "licenses",
		Short: "Print the licences of what lombard is made of",
		Example: `  lombard licenses
  lombard licenses -o json`,
		Args: takes(0, 0, "flags only"),
		RunE: func(*cobra.Command, []string) error {
			if form != formText && form != formJSON {
				return lombard.Invalid([]lombard.FieldError{wrongChoice("--output", form, formText, formJSON)})
			}
			all, err := licenses.All()
			if errors.Is(err, licenses.ErrLeftOut) {
				p.tell("The texts of the licences are not in this build; make build puts them there.")
			} else if err != nil {
				return err
			}
			if form == formJSON {
				return p.printJSON(all)
			}
			return p.print(noticesText(all))
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", formText, "`form`: text or json")
	return cmd
}

// formText is a form for people that is no table.
const formText = "text"

func noticesText(all []licenses.Part) string {
	var b strings.Builder
	_ = licenses.Write(&b, all) // a builder takes everything
	return b.String()
}

// notices are the licences as the server shows them.
func notices() []byte {
	all, err := licenses.All()
	text := noticesText(all)
	if err != nil {
		text = "The texts of the licences are not in this build; make build puts them there.\n\n" + text
	}
	return []byte(text)
}
