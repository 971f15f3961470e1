//! The `[sweep]` table: many runs from one scenario. What the runs are, `sweep` works out.

use schemars::JsonSchema;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range as Bytes;

/// Many runs from one scenario: every setting with every seed. Settings are all combinations of the grid's values, the
/// list's entries and the draws; what is left out adds nothing. `ganscope sweep` makes the runs, `ganscope run` the one
/// that the rest of the file describes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sweep {
    /// Seeds of every setting: "1..16" with both ends, or a list; the scenario's own seed when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Seeds>,
    /// Keys, each with the values it takes, every value with every value of the others:
    /// `"game.regularizer.0.eta" = [0, 0.1, 0.5]`. The keys are in quotes, as `--set` names them.
    pub grid: Keyed<Values>,
    /// Settings of several keys that go together, an entry each.
    pub list: Vec<Keyed<Json>>,
    /// Settings drawn at random.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random: Option<Draws>,
    /// Settings drawn so that they fill their ranges evenly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quasi_random: Option<Draws>,
    /// When a run counts as having reached its goal; written as in `[expect]`:
    /// `"final.modes_covered" = ">= 8"`. All modes at the last record when left out, where the data has modes.
    pub reached: BTreeMap<String, String>,
    /// Measures whose medians the tables and pictures show; a few that the runs have when left out.
    pub measures: Vec<String>,
    /// Where the values of each key stand in the text, in bytes.
    #[serde(skip)]
    pub places: BTreeMap<String, Bytes<usize>>,
}

/// Seeds of a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Seeds {
    /// "1..16", both ends included, or "1,5,9".
    Text(String),
    /// One by one.
    List(Vec<u64>),
}

/// The values that a key takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Values {
    /// One by one.
    List(Vec<Json>),
    /// Numbers between two ends.
    Range(Range),
}

/// Numbers between two ends, both included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The lower end.
    pub from: f64,
    /// The upper end.
    pub to: f64,
    /// How many values a grid takes of it. Draws have a number of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// Whether equal steps are equal differences or equal ratios.
    #[serde(default)]
    pub scale: Scale,
    /// Whether the values are rounded to whole numbers.
    #[serde(default)]
    pub whole: bool,
}

impl std::str::FromStr for Range {
    type Err = String;

    /// Parses `FROM..TO`, `FROM..TO:COUNT` or `FROM..TO:COUNT:log`; a count is from 2 to 10,000.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| match text.trim().parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(x),
            _ => Err(format!("`{}` is no number", text.trim())),
        };
        let (from, rest) = text.split_once("..").unwrap_or((text, ""));
        let mut rest = rest.splitn(3, ':');
        let (from, to) = (number(from)?, number(rest.next().unwrap_or_default())?);
        let counted = |text: &str| {
            let count = text.trim().parse().ok().filter(|n| (2..=10_000).contains(n));
            count.ok_or("the count is from 2 to 10000")
        };
        let count = rest.next().map(counted).transpose()?;
        let scale = match rest.next().map(str::trim) {
            None => Scale::Linear,
            Some("log") if from > 0.0 && to > 0.0 => Scale::Log,
            Some("log") => return Err("values at equal ratios are above 0".into()),
            Some(other) => return Err(format!("`:{other}` is unknown")),
        };
        Ok(Range { from, to, count, scale, whole: false })
    }
}

/// What equal steps of a range are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Equal differences.
    #[default]
    Linear,
    /// Equal ratios; both ends are above 0.
    Log,
}

/// Settings drawn from ranges and lists. Numbers are rounded to four significant digits, so that what a table shows of a
/// setting is all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draws {
    /// How many settings.
    pub draws: usize,
    /// Seed of the draws; it has nothing to do with the runs' seeds.
    #[serde(default = "one")]
    pub seed: u64,
    /// Keys, each with the values that it is drawn from.
    pub keys: Keyed<Values>,
}

fn one() -> u64 {
    1
}

/// A table in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyed<T>(pub Vec<(String, T)>);

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Keyed(Vec::new())
    }
}

impl<T: Serialize> Serialize for Keyed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Keyed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Keyed<T>;
            fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
                to.write_str("a table")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keyed<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Keyed(entries))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Keyed<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Keyed_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BTreeMap::<String, T>::json_schema(generator)
    }
}

impl Seeds {
    /// The seeds one by one; the error says what is wrong with them.
    pub fn all(&self) -> Result<Vec<u64>, String> {
        let seeds = match self {
            Seeds::List(list) => list.clone(),
            Seeds::Text(text) => parse_seeds(text)?,
        };
        if seeds.is_empty() {
            return Err("there is no seed; give at least one, as in 1..16".into());
        }
        let mut sorted = seeds.clone();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("seed {} stands there twice", pair[0]));
        }
        match sorted.last() {
            Some(largest) if i64::try_from(*largest).is_err() => Err("seeds are below 2^63".into()),
            _ => Ok(seeds),
        }
    }
}

/// Largest number of seeds of a setting.
const MOST_SEEDS: u64 = 1_000_000;

fn parse_seeds(text: &str) -> Result<Vec<u64>, String> {
    let form = "write FROM..TO (both included), as in 1..16, or A,B,C";
    let number =
        |text: &str| text.trim().parse::<u64>().map_err(|_| format!("`{}` is no seed; {form}", text.trim()));
    let Some((from, to)) = text.split_once("..") else {
        return text.split(',').map(number).collect();
    };
    let (from, to) = (number(from)?, number(to)?);
    match to.checked_sub(from) {
        Some(width) if width < MOST_SEEDS => Ok((from..=to).collect()),
        Some(_) => Err(format!("{from}..{to} are more than a million seeds")),
        None => Err(format!("{from}..{to} is empty: the first seed is above the last")),
    }
}

/// Parts of the table whose keys hold dots themselves.
pub(super) const QUOTED: [&str; 4] =
    ["sweep.grid", "sweep.reached", "sweep.random.keys", "sweep.quasi_random.keys"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_include_both_ends() {
        let all = |text: &str| Seeds::Text(text.into()).all();
        assert_eq!(all("1..16").unwrap().len(), 16);
        assert_eq!(all("3..3"), Ok(vec![3]));
        assert_eq!(all("1, 5,9"), Ok(vec![1, 5, 9]));
        for bad in ["", "1..", "5..1", "1,1", "-1", "0..9999999", "a"] {
            assert!(all(bad).is_err(), "{bad}");
        }
        assert!(Seeds::List(vec![]).all().is_err());
    }

    #[test]
    fn keys_keep_the_order_of_the_text() {
        let sweep: Sweep = toml::from_str("[grid]\n\"z.b\" = [1]\n\"a.c\" = [2]\n\"m\" = [3]").unwrap();
        let keys: Vec<&str> = sweep.grid.0.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["z.b", "a.c", "m"]);
    }
}
