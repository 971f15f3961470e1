//! A parsed TOML document that remembers where each of its keys and values was written.

use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Where a part of a scenario was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Bytes of the source text.
    Text(Range<usize>),
    /// An override from the command line, as it was typed.
    Override(String),
}

/// A value and the place where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub item: Item,
    /// Where it was written.
    pub place: Place,
}

/// A TOML value.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A string.
    String(String),
    /// A whole number; None where it does not fit TOML's 64 bits.
    Integer(Option<i64>),
    /// Any other number.
    Float(f64),
    /// true or false.
    Boolean(bool),
    /// A date or a time, which no key of a scenario wants.
    Datetime(String),
    /// An array.
    Array(Vec<Node>),
    /// A table, in the order of the source.
    Table(Vec<Entry>),
}

/// A key of a table and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key was written.
    pub place: Place,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// Parses a document. The error is the parser's own message and where it applies.
    pub fn parse(text: &str) -> Result<Node, (String, Range<usize>)> {
        match DeTable::parse(text) {
            Ok(table) => {
                let place = Place::Text(table.span());
                Ok(Node { item: Item::Table(entries(table.into_inner(), &Place::Text)), place })
            }
            Err(e) => Err((e.message().to_string(), e.span().unwrap_or(0..0))),
        }
    }

    /// Parses a single value, all of which is said to be written at `place`.
    pub fn parse_value(text: &str, place: &Place) -> Result<Node, String> {
        let value = DeValue::parse(text).map_err(|e| e.message().to_string())?;
        Ok(node(value.into_inner(), place.clone(), &|_| place.clone()))
    }

    /// A value made from JSON, all of which is said to be written at `place`. JSON's null becomes an empty table.
    pub fn from_json(value: &serde_json::Value, place: &Place) -> Node {
        use serde_json::Value as Json;
        let item = match value {
            Json::Null => Item::Table(Vec::new()),
            Json::Bool(b) => Item::Boolean(*b),
            Json::Number(n) if n.is_f64() => Item::Float(n.as_f64().unwrap_or(f64::NAN)),
            Json::Number(n) => Item::Integer(n.as_i64()),
            Json::String(s) => Item::String(s.clone()),
            Json::Array(list) => Item::Array(list.iter().map(|v| Node::from_json(v, place)).collect()),
            Json::Object(map) => {
                let entry = |(key, v): (&String, &Json)| Entry {
                    key: key.clone(),
                    place: place.clone(),
                    node: Node::from_json(v, place),
                };
                Item::Table(map.iter().map(entry).collect())
            }
        };
        Node { item, place: place.clone() }
    }

    /// The value as the `toml` crate has it, for deserialisation. A whole number that does not fit becomes a float;
    /// validation has refused it before.
    pub fn to_toml(&self) -> toml::Value {
        match &self.item {
            Item::String(s) | Item::Datetime(s) => toml::Value::String(s.clone()),
            Item::Integer(Some(i)) => toml::Value::Integer(*i),
            Item::Integer(None) => toml::Value::Float(f64::NAN),
            Item::Float(f) => toml::Value::Float(*f),
            Item::Boolean(b) => toml::Value::Boolean(*b),
            Item::Array(list) => toml::Value::Array(list.iter().map(Node::to_toml).collect()),
            Item::Table(list) => {
                toml::Value::Table(list.iter().map(|e| (e.key.clone(), e.node.to_toml())).collect())
            }
        }
    }

    /// The entry of a table by its key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.item {
            Item::Table(list) => list.iter().find(|e| e.key == key),
            _ => None,
        }
    }

    /// The child by a key, or by an index where this is an array.
    pub fn child(&self, key: &str) -> Option<&Node> {
        match &self.item {
            Item::Array(list) => list.get(key.parse::<usize>().ok()?),
            _ => self.entry(key).map(|e| &e.node),
        }
    }

    /// The place of the value at a path of keys; where the path ends early, because a default stands there, the
    /// place of the deepest key that was written.
    pub fn locate(&self, path: &[&str]) -> &Place {
        let mut here = self;
        let mut place = &self.place;
        for key in path {
            let Some(next) = here.child(key) else { break };
            here = next;
            place = &here.place;
        }
        place
    }

    /// What the value is, in words.
    pub fn kind(&self) -> &'static str {
        match self.item {
            Item::String(_) => "a string",
            Item::Integer(_) => "a whole number",
            Item::Float(_) => "a number with a fraction",
            Item::Boolean(_) => "a truth value",
            Item::Datetime(_) => "a date or time",
            Item::Array(_) => "an array",
            Item::Table(_) => "a table",
        }
    }
}

type Placer<'a> = &'a dyn Fn(Range<usize>) -> Place;

fn entries(table: DeTable<'_>, placer: Placer) -> Vec<Entry> {
    let entry = |(key, value): (toml::Spanned<_>, toml::Spanned<DeValue>)| {
        let place = placer(key.span());
        let value_place = placer(value.span());
        let key: std::borrow::Cow<str> = key.into_inner();
        Entry { key: key.into_owned(), place, node: node(value.into_inner(), value_place, placer) }
    };
    table.into_iter().map(entry).collect()
}

fn node(value: DeValue<'_>, place: Place, placer: Placer) -> Node {
    let item = match value {
        DeValue::String(s) => Item::String(s.into_owned()),
        DeValue::Integer(i) => Item::Integer(i64::from_str_radix(i.as_str(), i.radix()).ok()),
        DeValue::Float(f) => Item::Float(f.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(b) => Item::Boolean(b),
        DeValue::Datetime(d) => Item::Datetime(d.to_string()),
        DeValue::Array(list) => {
            let element = |v: toml::Spanned<DeValue>| {
                let place = placer(v.span());
                node(v.into_inner(), place, placer)
            };
            Item::Array(list.into_iter().map(element).collect())
        }
        DeValue::Table(table) => Item::Table(entries(table, placer)),
    };
    Node { item, place }
}
