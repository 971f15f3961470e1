//! One measure over the records of a run.

use crate::run::record::Table;

/// The finite values of a column with the steps at which they were recorded; never empty.
#[derive(Clone, Debug)]
pub struct Series {
    points: Vec<(u64, f64)>,
}

/// A recorded value and its step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At {
    /// The step.
    pub step: u64,
    /// The value.
    pub value: f64,
}

impl Series {
    /// The series of a column; None where the column is missing or holds no finite value.
    pub fn of(table: &Table, name: &str) -> Option<Series> {
        let values = values(table, name)?;
        let points: Vec<_> = steps(table).into_iter().zip(values).filter(|(_, v)| v.is_finite()).collect();
        (!points.is_empty()).then_some(Series { points })
    }

    /// The first value.
    pub fn first(&self) -> At {
        self.at(0)
    }

    /// The last value.
    pub fn last(&self) -> At {
        self.at(self.points.len() - 1)
    }

    /// The largest value, and the first step at which it was seen.
    pub fn max(&self) -> At {
        self.pick(|a, b| a > b)
    }

    /// The smallest value, and the first step at which it was seen.
    pub fn min(&self) -> At {
        self.pick(|a, b| a < b)
    }

    /// The first value that reaches `bound`.
    pub fn first_reaching(&self, bound: f64) -> Option<At> {
        self.iter().find(|at| at.value >= bound)
    }

    /// Where the unbroken stretch up to the end begins in which every value reaches `bound`.
    pub fn lasting_from(&self, bound: f64) -> Option<At> {
        let tail = self.points.iter().rev().take_while(|(_, v)| *v >= bound).count();
        (tail > 0).then(|| self.at(self.points.len() - tail))
    }

    /// Mean of the last `n` values, and how many there were.
    pub fn tail_mean(&self, n: usize) -> (f64, usize) {
        let tail = &self.points[self.points.len().saturating_sub(n.max(1))..];
        (tail.iter().map(|(_, v)| v).sum::<f64>() / tail.len() as f64, tail.len())
    }

    /// Mean of all values.
    pub fn mean(&self) -> f64 {
        self.tail_mean(self.points.len()).0
    }

    fn iter(&self) -> impl Iterator<Item = At> + '_ {
        self.points.iter().map(|&(step, value)| At { step, value })
    }

    fn at(&self, index: usize) -> At {
        let (step, value) = self.points[index];
        At { step, value }
    }

    fn pick(&self, better: impl Fn(f64, f64) -> bool) -> At {
        let keep = |best: At, next: At| if better(next.value, best.value) { next } else { best };
        self.iter().skip(1).fold(self.at(0), keep)
    }
}

/// The values of a column; a row that is too short counts as missing there.
pub fn values(table: &Table, name: &str) -> Option<Vec<f64>> {
    let index = table.names.iter().position(|n| n == name)?;
    Some(table.rows.iter().map(|row| row.get(index).copied().unwrap_or(f64::NAN)).collect())
}

/// The step of each row; the row's number where there is no such column.
pub fn steps(table: &Table) -> Vec<u64> {
    match values(table, "step") {
        Some(steps) => steps.into_iter().map(|s| s as u64).collect(),
        None => (0..table.rows.len() as u64).collect(),
    }
}

/// The share of each mode at each record: one vector a mode, in the order of the modes.
pub fn mode_shares(table: &Table) -> Vec<Vec<f64>> {
    (0..).map_while(|k| values(table, &format!("mode_share_{k}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(values: &[f64]) -> Table {
        let rows = values.iter().enumerate().map(|(i, v)| vec![100.0 * i as f64, *v]).collect();
        Table { names: vec!["step".into(), "x".into()], rows }
    }

    #[test]
    fn a_series_knows_its_turning_points() {
        let series = Series::of(&table(&[0.0, 8.0, f64::NAN, 7.0, 8.0, 8.0]), "x").unwrap();
        assert_eq!(series.first_reaching(8.0).unwrap().step, 100);
        assert_eq!(series.lasting_from(8.0).unwrap().step, 400);
        assert_eq!(series.max(), At { step: 100, value: 8.0 });
        assert_eq!(series.min(), At { step: 0, value: 0.0 });
        assert_eq!(series.tail_mean(2), (8.0, 2));
    }

    #[test]
    fn nothing_to_say_is_none() {
        assert!(Series::of(&table(&[]), "x").is_none());
        assert!(Series::of(&table(&[f64::NAN]), "x").is_none());
        assert!(Series::of(&table(&[1.0]), "y").is_none());
        let ragged = Table { names: vec!["step".into(), "x".into()], rows: vec![vec![1.0]] };
        assert!(Series::of(&ragged, "x").is_none());
    }
}
