//! Games on paper as runs: scenario, checks, run folder, resume, reading a point back.

mod desk;

use desk::Desk;
use ganscope::game::{Draw, Game};
use ganscope::run::folder::Folder;
use ganscope::run::{Playable, RunOptions, game_of, load_point};
use ganscope::scenario::{Loaded, Precision, Problems, Source, load, parse};
use ganscope::spectrum::{dense_jacobian, eigenvalues};

const DIRAC: &str = r#"name = "dirac"

[game]
kind = "dirac"
objective = "non_saturating"

[dynamics]
rule = "simultaneous"
optimizer = { kind = "adam", lr = 0.01 }

[train]
steps = 200

[record]
every = 10
checkpoint_every = 50
"#;

fn text(text: &str) -> Result<Loaded, Problems> {
    parse(text, Source::Text, &[])
}

#[track_caller]
fn refused(scenario: &str, parts: &[&str]) {
    let message = text(scenario).map(|l| l.scenario).expect_err("this must be refused").to_string();
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
}

#[test]
fn a_scenario_of_a_game_is_complete_without_data() {
    let loaded = text(DIRAC).unwrap();
    assert_eq!(loaded.scenario.train.precision, Precision::F64);
    assert_eq!(loaded.estimate.parameters, [1, 1]);
    let resolved = loaded.to_toml().unwrap();
    for absent in ["[data]", "batch", "samples", "criteria"] {
        assert!(!resolved.contains(absent), "{absent} in {resolved}");
    }
    assert!(resolved.contains("[game.start]"));
    let again = text(&resolved).unwrap();
    assert_eq!(again.scenario, loaded.scenario);
    assert_eq!(again.to_toml().unwrap(), resolved);
}

#[test]
fn what_has_no_place_in_a_game_is_refused_where_it_stands() {
    refused(
        &DIRAC.replace("steps = 200", "steps = 200\nbatch = 64"),
        &["scenario:13:1: `train.batch` has no place"],
    );
    let data = format!("{DIRAC}[data]\nkind = \"ring\"\n");
    refused(&data, &["scenario:17:2: `data` has no place in a game of kind `dirac`", "leave it out"]);
    refused(&DIRAC.replace("every = 10", "every = 10\nkeep = 3"), &["`record.keep`"]);
    refused(&DIRAC.replace("steps = 200", "precision = \"f32\""), &["scenario:12:13:", "\"f64\""]);
    refused(
        &DIRAC.replace("\"dirac\"\nobj", "\"dirak\"\nobj"),
        &["unknown kind `dirak`", "did you mean `dirac`?"],
    );
    refused(
        &DIRAC.replace("objective", "start = { d = [1, 2], g = [1] }\nobjective"),
        &[":5:15:", "has 2 numbers"],
    );
    refused(&DIRAC.replace("objective", "noise = -1\nobjective"), &["scenario:5:9: `game.noise`"]);
    refused("name = \"x\"\n[game]\nkind = \"gan\"\n", &["missing key `data`"]);
}

#[test]
fn matrices_and_regularisers_are_held_to_their_games() {
    let quadratic = |matrix: &str, d: usize, more: &str| {
        format!("name = \"q\"\n[game]\nkind = \"quadratic\"\nmatrix = {matrix}\ndiscriminator = {d}\n{more}")
    };
    assert!(text(&quadratic("[[0, -1], [1, 0]]", 1, "")).is_ok());
    refused(&quadratic("[[0, -1], [1]]", 1, ""), &["scenario:4:20:", "has 1 numbers; each row must have 2"]);
    refused(&quadratic("[[0, -1], [1, 0]]", 2, ""), &["`game.discriminator` must leave each player"]);
    refused(&quadratic("[]", 1, ""), &["at least one row"]);
    let r1 = "[[game.regularizer]]\nkind = \"r1\"\ngamma = 1\n";
    refused(&quadratic("[[0, -1], [1, 0]]", 1, r1), &["scenario:6:", "take gradient_norm, consensus"]);
    let uniform = "name = \"u\"\n[game]\nkind = \"uniform\"\nobjective = \"wasserstein\"\n";
    let penalty = "[[game.regularizer]]\nkind = \"gradient_penalty\"\nlambda = 1\n";
    refused(&format!("{uniform}{penalty}"), &["must be 0 in the uniform game"]);
    assert!(text(&format!("{uniform}{penalty}center = 0\n")).is_ok());
    let huge = format!("[{}]", vec!["[0]"; 201].join(","));
    refused(&format!("name = \"b\"\n[game]\nkind = \"bilinear\"\nmatrix = {huge}\n"), &["at most 200"]);
}

fn game(kind: &str, settings: &str) -> String {
    format!("name = \"g\"\n[game]\nkind = \"{kind}\"\n{settings}")
}

#[test]
fn formulas_that_do_not_parse_point_at_the_character() {
    let losses = |d: &str, g: &str| {
        game(
            "expression",
            &format!("loss_d = {d}\nloss_g = {g}\nparameters = {{ d = [\"x\"], g = [\"y\", \"z\"] }}\n"),
        )
    };
    let fine = "\"x * y\"";
    assert!(text(&losses(fine, "'(x - z)^2 / 2'")).is_ok());
    refused(&losses(fine, "\"x + * y\""), &["scenario:5:15: `game.loss_g`, character 5: expected a number"]);
    refused(&losses("'x * (y - 1'", fine), &["scenario:4:15: `game.loss_d`", "never closed"]);
    refused(&losses(fine, "\"sin(x) + yy\""), &["scenario:5:20:", "unknown name `yy`", "x, y, z"]);
    refused(&losses("'sofplus(x)'", fine), &["scenario:4:11:", "did you mean `softplus`?"]);
    // What is written with escapes has its place at the string.
    refused(&losses(fine, "\"x + \\u0024\""), &["scenario:5:10: `game.loss_g`, character 5"]);
    // Objectives as well.
    let curves = "objective = { kind = \"formula\", d_real = \"-t\", d_fake = \"t * u\", g = \"-t\" }\n";
    refused(
        &game("dirac", curves),
        &["scenario:4:62: `game.objective.d_fake`, character 5: unknown name `u`"],
    );
}

#[test]
fn names_in_formulas_are_given_once_and_are_names() {
    let named = |d: &str, constants: &str| {
        let names = format!("parameters = {{ d = {d}, g = [\"y\"] }}\nconstants = {constants}\n");
        game("expression", &format!("loss_d = \"y\"\nloss_g = \"y\"\n{names}"))
    };
    let loaded = text(&named("[\"x\"]", "{ a = 0.5, b = 2 }")).unwrap();
    assert_eq!(loaded.estimate.parameters, [1, 1]);
    assert_eq!(text(&loaded.to_toml().unwrap()).unwrap().scenario, loaded.scenario);
    refused(&named("[\"x\"]", "{ x = 1 }"), &["scenario:7:19:", "`x` is given twice"]);
    refused(&named("[\"y\"]", "{}"), &["`y` is given twice"]);
    refused(&named("[\"x\"]", "{ exp = 1 }"), &["what formulas call something else"]);
    refused(&named("[\"2x\"]", "{}"), &["scenario:6:21:", "must be letters"]);
    refused(&named("[]", "{}"), &["must name at least one parameter"]);
    let many = format!("[{}]", (0..200).map(|k| format!("\"x{k}\"")).collect::<Vec<_>>().join(","));
    refused(&named(&many, "{}"), &["names 201 parameters", "at most 200"]);
}

#[test]
fn matrices_that_no_game_can_have_are_refused() {
    let lq = |mean: &str, covariance: &str| {
        game("lq_wgan", &format!("mean = {mean}\ncovariance = {covariance}\n"))
    };
    let loaded = text(&lq("[0, 1]", "[[1, 0.5], [0.5, 2]]")).unwrap();
    assert_eq!(loaded.estimate.parameters, [6, 6]);
    refused(&lq("[0]", "[[1, 0.5], [0.5, 2]]"), &["scenario:5:14:", "has 2 rows", "must have 1"]);
    refused(&lq("[0, 1]", "[[1, 0.5], [0.4, 2]]"), &["must be symmetric: row 2, column 1 is 0.4"]);
    refused(
        &lq("[0, 1]", "[[1, 1], [1, 1]]"),
        &["scenario:5:14:", "positive definite", "add to the diagonal"],
    );
    refused(&lq("[0, 1]", "[[1, 2], [2, 1]]"), &["smallest eigenvalue is -1"]);
    let ten = format!("[{}]", ["0"; 10].join(","));
    refused(&lq(&ten, "[[1]]"), &["scenario:4:8:", "at most 9"]);
    let penalty = "[[game.regularizer]]\nkind = \"gradient_penalty\"\nlambda = 1\n";
    refused(&(lq("[0]", "[[1]]") + penalty), &["must be 0 in the linear-quadratic WGAN"]);

    let quadratic = |settings: &str| game("quadratic", &format!("discriminator = 1\n{settings}\n"));
    let turned = "parts = { potential = [[-1, 0], [0, 0]], hamiltonian = [[0, -1], [1, 0]], rotation = 0.5 }";
    assert!(text(&quadratic(turned)).is_ok());
    refused(&quadratic("parts = { potential = [[0, 1], [0, 0]] }"), &["scenario:5:23:", "must be symmetric"]);
    refused(
        &quadratic("parts = { hamiltonian = [[1, 0], [0, 0]] }"),
        &["must be antisymmetric", "column 1 is 1"],
    );
    refused(&quadratic("parts = { potential = [[1]], hamiltonian = [[0, 1], [-1, 0]] }"), &["must have 2"]);
    refused(&quadratic("parts = {}"), &["must hold `potential` or `hamiltonian`"]);
    refused(&quadratic(""), &["scenario:2:", "either `matrix` or `parts`"]);

    let random = |settings: &str| game("bilinear", &format!("random = {{ {settings} }}\n"));
    assert!(text(&random("d = 3, g = 4, condition = 10")).is_ok());
    refused(&random("d = 3, g = 4, condition = 0.5"), &["scenario:4:38:", "at least 1"]);
    refused(&random("d = 1, g = 4, condition = 2"), &["there is one singular value"]);
    refused(
        &random("d = 0, g = 300, condition = 2"),
        &["`game.random.d`", "`game.random.g`", "from 1 to 200"],
    );
    refused(
        &game("bilinear", "matrix = [[1]]\nrandom = { d = 1, g = 1, condition = 1 }\n"),
        &["give one of them"],
    );

    refused(&game("hopf", "mu = 0.1\nfrequency = 0\n"), &["scenario:5:13:", "must not be 0"]);
    let r1 = "[[game.regularizer]]\nkind = \"r1\"\ngamma = 1\n";
    refused(&game("saddle_monkey", r1), &["take gradient_norm, consensus"]);
}

#[test]
fn what_a_game_conserves_is_recorded_and_its_parts() {
    let desk = Desk::new();
    let kinds = [
        ("bilinear", "random = { d = 2, g = 3, condition = 4 }\n", true),
        ("hopf", "mu = 0.1\n", false),
        ("lq_wgan", "mean = [0.5]\ncovariance = [[2]]\n", false),
        ("quadratic", "matrix = [[0, -1], [1, 0]]\ndiscriminator = 1\n", true),
        ("saddle_monkey", "", false),
        (
            "expression",
            "loss_d = \"-x * y\"\nloss_g = \"x * y\"\nparameters = { d = [\"x\"], g = [\"y\"] }\n",
            false,
        ),
    ];
    for (kind, settings, conserves) in kinds {
        let more = "[dynamics]\nrule = \"simultaneous\"\noptimizer = { kind = \"sgd\", lr = 0.01 }\n[train]\nsteps = 50\n";
        desk.put("s.toml", game(kind, settings) + more);
        desk.run(&["check", "s.toml"]).ends(0);
        desk.train("s.toml", kind, &[]);
        let header = desk.text(&format!("{kind}/metrics.csv")).lines().next().unwrap().to_string();
        assert_eq!(header.contains(",energy,"), conserves, "{kind}: {header}");
        assert!(header.contains(",potential_norm,rotational_norm,d0"), "{header}");
        // The resolved scenario runs again to the same bytes.
        let again = format!("{kind}-again");
        desk.train(&format!("{kind}/scenario.toml"), &again, &[]);
        assert_eq!(desk.text(&format!("{kind}/metrics.csv")), desk.text(&format!("{again}/metrics.csv")));
    }
}

#[test]
fn the_spectrum_of_a_kink_is_refused_with_the_reason() {
    let desk = Desk::new();
    let penalty = "[[game.regularizer]]\nkind = \"gradient_penalty\"\nlambda = 10\n";
    let sgd = "[dynamics]\noptimizer = { kind = \"sgd\", lr = 0.01 }\n[train]\nsteps = 20\n";
    desk.put("s.toml", game("dirac", "objective = \"wasserstein\"\n") + penalty + sgd);
    desk.train("s.toml", "run", &[]);
    let said = desk.run(&["spectrum", "run", "--at", "equilibrium", "--no-plots"]).ends(2);
    assert!(said.err.contains("no derivative at psi = 0"), "{}", said.err);
}

#[test]
fn the_equilibrium_of_a_game_of_formulas_is_searched_for() {
    let desk = Desk::new();
    let losses = "loss_d = \"a * x^2 - x * (y - 1)\"\nloss_g = \"x * (y - 1)\"\n";
    let names = "parameters = { d = [\"x\"], g = [\"y\"] }\nconstants = { a = 0.25 }\n";
    let sgd = "[dynamics]\noptimizer = { kind = \"sgd\", lr = 0.01 }\n[train]\nsteps = 20\n";
    desk.put("s.toml", game("expression", &format!("{losses}{names}")) + sgd);
    desk.train("s.toml", "run", &[]);
    let said = desk.run(&["spectrum", "run", "--at", "equilibrium", "--no-plots"]).ends(0);
    // [[-1/2, 1], [-1, 0]]
    assert!(said.out.contains("stable") && said.out.contains("-2.500000e-1"), "{}", said.out);
}

#[test]
fn a_game_runs_and_resumes_to_the_same_bytes() {
    let desk = Desk::new();
    desk.put("s.toml", DIRAC);
    desk.run(&["check", "s.toml"]).ends(0);
    desk.run(&["run", "s.toml", "--out", "whole", "--quiet"]).ends(0);
    let files = desk.files("whole");
    for name in ["plots/phase.png", "plots/losses.svg", "report.html", "metrics.parquet"] {
        assert!(files.contains_key(name), "{name}");
    }
    // A run that was cut off behind its second checkpoint.
    desk.train("s.toml", "cut", &[]);
    for step in [150, 200] {
        std::fs::remove_file(desk.path(&format!("cut/checkpoints/step-{step:08}.safetensors"))).unwrap();
    }
    desk.train("s.toml", "cut", &["--resume"]);
    let resumed = desk.files("cut");
    for name in ["metrics.csv", "scenario.toml", "checkpoints/step-00000200.safetensors"] {
        assert!(files[name] == resumed[name], "{name} differs");
    }
}

#[test]
fn a_linear_game_that_grows_ends_as_diverged() {
    let desk = Desk::new();
    let more = "[dynamics]\nrule = \"simultaneous\"\noptimizer = { kind = \"sgd\", lr = 1 }\n[train]\nsteps = 9000\n";
    let game = "name = \"j\"\n[game]\nkind = \"quadratic\"\nmatrix = [[1, 1], [0, 1]]\ndiscriminator = 1\n";
    desk.put("s.toml", format!("{game}{more}"));
    desk.run(&["run", "s.toml", "--out", "run", "--quiet"]).ends(3);
    assert_eq!(desk.info("run")["status"], "diverged");
    assert!(desk.path("run/plots/phase.png").exists());
}

#[test]
fn a_point_of_a_run_is_read_back_in_double_precision() {
    let desk = Desk::new();
    desk.put("s.toml", DIRAC);
    desk.put("tiny.toml", desk::TINY);
    for (file, run) in [("s.toml", "paper"), ("tiny.toml", "networks")] {
        desk.train(file, run, &[]);
        let folder = Folder::new(desk.path(run));
        let loaded = load(folder.scenario().to_str().unwrap(), &[], None).unwrap();
        let game = game_of(&loaded, &RunOptions::new("")).unwrap();
        let last = load_point(&loaded, &game, &folder, None).unwrap();
        assert_eq!(last.step, loaded.scenario.train.steps);
        assert_eq!(last.at.sizes(), game.sizes());
        assert_eq!(last.state.players[0].vectors.len(), 2);
        assert!(last.state.players.iter().all(|p| p.count == last.step));
        let missing = load_point(&loaded, &game, &folder, Some(last.step - 1)).unwrap_err().to_string();
        assert!(missing.contains("the nearest are of step"), "{missing}");
        if let Playable::Paper(game) = game {
            let csv = desk.text("paper/metrics.csv");
            let end = csv.lines().last().unwrap();
            assert!(end.ends_with(&format!("{},{}", last.at.d[0], last.at.g[0])), "{end} {last:?}");
            let jacobian = dense_jacobian(&game, &last.at, &game.draw(Draw { step: 0, draw: 0 })).unwrap();
            assert_eq!(eigenvalues(&jacobian).unwrap().len(), 2);
        }
    }
}
