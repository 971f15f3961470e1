//! Where scenarios differ.

use crate::scenario::Scenario;
use serde_json::Value;

/// A setting that is not the same in all scenarios.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The setting's path, for instance `game.regularizer[0].eta`.
    pub key: String,
    /// Its value in each scenario as TOML writes it; None where it is not set.
    pub values: Vec<Option<String>>,
}

/// What a scenario says about itself rather than about the experiment.
const ABOUT: [&str; 4] = ["name", "description", "question", "expect"];

/// The settings in which the scenarios differ, in the order of the format.
pub fn differences(scenarios: &[&Scenario]) -> Vec<Difference> {
    let leaves: Vec<Vec<(String, String)>> = scenarios.iter().map(|s| leaves_of(s)).collect();
    let mut keys: Vec<&String> = Vec::new();
    for (key, _) in leaves.iter().flatten() {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let value = |of: &[(String, String)], key: &str| of.iter().find(|l| l.0 == key).map(|l| l.1.clone());
    let row = |key: &String| Difference {
        key: key.clone(),
        values: leaves.iter().map(|of| value(of, key)).collect(),
    };
    keys.into_iter().map(row).filter(|d| d.values.iter().any(|v| *v != d.values[0])).collect()
}

fn leaves_of(scenario: &Scenario) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(Value::Object(tree)) = serde_json::to_value(scenario) {
        for (key, value) in tree.iter().filter(|(key, _)| !ABOUT.contains(&key.as_str())) {
            walk(key.clone(), value, &mut found);
        }
    }
    found
}

fn walk(path: String, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(table) => {
            table.iter().for_each(|(key, value)| walk(format!("{path}.{key}"), value, found));
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().enumerate().for_each(|(i, item)| walk(format!("{path}[{i}]"), item, found));
        }
        leaf => found.push((path, leaf.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Fate, ring};
    use super::*;

    #[test]
    fn the_two_experiments_differ_in_the_regulariser_alone() {
        let (with, without) = (ring(Fate::Reaches).scenario, ring(Fate::Hops).scenario);
        let found = differences(&[&with, &without]);
        assert!(!found.is_empty());
        assert!(found.iter().all(|d| d.key.starts_with("game.regularizer[0].")), "{found:?}");
        let eta = found.iter().find(|d| d.key.ends_with(".eta")).unwrap();
        assert_eq!(eta.values, vec![Some("0.5".to_string()), None]);
        assert!(differences(&[&with, &with]).is_empty());
        assert!(differences(&[]).is_empty());
    }
}
