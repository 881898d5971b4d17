package cli

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"lombard.example/lombard"
)

// studyTable shows the groups of a study, one a line.
func studyTable(r *lombard.StudyResult) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	var head []string
	for _, c := range r.Groups[0].At {
		head = append(head, strings.ToUpper(lastOf(c.Path)))
	}
	head = append(head, studyColumns(r.Study)...)
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for i := range r.Groups {
		g := &r.Groups[i]
		var cells []string
		for _, c := range g.At {
			cells = append(cells, coordinate(c.Value))
		}
		fmt.Fprintln(w, strings.Join(append(cells, groupCells(r, i)...), "\t"))
	}
	_ = w.Flush() // of a builder, which takes everything
	return b.String()
}

func lastOf(path string) string {
	parts := strings.Split(path, ".")
	return parts[len(parts)-1]
}

func coordinate(value any) string {
	if x, ok := value.(float64); ok {
		return lombard.Digits(x)
	}
	return fmt.Sprint(value)
}

// studyColumns names the columns of a kind's table.
func studyColumns(kind lombard.StudyKind) []string {
	switch kind {
	case lombard.StudyRolling, lombard.StudyMonteCarlo:
		return []string{"CALLED", "95 %", "UNHEDGED", "NOT COUNTED", "MEDIAN MAX LTV", "COST/YEAR OF LOAN", "STARTS"}
	case lombard.StudySolve:
		return []string{"LARGEST LOAN", "UNHEDGED", "MORE"}
	case lombard.StudyFrontier:
		return []string{"MAX LTV", "UNHEDGED", "DAYS IN CALL", "UNHEDGED", "COST/YEAR OF LOAN", "BEATEN BY"}
	case lombard.StudySweep, lombard.StudyCrises:
	}
	return []string{"MAX LTV", "UNHEDGED", "DAYS IN CALL", "UNHEDGED", "COST/YEAR OF LOAN"}
}

// groupCells are the cells of a group's line.
func groupCells(r *lombard.StudyResult, i int) []string {
	g := &r.Groups[i]
	switch r.Study {
	case lombard.StudyRolling, lombard.StudyMonteCarlo:
		if g.Complete == 0 {
			return []string{"-", "-", "-", "-", "-", "-", strconv.Itoa(g.Starts)}
		}
		cost := "-"
		if q, ok := g.Quantiles["cost_pa_pct_of_loan"]; ok {
			cost = perCent(q.P50)
		}
		return []string{
			perCent(g.CalledHedged.Value), perCent(g.CalledHedged.Low) + " to " + perCent(g.CalledHedged.High), perCent(g.CalledUnhedged.Value),
			perCent(g.CalledIfNotRecognised.Value), perCent(g.Quantiles["max_ltv_recognised"].P50), cost, fmt.Sprintf("%d of %d", g.Complete, g.Starts),
		}
	case lombard.StudySolve:
		more := "-"
		if g.Solution.CapacityUplift != nil {
			more = perCent(*g.Solution.CapacityUplift)
		}
		return []string{loanOrNone(g.Solution.Value), loanOrNone(g.Solution.Unhedged), more}
	case lombard.StudySweep, lombard.StudyFrontier, lombard.StudyCrises:
	}
	for n := range r.Rows.Rows {
		if row := &r.Rows.Rows[n]; row.Group == i {
			if row.Error != "" {
				return []string{row.Error}
			}
			cost := "-"
			if row.CostPAPctOfLoan != nil {
				cost = perCent(*row.CostPAPctOfLoan)
			}
			cells := []string{perCent(row.MaxLTVRecognised), perCent(row.MaxLTVUnhedged), strconv.Itoa(row.CallDaysHedged), strconv.Itoa(row.CallDaysUnhedged), cost}
			if r.Study == lombard.StudyFrontier {
				cells = append(cells, beatenBy(g.DominatedBy))
			}
			return cells
		}
	}
	return nil
}

func loanOrNone(value any) string {
	if x, ok := value.(float64); ok {
		return perCent(x)
	}
	return "none"
}

func perCent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + " %" }

// beatenBy names the first of the hedges that dominate one.
func beatenBy(slugs []string) string {
	if len(slugs) == 0 {
		return "-"
	}
	if more := len(slugs) - 1; more > 0 {
		return fmt.Sprintf("%s and %d more", slugs[0], more)
	}
	return slugs[0]
}
