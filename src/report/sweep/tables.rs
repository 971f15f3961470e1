//! The tables of a sweep, for a terminal, a paper and a page.

use crate::report::number::{cell, number};
use crate::sweep::{By, Middle, Pair, Results, Share};

/// A table of words: a caption, a heading for each column, rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    /// What it shows.
    pub caption: String,
    /// Headings.
    pub head: Vec<String>,
    /// Rows, each as long as the headings; the first cell names the row.
    pub rows: Vec<Vec<String>>,
}

/// The settings: runs that reached the goal and that diverged, medians, each with its 95 % interval.
pub fn settings_table(results: &Results) -> Grid {
    let goal = results.settings.iter().any(|setting| setting.reached.is_some());
    let mut head = vec!["setting".to_string()];
    head.extend(goal.then(|| "reached".to_string()));
    head.push("diverged".into());
    head.extend(results.measures.iter().cloned());
    let row = |setting: &crate::sweep::Setting| {
        let mut row = vec![setting.label.clone()];
        row.extend(goal.then(|| setting.reached.map_or_else(dash, |share| shared(&share))));
        row.push(shared(&setting.diverged));
        row.extend(setting.medians.iter().map(|middle| middle.map_or_else(dash, |m| medial(&m))));
        row
    };
    let reached = results.goal.as_ref().map(|goal| format!("; reached means {goal}")).unwrap_or_default();
    let caption = format!(
        "Runs of each setting, with the 95 % interval of the share (Wilson), and medians over the seeds at the last \
         record, with their 95 % intervals (bootstrap){}",
        if goal { reached } else { String::new() }
    );
    Grid { caption, head, rows: results.settings.iter().map(row).collect() }
}

/// Settings compared seed by seed.
pub fn pairs_table(results: &Results) -> Grid {
    let head = ["settings", "by", "values", "difference", "d_z", "larger in", "p", "p (Holm)"];
    let row = |pair: &Pair| {
        let [a, b] = pair.of.map(|k| &results.settings[k]);
        let values = match &pair.by {
            By::Goal => format!("{} against {}", counted(a.reached), counted(b.reached)),
            By::Measure(name) => {
                let k = results.measures.iter().position(|measure| measure == name);
                let middle = |s: &crate::sweep::Setting| {
                    k.and_then(|k| s.medians[k]).map_or_else(dash, |m| cell(m.median))
                };
                format!("{} against {}", middle(a), middle(b))
            }
        };
        let test = &pair.test;
        vec![
            format!("{} / {}", a.label, b.label),
            match &pair.by {
                By::Goal => "goal".into(),
                By::Measure(name) => name.clone(),
            },
            values,
            number(test.difference),
            test.effect.map_or_else(dash, number),
            format!("{} of {}", test.larger[0], test.pairs),
            cell(test.p),
            cell(pair.corrected),
        ]
    };
    Grid {
        caption: "Settings compared by paired sign-flip permutation tests over the seeds: mean difference, effect in \
                  standard deviations of the differences, seeds in which the first is larger"
            .into(),
        head: head.map(String::from).to_vec(),
        rows: results.pairs.iter().map(row).collect(),
    }
}

fn dash() -> String {
    "–".into()
}

/// A share in words: how many of how many.
pub fn counted(share: Option<Share>) -> String {
    share.map_or_else(dash, |share| format!("{} of {}", share.count, share.of))
}

fn shared(share: &Share) -> String {
    match share.of {
        0 => dash(),
        _ => format!("{} of {} ({:.2} to {:.2})", share.count, share.of, share.low, share.high),
    }
}

fn medial(middle: &Middle) -> String {
    format!("{} ({} to {})", number(middle.median), number(middle.low), number(middle.high))
}

impl Grid {
    /// The table in Markdown, its columns aligned.
    pub fn markdown(&self) -> String {
        let escaped = |cell: &String| cell.replace('|', "\\|");
        let rows: Vec<Vec<String>> = std::iter::once(&self.head)
            .chain(&self.rows)
            .map(|row| row.iter().map(escaped).collect())
            .collect();
        let width = |c: usize| rows.iter().filter_map(|row| row.get(c)).map(|s| s.chars().count()).max();
        let widths: Vec<usize> = (0..self.head.len()).map(|c| width(c).unwrap_or(0).max(3)).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, w)| format!(" {cell:<w$} |"));
            format!("|{}\n", cells.collect::<String>())
        };
        let rule: String = widths.iter().map(|w| format!(" {} |", "-".repeat(*w))).collect();
        let mut lines = rows.iter().map(line);
        let head = lines.next().unwrap_or_default();
        format!("{head}|{rule}\n{}", lines.collect::<String>())
    }

    /// The table in LaTeX, for the package booktabs.
    pub fn latex(&self) -> String {
        let line =
            |row: &Vec<String>| row.iter().map(|cell| tex(cell)).collect::<Vec<_>>().join(" & ") + " \\\\\n";
        format!(
            "% needs \\usepackage{{booktabs}}\n\\begin{{table}}\n\\centering\n\\caption{{{}}}\n\\begin{{tabular}}{{l{}}}\n\
             \\toprule\n{}\\midrule\n{}\\bottomrule\n\\end{{tabular}}\n\\end{{table}}\n",
            tex(&self.caption),
            "l".repeat(self.head.len().saturating_sub(1)),
            line(&self.head),
            self.rows.iter().map(line).collect::<String>()
        )
    }

    /// The same table with at most so many rows, and how many were left out.
    pub fn cut(&self, most: usize) -> (Grid, usize) {
        let rows: Vec<Vec<String>> = self.rows.iter().take(most).cloned().collect();
        (Grid { rows, ..self.clone() }, self.rows.len().saturating_sub(most))
    }
}

/// A text as LaTeX has it.
fn tex(text: &str) -> String {
    let letter = |c: char| match c {
        '\\' => "\\textbackslash{}".to_string(),
        '_' | '%' | '&' | '#' | '$' | '{' | '}' => format!("\\{c}"),
        '<' | '>' => format!("${c}$"),
        '~' => "\\textasciitilde{}".into(),
        '^' => "\\textasciicircum{}".into(),
        '–' => "--".into(),
        c => c.to_string(),
    };
    text.replace(">=", "≥")
        .replace("<=", "≤")
        .chars()
        .map(letter)
        .collect::<String>()
        .replace('≥', "$\\geq$")
        .replace('≤', "$\\leq$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_in_two_languages() {
        let grid = Grid {
            caption: "100 %, a_b >= 8".into(),
            head: vec!["setting".into(), "a_b".into()],
            rows: vec![vec!["x | y".into(), "1 & 2".into()]],
        };
        let markdown = grid.markdown();
        assert_eq!(markdown, "| setting | a_b   |\n| ------- | ----- |\n| x \\| y  | 1 & 2 |\n");
        let latex = grid.latex();
        assert!(
            latex.contains("100 \\%, a\\_b $\\geq$ 8") && latex.contains("x | y & 1 \\& 2 \\\\"),
            "{latex}"
        );
        assert!(latex.contains("\\begin{tabular}{ll}"));
    }
}
