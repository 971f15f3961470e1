//! Every rule trains networks from the same scenario key, goes on after a cut to the same bytes, and is refused where it
//! needs what it cannot have.

mod desk;

use desk::{Desk, TINY};
use ganscope::scenario::{Source, parse};

const RULES: [&str; 11] = [
    "rule = \"extragradient\"",
    "rule = \"extragradient\"\nbatches = \"fresh\"",
    "rule = \"extrapolation_from_past\"",
    "rule = \"optimistic\"",
    "rule = \"symplectic\"",
    "rule = { kind = \"lead\", alpha = 0.5 }",
    "rule = { kind = \"unrolled\", steps = 2 }",
    "rule = \"competitive\"\noptimizer = { kind = \"sgd\", lr = 1e-3 }",
    "rule = { kind = \"runge_kutta\", method = \"heun\", stages = \"frozen\" }\noptimizer = { kind = \"sgd\", lr = 1e-3 }",
    "rule = { kind = \"flow\", tolerance = 1e-4 }\noptimizer = { kind = \"sgd\", lr = 1e-3 }",
    "rule = \"optimistic\"\nlookahead = { every = 4, alpha = 0.5 }",
];

/// The small scenario with another table [dynamics], six steps long.
fn with(dynamics: &str) -> String {
    let keys = toml::Table::try_from(toml::from_str::<toml::Table>(TINY).expect("TOML")).expect("a table");
    let mut keys = keys;
    keys.insert("dynamics".into(), toml::Value::Table(toml::from_str(dynamics).expect("TOML")));
    let short = [("train", "steps", 6), ("record", "every", 3), ("record", "checkpoint_every", 3)];
    for (table, key, value) in short {
        let table = keys.entry(table).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        table.as_table_mut().expect("a table").insert(key.into(), toml::Value::Integer(value));
    }
    keys.remove("expect");
    toml::to_string(&keys).expect("TOML")
}

#[test]
fn networks_train_by_every_rule_and_resume_to_the_same_bytes() {
    let desk = Desk::new();
    for (k, rule) in RULES.iter().enumerate() {
        let (file, whole, cut) = (format!("{k}.toml"), format!("whole{k}"), format!("cut{k}"));
        desk.put(&file, with(rule));
        desk.train(&file, &whole, &["--threads", "1"]);
        desk.train(&file, &cut, &["--threads", "2"]);
        std::fs::remove_file(desk.path(&format!("{cut}/checkpoints/step-00000006.safetensors"))).unwrap();
        desk.train(&file, &cut, &["--resume"]);
        let (whole, cut) = (desk.files(&whole), desk.files(&cut));
        for name in ["metrics.csv", "checkpoints/step-00000006.safetensors"] {
            assert!(whole[name] == cut[name], "{rule}: {name} differs");
        }
        // It moved.
        let csv = String::from_utf8(whole["metrics.csv"].clone()).unwrap();
        assert_eq!(csv.lines().count(), 4, "{csv}");
    }
}

#[track_caller]
fn refused(dynamics: &str, parts: &[&str]) {
    let message =
        parse(&with(dynamics), Source::Text, &[]).map(|l| l.scenario).expect_err("refused").to_string();
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
}

#[test]
fn pairs_that_do_not_exist_are_refused_with_the_reason() {
    refused("rule = \"flow\"", &["`dynamics.optimizer`", "which makes its own step", "kind = \"sgd\""]);
    refused(
        "rule = \"runge_kutta\"\noptimizer = { kind = \"sgd\", lr = 1e-3, momentum = 0.5 }",
        &["no momentum and no preconditioner"],
    );
    refused(
        "rule = \"unrolled\"\noptimizer = { kind = \"rmsprop\", lr = 1e-3 }",
        &["`dynamics.optimizer`", "is differentiated", "sgd and adam"],
    );
    refused(
        "rule = \"extragradient\"\ndiscriminator_steps = 2",
        &["`dynamics.discriminator_steps` must be 1"],
    );
    refused("rule = \"extragradiant\"", &["unknown name `extragradiant`", "did you mean `extragradient`?"]);
    refused("rule = { kind = \"unrolled\", steps = 0 }", &["`dynamics.rule.steps`"]);
    refused("rule = { kind = \"unrolled\", step = 3 }", &["unknown key", "`steps`"]);
    refused(
        "rule = \"flow\"\noptimizer = { kind = \"sgd\", lr = 1e-3 }",
        &["cannot be met in single precision", "f64"],
    );
    refused("lookahead = { every = 0 }", &["`dynamics.lookahead.every` must be at least 1"]);
    refused("rule = \"unrolled\"\nclip_norm = 1.0", &["`dynamics.clip_norm`"]);
}
