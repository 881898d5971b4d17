package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/option"
)

func (p *program) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Show the settings",
		Example: "  lombard config show --origin",
	}
	cmd.AddCommand(p.configShow())
	group(cmd)
	return cmd
}

func (p *program) configShow() *cobra.Command {
	var origin bool
	var form string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show every setting and, with --origin, where it comes from",
		Example: `  lombard config show --origin
  LOMBARD_WORKERS=1 lombard config show -o json`,
		Long: `Flags come before LOMBARD_* variables, variables before the settings file, and
the file before defaults. LOMBARD_CONFIG names another settings file.`,
		Args: takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			c, err := p.settings(cmd)
			if err != nil {
				return err
			}
			if form == formJSON {
				return p.printJSON(c.Settings)
			}
			for _, name := range c.Unknown {
				p.tell("The variable %s names no setting and has no effect.", name)
			}
			width, names := 0, 0
			for _, s := range c.Settings {
				width, names = max(width, len(s.Value)), max(names, len(s.Key)+2)
			}
			var b strings.Builder
			for _, s := range c.Settings {
				line := s.Key + ":" + strings.Repeat(" ", names-1-len(s.Key)) + s.Value
				if origin {
					line += strings.Repeat(" ", width-len(s.Value)) + "  # " + s.Origin
				}
				b.WriteString(strings.TrimRight(line, " ") + "\n")
			}
			if origin {
				p.tell("Settings file: %s", c.File)
			}
			return p.print(b.String())
		},
	}
	cmd.Flags().BoolVar(&origin, "origin", false, "say where each value comes from")
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

func (p *program) versionCommand() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and the pricing kernel that this processor runs",
		Long: `Prints the version of the program, of the engine's arithmetic and of Go, the
target it was built for, and the kernel that prices batches of European options
on this machine: avx512, avx2 or scalar. Every kernel gives the same bits.`,
		Example: `  lombard version
  lombard version -o json`,
		Args: takes(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			rows := [][2]string{
				{"lombard", programVersion()},
				{"engine", lombard.EngineVersion},
				{"go", strings.TrimPrefix(runtime.Version(), "go")},
				{"target", runtime.GOOS + "/" + runtime.GOARCH},
				{"kernel", option.Kernel()},
			}
			switch form {
			case formJSON:
				answer := map[string]string{}
				for _, row := range rows {
					answer[row[0]] = row[1]
				}
				return p.printJSON(answer)
			case formTable:
				var b strings.Builder
				for _, row := range rows {
					fmt.Fprintf(&b, "%-9s%s\n", row[0], row[1])
				}
				return p.print(b.String())
			default:
				return usageError(fmt.Sprintf("The form %q is not offered.", form), "Use -o table or json.")
			}
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

// programVersion is what the build has set, or what the Go tool knows.
func programVersion() string {
	if version != "dev" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}

func completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "Print a completion script for bash, zsh, fish or powershell",
		Example:   "  source <(lombard completion bash)",
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		Args:      takes(1, 1, "the name of a shell: bash, zsh, fish or powershell"),
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			default:
				return usageError("There is no completion for "+args[0]+".", "Choose bash, zsh, fish or powershell.")
			}
		},
	}
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Help for a command",
		Example: "  lombard help run",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usageError("There is no command "+strings.Join(args, " ")+".", "Run lombard help for the list.")
			}
			return found.Help()
		},
	}
}
