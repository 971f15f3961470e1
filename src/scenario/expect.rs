//! The `[expect]` table: what must hold of a run. Judging a run by it is `run::judge`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What must hold of the scenario's runs. Besides the keys below, each key names a measure and each value bounds it:
/// `"final.modes_covered" = ">= 8"`, `"last10.high_quality" = ">= 0.65"`, `"every.modes_covered" = "<= 2"`.
/// Before the dot stands what of the measure's curve is meant: `final` (the last record), `lastN` (mean of the last
/// N records), `every`, `any`, `max`, `min`; `median.` before it (not before `every` and `any`) bounds the median
/// over the seeds. The bounds are `>=`, `>`, `<=`, `<` and `==`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Expect {
    /// How each run must end.
    #[serde(default)]
    pub status: Ending,
    /// Number of seeds: the scenario's own and the ones that follow it.
    #[serde(default = "one")]
    pub seeds: u64,
    /// Share of the seeds for which everything must hold.
    #[serde(default = "whole")]
    pub share_of_seeds: f64,
    /// Bounds on measures.
    #[serde(flatten)]
    pub bounds: BTreeMap<String, String>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// All steps are done.
    #[default]
    Finished,
    /// A loss or a parameter becomes NaN, infinite, or larger than the bound.
    Diverged,
}

impl Default for Expect {
    fn default() -> Self {
        Expect { status: Ending::default(), seeds: one(), share_of_seeds: whole(), bounds: BTreeMap::new() }
    }
}

fn one() -> u64 {
    1
}
fn whole() -> f64 {
    1.0
}

/// What of a measure's curve a bound is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The last record.
    Final,
    /// The mean of this many last records.
    Last(usize),
    /// Every record by itself.
    Every,
    /// At least one record.
    Any,
    /// The largest value.
    Max,
    /// The smallest value.
    Min,
}

/// A number read off a run, or off the runs of all seeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whether it is the median over the seeds.
    pub median: bool,
    /// What of the curve.
    pub scope: Scope,
    /// Column of the metrics table.
    pub column: String,
}

impl FromStr for Reading {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (median, rest) = match text.strip_prefix("median.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let Some((scope, column)) = rest.split_once('.') else {
            return Err(format!("expected SCOPE.MEASURE, as in \"final.{text}\""));
        };
        let scope = parse_scope(scope)?;
        if median && matches!(scope, Scope::Every | Scope::Any) {
            return Err("a median needs one number a seed; use final, lastN, max or min".into());
        }
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if column.is_empty() || !column.chars().all(letters) {
            return Err(format!("`{column}` is no measure; name a column of metrics.csv"));
        }
        Ok(Reading { median, scope, column: column.to_string() })
    }
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    let known = ["final", "last10", "every", "any", "max", "min"];
    Ok(match text {
        "final" => Scope::Final,
        "every" => Scope::Every,
        "any" => Scope::Any,
        "max" => Scope::Max,
        "min" => Scope::Min,
        _ => match text.strip_prefix("last").map(str::parse::<usize>) {
            Some(Ok(count)) if count > 0 => Scope::Last(count),
            Some(_) => return Err(format!("`{text}` wants a number of records above 0, as in last10")),
            None => return Err(format!("unknown scope `{text}`{}", super::validate::suggest(text, &known))),
        },
    })
}

/// How a number must stand to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `>=`
    AtLeast,
    /// `>`
    Above,
    /// `<=`
    AtMost,
    /// `<`
    Below,
    /// `==`
    Equal,
}

const RELATIONS: [(&str, Relation); 5] = [
    (">=", Relation::AtLeast),
    ("<=", Relation::AtMost),
    ("==", Relation::Equal),
    (">", Relation::Above),
    ("<", Relation::Below),
];

/// A bound on a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The relation.
    pub relation: Relation,
    /// The number on its right.
    pub value: f64,
}

impl Bound {
    /// Whether a number meets the bound; NaN meets none.
    pub fn holds(&self, value: f64) -> bool {
        match self.relation {
            Relation::AtLeast => value >= self.value,
            Relation::Above => value > self.value,
            Relation::AtMost => value <= self.value,
            Relation::Below => value < self.value,
            Relation::Equal => value == self.value,
        }
    }
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let found = RELATIONS.iter().find_map(|(sign, relation)| Some((relation, text.strip_prefix(sign)?)));
        let Some((relation, number)) = found else {
            return Err(format!(
                "`{text}` is no bound; write >=, >, <=, < or == and a number, as in \">= 0.65\""
            ));
        };
        match number.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Bound { relation: *relation, value }),
            _ => Err(format!("`{}` is not a finite number", number.trim())),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = RELATIONS.iter().find(|(_, r)| *r == self.relation).map_or("?", |(sign, _)| sign);
        write!(f, "{sign} {}", self.value)
    }
}
