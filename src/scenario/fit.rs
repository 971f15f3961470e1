//! Which keys go with which kind of game. Networks need data and batches; games on paper have no samples, and a key
//! about them would be read and do nothing.

use super::problem::Complaint;
use super::tree::{Item, Node, Place};

/// Keys that games on paper have no use for.
pub const OF_SAMPLES: [&str; 7] = [
    "data",
    "train.batch",
    "dynamics.batches",
    "record.samples",
    "record.keep",
    "record.frames",
    "record.criteria",
];

/// Keys that networks have no use for.
const OF_PAPER: [&str; 2] = ["record.starts", "record.ladder"];

/// Kinds of games that need data.
const NETWORKS: &str = "gan";

/// What is missing or has no place beside the document's kind of game.
pub fn unfit(document: &Node) -> Vec<Complaint> {
    let kind = document.child("game").and_then(|game| game.child("kind"));
    let kind =
        kind.and_then(|kind| if let Item::String(word) = &kind.item { Some(word.as_str()) } else { None });
    match kind {
        None | Some(NETWORKS) => {
            let paper = OF_PAPER.iter().filter_map(|key| paper_only(document, key));
            missing_data(document).into_iter().chain(paper).collect()
        }
        Some(kind) if super::ON_PAPER.contains(&kind) => {
            let mut found: Vec<Complaint> =
                OF_SAMPLES.iter().filter_map(|key| no_samples(document, key, kind)).collect();
            found.extend(single(document, kind));
            found
        }
        // Another word is no kind of game, which is said elsewhere.
        Some(_) => Vec::new(),
    }
}

fn missing_data(document: &Node) -> Option<Complaint> {
    document.entry("data").is_none().then(|| Complaint {
        place: document.place.clone(),
        message: "missing key `data` in the scenario; it is: Where real samples come from".into(),
    })
}

/// Where a key stands, if it does.
fn place_of(document: &Node, path: &str) -> Option<Place> {
    let (table, key) = match path.split_once('.') {
        Some((table, key)) => (document.child(table)?, key),
        None => (document, path),
    };
    Some(table.entry(key)?.place.clone())
}

fn paper_only(document: &Node, path: &str) -> Option<Complaint> {
    let place = place_of(document, path)?;
    let message = format!(
        "`{path}` is for games on paper, whose few parameters can be chosen and drawn; leave it out with networks"
    );
    Some(Complaint { place, message })
}

fn no_samples(document: &Node, path: &str, kind: &str) -> Option<Complaint> {
    let place = place_of(document, path)?;
    let message =
        format!("`{path}` has no place in a game of kind `{kind}`, which draws no samples; leave it out");
    Some(Complaint { place, message })
}

fn single(document: &Node, kind: &str) -> Option<Complaint> {
    let precision = document.child("train")?.child("precision")?;
    let single = matches!(&precision.item, Item::String(word) if word == "f32");
    let message = format!(
        "`train.precision`: games of kind `{kind}` are computed in \"f64\"; write that, or leave it out"
    );
    single.then(|| Complaint { place: precision.place.clone(), message })
}

/// Takes a key out of a scenario that is to be written down.
pub fn leave_out(scenario: &mut toml::Value, path: &str) {
    let (table, key) = match path.split_once('.') {
        Some((table, key)) => (scenario.get_mut(table), key),
        None => (Some(scenario), path),
    };
    if let Some(toml::Value::Table(table)) = table {
        table.remove(key);
    }
}
