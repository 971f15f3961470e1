//! The scenario format: what is refused, where, and with which words; and that nothing makes it panic.

use ganscope::scenario::shipped::SHIPPED;
use ganscope::scenario::{Data, Expect, Game, Loaded, Override, Problems, Schedule, Source, load, parse};
use proptest::prelude::*;
use std::path::Path;

const GOOD: &str = r#"name = "x"
data = { kind = "ring" }

[game]
kind = "gan"
objective = "minimax"
generator = { latent = 2, hidden = [8] }
discriminator = { hidden = [8] }
"#;

fn text(text: &str) -> Result<Loaded, Problems> {
    parse(text, Source::Text, &[])
}

fn with(more: &str) -> Result<Loaded, Problems> {
    text(&format!("{GOOD}{more}"))
}

fn set(overrides: &[&str]) -> Result<Loaded, Problems> {
    let overrides: Vec<Override> = overrides.iter().map(|o| Override::parse(o).unwrap()).collect();
    parse(GOOD, Source::Text, &overrides)
}

/// The text must be refused, with all of the wanted parts in the message.
#[track_caller]
fn refused(result: Result<Loaded, Problems>, parts: &[&str]) {
    let message = result.map(|l| l.scenario).expect_err("this must be refused").to_string();
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
}

/// Small files in the place of those that the user of a scenario brings.
fn brought(folder: &Path, text: &str) -> Vec<Override> {
    let images = folder.join("images.idx");
    std::fs::write(
        &images,
        [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28][..], &[7; 2 * 28 * 28]].concat(),
    )
    .unwrap();
    let labels = folder.join("labels.idx");
    std::fs::write(&labels, [0, 0, 8, 1, 0, 0, 0, 2, 0, 1]).unwrap();
    let picture = folder.join("pictures");
    std::fs::create_dir_all(&picture).unwrap();
    std::fs::write(picture.join("one.png"), b"looked at later").unwrap();
    let set = |key: &str, path: &Path| Override::parse(&format!("{key}={}", path.display())).unwrap();
    if text.contains("folder = ") {
        vec![set("data.folder", &picture)]
    } else {
        let source = if text.contains("[data.source]") { "data.source" } else { "data" };
        vec![set(&format!("{source}.images"), &images), set(&format!("{source}.labels"), &labels)]
    }
}

#[test]
fn shipped_scenarios_load_under_their_names_and_survive_a_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    for shipped in SHIPPED {
        if shipped.needs.is_some() {
            // The user's files are not here, and the message names the first of them.
            refused(load(shipped.name, &[], None), &["cannot read", "at the current folder"]);
        }
        let own = shipped.needs.map_or(Vec::new(), |_| brought(folder.path(), shipped.text));
        let loaded = load(shipped.name, &own, None).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(loaded.scenario.name, shipped.name);
        let resolved = loaded.to_toml().unwrap();
        let again = text(&resolved).unwrap_or_else(|e| panic!("{e}\n{resolved}"));
        assert_eq!(again.scenario, loaded.scenario, "{}", shipped.name);
        assert_eq!(again.to_toml().unwrap(), resolved);
    }
}

#[test]
fn shipped_scenarios_are_the_files_of_the_repository() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let files = |folder: &str| -> Vec<String> {
        let paths = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
        let tomls = paths.filter(|p| p.extension().is_some_and(|e| e == "toml"));
        tomls.map(|p| p.file_stem().unwrap().to_str().unwrap().to_string()).collect()
    };
    let mut names = files(folder);
    // Those of the course begin with their place in it.
    names.extend(files(&format!("{folder}/games")).iter().map(|name| name[3..].to_string()));
    let mut known: Vec<&str> = SHIPPED.iter().map(|s| s.name).collect();
    names.sort();
    known.sort();
    assert_eq!(names, known);
}

#[test]
fn points_of_a_scenario_are_found_by_name_by_file_and_again() {
    let by_name = load("points-from-csv", &[], None).unwrap();
    assert_eq!(by_name.estimate.dim, 2);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/points-from-csv.toml");
    let by_file = load(path, &[], None).unwrap();
    let Some(Data::Points { file, .. }) = &by_file.scenario.data else { panic!("not points") };
    assert!(file.is_absolute() && file.is_file());
    assert_eq!(text(&by_file.to_toml().unwrap()).unwrap().scenario, by_file.scenario);
}

#[test]
fn the_experiment_is_the_published_one() {
    let loaded = load("ring8-regularized", &[], None).unwrap();
    let d = 2 * 128 + 128 + 128 + 1;
    let g = 256 * 128 + 128 + 128 * 128 + 128 + 128 * 2 + 2;
    assert_eq!(loaded.estimate.parameters, [d, g]);
    let mut free = load("ring8-unregularized", &[], None).unwrap().scenario;
    let Game::Gan(gan) = &loaded.scenario.game else { panic!("no GAN") };
    let Game::Gan(other) = &mut free.game else { panic!("no GAN") };
    other.regularizer.clone_from(&gan.regularizer);
    assert_eq!(*other, *gan);
    assert_eq!((free.data, free.dynamics), (loaded.scenario.data, loaded.scenario.dynamics));
    assert_eq!((free.train, free.record), (loaded.scenario.train, loaded.scenario.record));
}

#[test]
fn unknown_names_are_refused_with_the_nearest_known_one() {
    refused(
        with("[dynamics]\noptimiser = 1\n"),
        &["scenario:10:1: unknown key `optimiser` in `dynamics`; did you mean `optimizer`?"],
    );
    refused(
        text(&GOOD.replace("\"ring\"", "\"rign\"")),
        &["scenario:2:17: unknown kind `rign` in `data`; did you mean `ring`? Known: `ring`, `grid`"],
    );
    refused(
        text(&GOOD.replace("minimax", "minmax")),
        &[":6:13: unknown name `minmax`", "did you mean `minimax`?"],
    );
    refused(text(&GOOD.replace("\"minimax\"", "\"formula\"")), &[":6:13:", "needs settings"]);
    refused(with("[zzzzzz]\n"), &[":9:2: unknown key `zzzzzz` in the scenario; known: `name`"]);
    refused(text(&GOOD.replace("kind = \"ring\"", "kind = \"ring\", side = 3")), &["`data` of kind `ring`"]);
}

#[test]
fn wrong_types_are_refused_in_words() {
    refused(
        with("[train]\nbatch = \"many\"\n"),
        &[":10:9: expected a whole number for `train.batch`, found a string"],
    );
    refused(with("[train]\nsteps = 1e3\n"), &["found a number with a fraction; write 1000"]);
    refused(with("[train]\nbatch = -4\n"), &[":10:9: `train.batch` cannot be negative: -4"]);
    refused(with("[dynamics]\noptimizer = { kind = \"sgd\", lr = \"x\" }\n"), &["a number or a table"]);
    refused(
        with("[dynamics]\noptimizer = { lr = 0.1 }\n"),
        &[":10:13: missing key `kind` in `dynamics.optimizer`"],
    );
    refused(with("[train]\nsteps = 99999999999999999999\n"), &["does not fit in 64 bits"]);
    refused(with("[expect]\nfinal.loss = \">= 1\"\n"), &["in quotes"]);
    refused(text("name = \"x\"\n"), &["missing key `data`", "missing key `game`"]);
    refused(with("[train]\nsteps = 1979-05-27\n"), &["found a date or time"]);
}

#[test]
fn every_problem_of_a_file_is_reported_in_its_order() {
    let problems = with("[train]\nbatch = -4\nstep = 3\n").map(|l| l.scenario).unwrap_err();
    let lines: Vec<_> = problems.0.iter().map(|p| p.at).collect();
    assert_eq!(lines, [Some((10, 9)), Some((11, 1))]);
}

#[test]
fn values_are_held_to_their_ranges() {
    for (more, key) in [
        ("[train]\nbatch = 0", "`train.batch` must be at least 1"),
        ("[train]\nsteps = 0", "`train.steps`"),
        ("[train]\naverage = { kind = \"exponential\", decay = 1.0 }", "`train.average.decay`"),
        ("[record]\nevery = 0", "`record.every`"),
        ("[record]\nsamples = 100\nkeep = 101", "`record.keep`"),
        ("[record.criteria]\nsigmas = nan", "not a number"),
        ("[record.criteria]\nsigmas = inf", "infinite"),
        ("[record.criteria]\nsigmas = 1e999", "scenario:10:"),
        ("[dynamics]\noptimizer = { kind = \"sgd\", lr = 0 }", "above 0"),
        ("[dynamics]\noptimizer = { kind = \"sgd\", lr = 1, momentum = 1 }", "below 1"),
        ("[dynamics]\noptimizer = { kind = \"adam\", lr = 1, beta2 = 1.0 }", "`dynamics.optimizer.beta2`"),
        ("[dynamics]\nclip_norm = 0", "`dynamics.clip_norm`"),
        (
            "[[game.regularizer]]\nkind = \"r1\"\ngamma = -1",
            "`game.regularizer.0.gamma` must not be negative",
        ),
        ("[expect]\n\"last.x\" = \">= 1\"", "number of records"),
        ("[expect]\n\"final.x\" = \"=> 1\"", "is no bound"),
        ("[expect]\n\"finale.x\" = \">= 1\"", "did you mean `final`?"),
        ("[expect]\nseeds = 0", "`expect.seeds`"),
    ] {
        refused(with(more), &["scenario:", key]);
    }
    refused(text(&GOOD.replace("\"x\"", "\"../x\"")), &[":1:8: `name`"]);
    refused(set(&["game.pack=3"]), &["does not divide into packs of 3"]);
    let twice = "[[game.regularizer]]\nkind = \"consensus\"\ngamma = 1\n".repeat(2);
    refused(with(&twice), &["scenario:12:", "second consensus"]);
}

#[test]
fn data_is_held_to_its_ranges() {
    for (data, key) in [
        ("{ kind = \"ring\", std = 0 }", "`data.std` must be above 0"),
        ("{ kind = \"ring\", modes = 0 }", "`data.modes`"),
        ("{ kind = \"circles\", factor = 1 }", "`data.factor`"),
        ("{ kind = \"line\", centers = [1, 2], weights = [1] }", "1 numbers for 2 centres"),
        (
            "{ kind = \"mixture\", components = [{ center = [0, 0], std = [1, 2, 3] }] }",
            "must hold 1 number, or 2",
        ),
        (
            "{ kind = \"mixture\", components = [{ center = [0, 0], std = [1] }, { center = [0], std = [1] }] }",
            "1 coo",
        ),
        ("{ kind = \"points\", file = \"nowhere.csv\" }", "nowhere.csv: no such file"),
        ("{ kind = \"points\", file = \"shipped:nowhere.csv\" }", "no such file"),
        (
            "{ kind = \"points\", file = \"shipped:data/three-petals.csv\", label = \"petals\" }",
            "did you mean `petal`?",
        ),
    ] {
        refused(text(&GOOD.replace("{ kind = \"ring\" }", data)), &["scenario:2:", key]);
    }
}

#[test]
fn formulas_are_parsed_with_the_place_of_their_mistake() {
    let formula = |g: &str| {
        let table = format!("{{ kind = \"formula\", d_real = \"t\", d_fake = \"-t\", g = \"{g}\" }}");
        text(&GOOD.replace("\"minimax\"", &table))
    };
    assert!(formula("log(1 + exp(-t))").is_ok());
    refused(formula("exp(-u)"), &["scenario:6:", "character 6: unknown name `u`"]);
    refused(formula("2 * (t"), &["character 5", "never closed"]);
}

#[test]
fn absurd_sizes_are_refused_before_anything_is_allocated() {
    for over in [
        "game.generator.hidden=[1000000000000, 1000000000000]",
        "game.generator.latent=9223372036854775807",
        "game.discriminator.hidden=[9223372036854775807]",
    ] {
        refused(set(&[over]), &["fits in no memory", "smaller"]);
    }
    for (key, value) in [
        ("game.generator.hidden", "[1000000000000]"),
        // Of these the activations of the batch, not the weights, need most: a smaller batch is no remedy.
        ("game.discriminator.hidden", "[12800000000]"),
        ("game.generator.hidden", "[12800000000]"),
        ("train.batch", "9223372036854775807"),
        ("record.samples", "9223372036854775807"),
        ("data.modes", "9223372036854775807"),
    ] {
        let remedy = format!("most of it is for `{key}`: make that smaller");
        refused(set(&[&format!("{key}={value}")]), &[&remedy]);
    }
    let layers = "layers = [{ kind = \"dense\", outputs = 12800000000 }, { kind = \"dense\", outputs = 2 }]";
    let wide = GOOD.replace("latent = 2, hidden = [8]", &format!("latent = 2, {layers}"));
    refused(text(&wide), &["most of it is for `game.generator.layers`: make that smaller"]);
    refused(set(&["train.steps=9223372036854775807", "record.every=1"]), &["`record.every`"]);
    refused(set(&["game.pack=9223372036854775807", "train.batch=9223372036854775807"]), &["smaller"]);
}

#[test]
fn overrides_reach_every_part() {
    let loaded =
        set(&["train.steps=7", "name=other", "dynamics.optimizer.lr=1e-3", "train.precision=f64"]).unwrap();
    assert_eq!((loaded.scenario.train.steps, loaded.scenario.name.as_str()), (7, "other"));
    assert_eq!(*loaded.scenario.dynamics.optimizer.lr(), Schedule::Constant(1e-3));
    let first = Override::parse("game.regularizer.0.eta=0.25").unwrap();
    load("ring8-regularized", &[first], Some(9)).unwrap();
    refused(set(&["train.batch=abc"]), &["--set train.batch=abc: expected a whole number"]);
    refused(set(&["trian.steps=7"]), &["--set trian.steps=7: unknown key `trian`", "did you mean `train`?"]);
    refused(set(&["name.first=7"]), &["inside a string"]);
    refused(set(&["game.generator.hidden.1=7"]), &["past the end"]);
    assert!(Override::parse("train.steps").is_err() && Override::parse("train..x=1").is_err());
    assert!(Override::parse("x=[1,").is_err() && Override::parse("x=").is_err());
    assert!(set(&["expect.final.modes_covered=>= 8"]).is_ok());
}

#[test]
fn names_and_files_that_are_not_there_are_told_apart() {
    refused(
        load("ring8-regularised", &[], None),
        &["did you mean the shipped scenario `ring8-regularized`?"],
    );
    refused(load("no/such.toml", &[], None), &["no such file"]);
    refused(load(env!("CARGO_MANIFEST_DIR"), &[], None), &["is a folder"]);
    refused(text(""), &["the file is empty"]);
    refused(text("name = \"x"), &["scenario:1:", "not valid TOML"]);
    refused(text("[game\n"), &["not valid TOML"]);
    refused(text("a\0b"), &["null byte"]);
}

#[test]
fn an_expectation_table_survives_a_round_trip() {
    let loaded =
        with("[expect]\nstatus = \"diverged\"\nseeds = 3\n\"median.last3.w2\" = \"< 0.5\"\n").unwrap();
    let expect: Expect = loaded.scenario.expect.clone().unwrap();
    assert_eq!((expect.seeds, expect.bounds.len()), (3, 1));
    assert_eq!(text(&loaded.to_toml().unwrap()).unwrap().scenario, loaded.scenario);
}

/// A text with most of it kept.
fn mutate(text: &str, edits: &[(u8, usize, u8)]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (what, at, byte) in edits {
        if bytes.is_empty() {
            break;
        }
        let at = at % bytes.len();
        match what % 6 {
            0 => bytes[at] ^= 1 << (byte % 8),
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, *byte),
            3 => {
                let line = String::from_utf8_lossy(&bytes).lines().nth(at % 40).unwrap_or("").to_string();
                bytes.extend(line.bytes().chain(*b"\n"));
            }
            4 => bytes.truncate(at),
            _ => replace_number(&mut bytes, at, *byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Puts something extreme in the place of the next number.
fn replace_number(bytes: &mut Vec<u8>, at: usize, which: u8) {
    let extreme = ["1e308", "-1", "nan", "9223372036854775807", "0", "-inf", "1e-320", "[]", "{}", "\"\""];
    let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|p| at + p) else { return };
    let digits = bytes[start..].iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    bytes.splice(start..start + digits, extreme[which as usize % extreme.len()].bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_check_panic(
        which in 0..SHIPPED.len(),
        edits in prop::collection::vec((any::<u8>(), any::<usize>(), any::<u8>()), 1..6),
    ) {
        let mutated = mutate(SHIPPED[which].text, &edits);
        if let Ok(loaded) = parse(&mutated, Source::Shipped(SHIPPED[which].name), &[]) {
            // What passes can also be written down and read again.
            let resolved = loaded.to_toml().unwrap();
            let again = text(&resolved).map(|l| l.scenario);
            prop_assert_eq!(again, Ok(loaded.scenario));
        }
    }

    #[test]
    fn no_override_makes_the_check_panic(key in "[a-z.0-9_]{0,30}", value in "\\PC{0,20}") {
        if let Ok(over) = Override::parse(&format!("{key}={value}")) {
            let _ = parse(SHIPPED[0].text, Source::Text, &[over]);
        }
    }

    #[test]
    fn no_formula_makes_the_check_panic(formula in "[-t0-9.+*/^() a-z]{0,40}") {
        if let Ok(formula) = formula.parse::<ganscope::formula::Formula>() {
            formula.derivatives(0.5);
        }
    }

    #[test]
    fn numbers_survive_a_round_trip(lr in 1e-300..1e300f64, seed in 0..i64::MAX as u64, std in 1e-9..10.0f64) {
        let overrides = [format!("dynamics.optimizer.lr={lr:e}"), format!("data.std={std}")];
        let overrides: Vec<Override> = overrides.iter().map(|o| Override::parse(o).unwrap()).collect();
        let loaded = load("quickstart", &overrides, Some(seed)).unwrap();
        prop_assert_eq!(text(&loaded.to_toml().unwrap()).unwrap().scenario, loaded.scenario);
    }
}
