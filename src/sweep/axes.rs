//! The axes of a sweep: which keys take which values.

use super::draw::{Manner, settings, step};
use crate::scenario::{Override, Range, Sweep, Values};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::ops::Range as Bytes;

/// A value of a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Choice {
    /// The key, as `--set` names it.
    pub key: String,
    /// Its value.
    pub value: Json,
    /// Where it stands in the scenario's text, in bytes.
    #[serde(skip)]
    pub place: Option<Bytes<usize>>,
}

impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && same(&self.value, &other.value)
    }
}

/// Whether two values are the same to a scenario: 1 and 1.0 are.
fn same(a: &Json, b: &Json) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

impl Choice {
    /// The value as a reader writes it: words without quotes, everything else as JSON.
    pub fn text(&self) -> String {
        match (&self.value, self.value.as_f64()) {
            (Json::String(word), _) => word.clone(),
            (value, Some(x)) if value.is_f64() && (x == 0.0 || (1e-5..1e15).contains(&x.abs())) => {
                x.to_string()
            }
            (value, _) => value.to_string(),
        }
    }

    /// The value in words, for tables and pictures: a table is its kind and its settings, `r1 gamma 1`; a list of tables is
    /// joined by plus signs; an empty list is "none".
    pub fn words(&self) -> String {
        match &self.value {
            Json::Object(table) => words_of(table),
            Json::Array(list) if list.is_empty() => "none".into(),
            Json::Array(list) if list.iter().all(Json::is_object) => {
                let tables = list.iter().filter_map(Json::as_object);
                tables.map(words_of).collect::<Vec<_>>().join(" + ")
            }
            _ => self.text(),
        }
    }

    /// The choice as an override of the scenario.
    pub fn set(&self) -> Result<Override, String> {
        let said = format!("{} = {}", self.key, self.text());
        Override::of(&self.key, &self.value, &said, self.place.clone())
    }
}

/// A table's kind, then its other settings.
fn words_of(table: &serde_json::Map<String, Json>) -> String {
    let said = |(key, value): (&String, &Json)| {
        let value = Choice { key: String::new(), value: value.clone(), place: None }.text();
        if key == "kind" { value } else { format!("{key} {value}") }
    };
    let kind = table.iter().filter(|(key, _)| *key == "kind");
    let others = table.iter().filter(|(key, _)| *key != "kind");
    kind.chain(others).map(said).collect::<Vec<_>>().join(" ")
}

/// Keys that change together, and the points that they take: each has a value for some or all of the keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Its points.
    pub points: Vec<Vec<Choice>>,
}

impl Axis {
    /// The axis of one key.
    fn of(key: &str, values: impl IntoIterator<Item = Json>, place: Option<Bytes<usize>>) -> Self {
        let choice = |value| vec![Choice { key: key.to_string(), value, place: place.clone() }];
        Axis { points: values.into_iter().map(choice).collect() }
    }

    /// Parses `KEY=A,B,C`, each a value as TOML writes it or a word, or `KEY=FROM..TO:COUNT`, with `:log` behind it for
    /// equal ratios.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "expected KEY=A,B,C or KEY=FROM..TO:COUNT, with :log behind it for equal ratios";
        let (key, values) = text.split_once('=').ok_or(form)?;
        let (key, values) = (key.trim(), values.trim());
        if key.is_empty() || key.split('.').any(|part| part.trim().is_empty()) {
            return Err(format!("the key has an empty part; {form}"));
        }
        if values.is_empty() {
            return Err(format!("`{key}` has no value; {form}"));
        }
        let quoted = values.starts_with(['"', '\'', '[', '{']);
        if !quoted && values.contains("..") {
            return Ok(Axis::of(key, between(values).map_err(|e| format!("`{key}`: {e}; {form}"))?, None));
        }
        if let Ok(table) = format!("x = [{values}]").parse::<toml::Table>()
            && let Some(Json::Array(list)) = table.get("x").and_then(|x| serde_json::to_value(x).ok())
        {
            return Ok(Axis::of(key, list, None));
        }
        if quoted {
            return Err(format!("the values of `{key}` are no TOML; write them as in a scenario"));
        }
        let words: Vec<&str> = values.split(',').map(str::trim).collect();
        match words.iter().any(|word| word.is_empty()) {
            true => Err(format!("`{key}` has an empty value; {form}")),
            false => Ok(Axis::of(key, words.into_iter().map(word), None)),
        }
    }

    /// Its keys, each once.
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::new();
        for choice in self.points.iter().flatten() {
            if !keys.contains(&choice.key.as_str()) {
                keys.push(&choice.key);
            }
        }
        keys
    }
}

/// The values of `FROM..TO:COUNT` or `FROM..TO:COUNT:log`.
fn between(text: &str) -> Result<Vec<Json>, String> {
    let range: Range = text.parse()?;
    let count = range.count.ok_or("the count is from 2 to 10000")?;
    Ok((0..count).map(|k| step(&range, k, count)).collect())
}

/// A value among others that are no TOML: itself if it is TOML, else a word.
fn word(text: &str) -> Json {
    let value = format!("x = {text}").parse::<toml::Table>().ok().and_then(|mut table| table.remove("x"));
    value.and_then(|value| serde_json::to_value(value).ok()).unwrap_or_else(|| Json::from(text))
}

/// The axes that a `[sweep]` table describes: the grid's keys, then the list, then draws.
pub fn axes_of(sweep: &Sweep) -> Result<Vec<Axis>, String> {
    let place = |key: &String| sweep.places.get(key).cloned();
    let mut axes: Vec<Axis> =
        sweep.grid.0.iter().map(|(key, values)| Axis::of(key, listed(values), place(key))).collect();
    if !sweep.list.is_empty() {
        let choice =
            |(key, value): &(String, Json)| Choice { key: key.clone(), value: value.clone(), place: None };
        axes.push(Axis {
            points: sweep.list.iter().map(|entry| entry.0.iter().map(choice).collect()).collect(),
        });
    }
    let draws = [
        ("sweep.random", &sweep.random, Manner::Random),
        ("sweep.quasi_random", &sweep.quasi_random, Manner::Even),
    ];
    for (name, draws, manner) in draws {
        let Some(draws) = draws else { continue };
        let keys = draws.keys.0.iter().map(|(key, _)| key);
        let point = |values: Vec<Json>| {
            let choice =
                |(key, value): (&String, Json)| Choice { key: key.clone(), value, place: place(key) };
            keys.clone().zip(values).map(choice).collect()
        };
        let points = settings(draws, manner).map_err(|e| format!("`{name}`: {e}"))?;
        axes.push(Axis { points: points.into_iter().map(point).collect() });
    }
    Ok(axes)
}

/// The values of a grid's key one by one.
fn listed(values: &Values) -> Vec<Json> {
    match values {
        Values::List(list) => list.clone(),
        Values::Range(range) => {
            let count = range.count.unwrap_or(2).max(2);
            (0..count).map(|k| step(range, k, count)).collect()
        }
    }
}

/// Refuses axes that make no sense together.
pub fn sound(axes: &[Axis]) -> Result<(), String> {
    let mut seen: Vec<&str> = Vec::new();
    for axis in axes {
        for key in axis.keys() {
            let root = key.split('.').next().unwrap_or(key);
            match root {
                "seed" => return Err(
                    "`seed` is an axis of its own: give the seeds by --seeds 1..16, or as `seeds` in [sweep]"
                        .into(),
                ),
                "sweep" | "name" => return Err(format!("`{key}` cannot vary within a sweep; leave it out")),
                _ if seen.contains(&key) => {
                    return Err(format!("`{key}` is on two axes; put all its values on one of them"));
                }
                _ => seen.push(key),
            }
        }
        if axis.points.is_empty() {
            return Err("an axis has no value; give at least one, or leave it out".into());
        }
        let twice = (0..axis.points.len()).find(|k| axis.points[..*k].contains(&axis.points[*k]));
        if let Some(k) = twice {
            let words: Vec<String> =
                axis.points[k].iter().map(|choice| format!("`{}` = {}", choice.key, choice.text())).collect();
            return Err(format!("{} stands there twice; give every value once", words.join(" with ")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Result<Vec<String>, String> {
        Axis::parse(text).map(|axis| axis.points.iter().map(|p| p[0].text()).collect())
    }

    #[test]
    fn tables_are_said_in_words() {
        let words = |value: Json| Choice { key: String::new(), value, place: None }.words();
        assert_eq!(words(serde_json::json!([])), "none");
        assert_eq!(words(serde_json::json!([{ "gamma": 1.5, "kind": "r1" }])), "r1 gamma 1.5");
        assert_eq!(words(serde_json::json!({ "kind": "sgd", "lr": 0.1 })), "sgd lr 0.1");
        assert_eq!(words(serde_json::json!([64, 64])), "[64,64]");
    }

    #[test]
    fn values_are_toml_words_or_ranges() {
        assert_eq!(values("a.b=0,0.1,1e-3").unwrap(), ["0", "0.1", "0.001"]);
        assert_eq!(values("o=minimax, non_saturating").unwrap(), ["minimax", "non_saturating"]);
        assert_eq!(
            values("r=[],[{ kind = \"r1\", gamma = 1 }]").unwrap(),
            ["[]", r#"[{"kind":"r1","gamma":1}]"#]
        );
        assert_eq!(values("n=1..3:3").unwrap(), ["1", "2", "3"]);
        assert_eq!(values("lr=0.01..1:3:log").unwrap(), ["0.01", "0.1", "1"]);
        for bad in ["a", "=1", "a=", "a..b=1,2", "a=1,,2", "a=x,", "a=[1", "a=1..2:0"] {
            assert!(values(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_makes_no_sense_together_is_refused() {
        let refused = |texts: &[&str]| {
            let axes: Vec<Axis> = texts.iter().map(|text| Axis::parse(text).unwrap()).collect();
            sound(&axes).unwrap_err()
        };
        assert!(refused(&["a.b=1,2", "a.b=3"]).contains("`a.b` is on two axes"));
        assert!(refused(&["a.b=1,2,1.0"]).contains("`a.b` = 1 stands there twice"));
        assert!(refused(&["seed=1,2"]).contains("--seeds"));
        assert!(refused(&["name=a,b"]).contains("cannot vary"));
        assert!(sound(&[Axis { points: vec![] }]).is_err());
    }
}
