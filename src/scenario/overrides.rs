//! Values from the command line that replace those of a scenario: `--set dynamics.optimizer.lr=1e-3`.

use super::problem::Complaint;
use super::tree::{Entry, Item, Node, Place};
use super::validate::{resolve, schema};
use serde_json::Value as Json;
use std::ops::Range;

/// A value for one key of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The keys from the outside in; a number picks an element of an array.
    key: Vec<String>,
    value: Node,
}

impl Override {
    /// Parses `a.b.c=value`. The value is TOML; what is not (a bare word) is taken as a string.
    pub fn parse(text: &str) -> Result<Override, String> {
        let typed = format!("--set {text}");
        let Some((key, value)) = text.split_once('=') else {
            return Err(format!("{typed}: expected KEY=VALUE, for instance --set train.steps=1000"));
        };
        let key: Vec<String> = split_key(key.trim());
        if key.iter().any(String::is_empty) {
            return Err(format!("{typed}: the key has an empty part; write it as in train.steps"));
        }
        let value = value.trim();
        let place = Place::Override(typed);
        let value = match Node::parse_value(value, &place) {
            Ok(node) => node,
            // A value that begins as TOML does was meant as TOML; its mistake must not pass as a string.
            Err(what) if value.is_empty() || value.starts_with(['[', '{', '"', '\'']) => {
                return Err(format!("--set {text}: {what}"));
            }
            Err(_) => Node { item: Item::String(value.to_string()), place },
        };
        Ok(Override { key, value })
    }

    /// A value for a key from elsewhere: complaints about it are about `at`, bytes of the scenario's text, or else about
    /// what was said.
    pub fn of(key: &str, value: &Json, said: &str, at: Option<Range<usize>>) -> Result<Override, String> {
        let place = at.map_or_else(|| Place::Override(said.to_string()), Place::Text);
        let key = split_key(key.trim());
        if key.iter().any(String::is_empty) {
            return Err(format!("{said}: the key has an empty part; write it as in train.steps"));
        }
        Ok(Override { key, value: Node::from_json(value, &place) })
    }

    /// The key, as `--set` names it.
    pub fn key(&self) -> String {
        self.key.join(".")
    }

    /// The override that `--seed N` is.
    pub fn seed(seed: u64) -> Override {
        let place = Place::Override(format!("--seed {seed}"));
        let item = Item::Integer(i64::try_from(seed).ok());
        Override { key: vec!["seed".into()], value: Node { item, place } }
    }

    /// Puts the value into a document. Tables that are missing on the way start from their defaults.
    pub fn apply(&self, document: &mut Node) -> Result<(), Complaint> {
        let (last, way) = match self.key.split_last() {
            Some(parts) => parts,
            None => return Ok(()),
        };
        let mut here = document;
        let mut format = Some(schema());
        for (depth, key) in way.iter().enumerate() {
            let known = format.and_then(|s| default_of(s, key));
            self.ensure(here, key, depth, known)?;
            format = format.and_then(|s| inner(s, key));
            here = child_mut(here, key).ok_or_else(|| self.complain(depth, "is not there"))?;
        }
        self.ensure(here, last, way.len(), None)?;
        match child_mut(here, last) {
            Some(node) => *node = self.value.clone(),
            None => return Err(self.complain(way.len(), "is not there")),
        }
        Ok(())
    }

    /// Makes sure that `here` has a child `key`, adding a table (or `known`) where a table lacks it.
    fn ensure(
        &self,
        here: &mut Node,
        key: &str,
        depth: usize,
        known: Option<&Json>,
    ) -> Result<(), Complaint> {
        let kind = here.kind();
        match &mut here.item {
            Item::Table(list) if list.iter().any(|e| e.key == key) => Ok(()),
            Item::Table(list) => {
                let place = self.value.place.clone();
                let node = match known {
                    Some(default) => Node::from_json(default, &place),
                    None => Node { item: Item::Table(Vec::new()), place: place.clone() },
                };
                list.push(Entry { key: key.to_string(), place, node });
                Ok(())
            }
            Item::Array(list) => match key.parse::<usize>() {
                Ok(index) if index < list.len() => Ok(()),
                Ok(_) if list.is_empty() => Err(self.complain(depth, "is an element of an empty array")),
                Ok(_) => {
                    let what = format!("is past the end; elements are numbered 0 to {}", list.len() - 1);
                    Err(self.complain(depth, &what))
                }
                Err(_) => Err(self.complain(depth, "is in an array; pick an element by its number, from 0")),
            },
            _ => Err(self.complain(depth, &format!("is inside {kind}, which has no keys"))),
        }
    }

    fn complain(&self, depth: usize, what: &str) -> Complaint {
        let path = self.key[..=depth.min(self.key.len() - 1)].join(".");
        Complaint { place: self.value.place.clone(), message: format!("`{path}` {what}") }
    }
}

/// Splits a dotted key. The keys of `[expect]` hold dots themselves: all that follows `expect.` is one key.
fn split_key(key: &str) -> Vec<String> {
    match key.strip_prefix("expect.") {
        Some(measure) => vec!["expect".into(), measure.trim_matches('"').into()],
        None => key.split('.').map(|part| part.trim().to_string()).collect(),
    }
}

fn child_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.item {
        Item::Array(list) => list.get_mut(key.parse::<usize>().ok()?),
        Item::Table(list) => list.iter_mut().find(|e| e.key == key).map(|e| &mut e.node),
        _ => None,
    }
}

/// The schema of a key; None where it depends on a kind.
fn inner(schema: &'static Json, key: &str) -> Option<&'static Json> {
    resolve(resolve(schema).get("properties")?.get(key)?).into()
}

/// The default table of a key.
fn default_of(schema: &'static Json, key: &str) -> Option<&'static Json> {
    resolve(schema).get("properties")?.get(key)?.get("default").filter(|d| d.is_object())
}
