//! Holds a parsed document to the JSON Schema of the scenario types.
//!
//! Deserialisation alone would find the same mistakes, but inside a tagged or untagged enum it forgets where it is,
//! and it stops at the first. Walking the schema beside the document finds all of them with their places.

use super::problem::Complaint;
use super::tree::{Entry, Item, Node, Place};
use serde_json::Value as Json;
use std::sync::LazyLock;

static SCHEMA: LazyLock<Json> = LazyLock::new(|| schemars::schema_for!(super::Scenario).to_value());

/// The JSON Schema of the scenario format, for editors and for validation.
pub fn schema() -> &'static Json {
    &SCHEMA
}

/// Everything in which `document` departs from the scenario format.
pub fn validate(document: &Node) -> Vec<Complaint> {
    let mut found = Vec::new();
    Walk { found: &mut found }.value(document, schema(), "the scenario");
    found
}

/// The schema that `$ref` stands for; the schema itself where there is none.
pub(super) fn resolve(schema: &Json) -> &Json {
    let name = schema.get("$ref").and_then(Json::as_str).and_then(|r| r.strip_prefix("#/$defs/"));
    name.and_then(|name| SCHEMA.get("$defs")?.get(name)).unwrap_or(schema)
}

/// The schemas of which a value must meet one: itself, or its alternatives.
fn alternatives(schema: &'static Json) -> Vec<&'static Json> {
    let schema = resolve(schema);
    let several = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array);
    match several {
        Some(list) => list.iter().flat_map(alternatives).collect(),
        None => vec![schema],
    }
}

fn types(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(name)) => vec![name],
        Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).filter(|t| *t != "null").collect(),
        _ => Vec::new(),
    }
}

fn fits(item: &Item, name: &str) -> bool {
    matches!(
        (item, name),
        (Item::String(_), "string")
            | (Item::Integer(_), "integer" | "number")
            | (Item::Float(_), "number")
            | (Item::Boolean(_), "boolean")
            | (Item::Array(_), "array")
            | (Item::Table(_), "object")
    )
}

fn in_words(name: &str) -> &'static str {
    match name {
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "an array",
        "object" => "a table",
        _ => "another kind of value",
    }
}

/// The value that a schema demands of its tag `kind`, where it is one variant of several.
fn tag(schema: &Json) -> Option<&str> {
    schema.get("properties")?.get("kind")?.get("const")?.as_str()
}

struct Walk<'a> {
    found: &'a mut Vec<Complaint>,
}

impl Walk<'_> {
    fn complain(&mut self, place: &Place, message: String) {
        self.found.push(Complaint { place: place.clone(), message });
    }

    fn value(&mut self, node: &Node, schema: &'static Json, path: &str) {
        let all = alternatives(schema);
        let fitting: Vec<_> =
            all.iter().copied().filter(|s| types(s).iter().any(|t| fits(&node.item, t))).collect();
        match (&node.item, fitting.as_slice()) {
            (_, []) => self.wrong_type(node, &all, path),
            (Item::String(word), _) => self.word(node, word, &all, &fitting, path),
            (Item::Table(entries), [only]) if tag(only).is_none() => self.table(node, entries, only, path),
            (Item::Table(entries), several) => self.tagged(node, entries, several, path),
            (Item::Array(list), [first, ..]) => self.array(list, first, path),
            (_, [first, ..]) => self.number(node, first, path),
        }
    }

    fn wrong_type(&mut self, node: &Node, all: &[&'static Json], path: &str) {
        let mut wanted: Vec<&str> = Vec::new();
        for name in all.iter().flat_map(|s| types(s)).map(in_words) {
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        let words: Vec<&str> = all.iter().filter_map(|s| s.get("const")?.as_str()).collect();
        let mut message = format!("expected {} for `{path}`, found {}", wanted.join(" or "), node.kind());
        match &node.item {
            Item::Float(f) if f.fract() == 0.0 && wanted.contains(&"a whole number") => {
                message += &format!("; write {f:.0}, without a point or exponent");
            }
            Item::Table(_) if path.starts_with("expect.") => {
                message += "; put the whole name in quotes, as in \"final.modes_covered\"";
            }
            Item::Table(_)
                if ["sweep.grid.", "sweep.reached."].iter().any(|owner| path.starts_with(owner)) =>
            {
                message += "; put the whole key in quotes, as in \"train.batch\"";
            }
            _ if !words.is_empty() => message += &format!("; known names: {}", list(&words)),
            _ => {}
        }
        self.complain(&node.place, message);
    }

    fn word(
        &mut self,
        node: &Node,
        word: &str,
        all: &[&'static Json],
        fitting: &[&'static Json],
        path: &str,
    ) {
        let mut known: Vec<&str> = fitting.iter().filter_map(|s| s.get("const")?.as_str()).collect();
        if known.is_empty() || known.contains(&word) {
            return;
        }
        // A word such as "formula" that is known, but only as the kind of a table, deserves to be told so.
        if all.iter().any(|s| tag(s) == Some(word)) {
            let message = format!("`{word}` needs settings in `{path}`; write {{ kind = \"{word}\", ... }}");
            return self.complain(&node.place, message);
        }
        known.extend(all.iter().filter_map(|s| tag(s)).filter(|k| !known.contains(k)).collect::<Vec<_>>());
        self.complain(
            &node.place,
            format!("unknown name `{word}` for `{path}`{}", suggest_all(word, &known)),
        );
    }

    fn number(&mut self, node: &Node, schema: &Json, path: &str) {
        let whole = types(schema).contains(&"integer");
        let minimum = schema.get("minimum").and_then(Json::as_f64);
        let message = match &node.item {
            Item::Float(f) if f.is_nan() => format!("`{path}` is not a number; give a finite one"),
            Item::Float(f) if f.is_infinite() => format!("`{path}` is infinite; give a finite number"),
            Item::Integer(None) => {
                format!("the number for `{path}` does not fit in 64 bits; give a smaller one")
            }
            Item::Integer(Some(i)) if whole && minimum.is_some_and(|least| (*i as f64) < least) => {
                format!("`{path}` cannot be negative: {i}")
            }
            _ => return,
        };
        self.complain(&node.place, message);
    }

    fn array(&mut self, list: &[Node], schema: &'static Json, path: &str) {
        // `true` is the schema of anything.
        let Some(items) = schema.get("items").filter(|items| items.is_object()) else { return };
        for (index, node) in list.iter().enumerate() {
            self.value(node, items, &format!("{path}.{index}"));
        }
    }

    fn tagged(&mut self, node: &Node, entries: &[Entry], variants: &[&'static Json], path: &str) {
        let known: Vec<&str> = variants.iter().filter_map(|s| tag(s)).collect();
        let Some(kind) = entries.iter().find(|e| e.key == "kind") else {
            let message = format!("missing key `kind` in `{path}`; one of {}", list(&known));
            return self.complain(&node.place, message);
        };
        let Item::String(word) = &kind.node.item else {
            let message = format!("expected a string for `{path}.kind`, found {}", kind.node.kind());
            return self.complain(&kind.node.place, message);
        };
        match variants.iter().find(|s| tag(s) == Some(word)) {
            Some(variant) => self.table(node, entries, variant, path),
            None => {
                let message = format!("unknown kind `{word}` in `{path}`{}", suggest_all(word, &known));
                self.complain(&kind.node.place, message);
            }
        }
    }

    fn table(&mut self, node: &Node, entries: &[Entry], schema: &'static Json, path: &str) {
        let properties = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties").filter(|s| s.is_object());
        let closed = schema.get("additionalProperties") == Some(&Json::Bool(false));
        for entry in entries {
            let inner = join(path, &entry.key);
            match properties.and_then(|p| p.get(&entry.key)).or(others) {
                Some(schema) => self.value(&entry.node, schema, &inner),
                None if closed => {
                    let known: Vec<&str> =
                        properties.into_iter().flat_map(|p| p.keys()).map(String::as_str).collect();
                    let place = entry.place.clone();
                    let owner = owner(path, tag(schema));
                    let mut message =
                        format!("unknown key `{}` in {owner}{}", entry.key, suggest(&entry.key, &known));
                    if path.starts_with("sweep.grid.") {
                        message += "; a key of the grid is put in quotes as a whole, as in \"train.batch\"";
                    }
                    self.complain(&place, message);
                }
                None => {}
            }
        }
        let required = schema.get("required").and_then(Json::as_array);
        for key in required.into_iter().flatten().filter_map(Json::as_str) {
            if !entries.iter().any(|e| e.key == key) {
                let owner = owner(path, tag(schema));
                self.complain(
                    &node.place,
                    format!("missing key `{key}` in {owner}{}", purpose(properties, key)),
                );
            }
        }
    }
}

/// What a key is for, from the documentation of its type: its first sentence.
fn purpose(properties: Option<&serde_json::Map<String, Json>>, key: &str) -> String {
    let text = properties.and_then(|p| p.get(key)?.get("description")?.as_str()).unwrap_or_default();
    let sentence = text.split(['.', '\n', ';']).next().unwrap_or_default();
    if sentence.is_empty() { String::new() } else { format!("; it is: {sentence}") }
}

fn owner(path: &str, kind: Option<&str>) -> String {
    match kind {
        _ if path == "the scenario" => path.to_string(),
        Some(kind) => format!("`{path}` of kind `{kind}`"),
        None => format!("`{path}`"),
    }
}

fn join(path: &str, key: &str) -> String {
    if path == "the scenario" { key.to_string() } else { format!("{path}.{key}") }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// The nearest known name, where one is near enough to be a slip of the keyboard.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |name: &str| strsim::damerau_levenshtein(word, name);
    let best = known.iter().min_by_key(|name| distance(name))?;
    let allowed = (word.chars().count().max(best.chars().count()) / 3).max(1);
    let related = best.len() >= 4 && word.starts_with(best) || word.len() >= 4 && best.starts_with(word);
    (distance(best) <= allowed || related).then_some(best)
}

/// How a complaint about an unknown key goes on: the nearest known one, or all of them.
pub(super) fn suggest(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(name) => format!("; did you mean `{name}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; known: {}", list(known)),
    }
}

/// How a complaint about an unknown kind goes on: the nearest known one, and all of them.
fn suggest_all(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(name) => format!("; did you mean `{name}`? Known: {}", list(known)),
        None => format!("; known: {}", list(known)),
    }
}
