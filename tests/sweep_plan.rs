//! The plan of a sweep: what it lists, and that what is wrong with it is said before anything is written.

mod desk;

use desk::{Desk, contents};

const DIRAC: &str = r#"
name = "mine"
game = { kind = "dirac", objective = "minimax", regularizer = [{ kind = "r1", gamma = 0.5 }] }
dynamics = { rule = "simultaneous", optimizer = { kind = "sgd", lr = 0.1 } }
train = { steps = 50 }
record = { every = 10 }
"#;

#[test]
fn a_dry_run_lists_every_run_and_writes_nothing() {
    let desk = Desk::new();
    let sweep = r#"
[sweep]
seeds = "1..2"
grid = { "game.regularizer.0.gamma" = [0, 0.5], "dynamics.optimizer.lr" = { from = 0.01, to = 1.0, count = 3, scale = "log" } }
"#;
    desk.put("mine.toml", format!("{DIRAC}{sweep}"));
    let said = desk.run(&["sweep", "mine.toml", "--dry-run", "-j", "2"]).ends(0);
    assert!(said.out.contains("mine: 12 runs, 6 settings with 2 seeds each"), "{}", said.out);
    for name in ["gamma=0_lr=0.01_seed=1", "gamma=0.5_lr=0.1_seed=2", "gamma=0.5_lr=1_seed=2"] {
        assert!(said.out.contains(name), "{name} in {}", said.out);
    }
    assert_eq!(contents(desk.root()), [desk.path("mine.toml")]);
    let said = desk.run(&["check", "mine.toml"]).ends(0);
    assert!(said.out.contains("sweep          12 runs, 6 settings with 2 seeds each"), "{}", said.out);
    // The command line adds axes and replaces the seeds.
    let more = ["--vary", "train.steps=10,20", "--seeds", "5..7"];
    let said = desk.run(&[&["sweep", "mine.toml", "--dry-run"], &more[..]].concat()).ends(0);
    assert!(said.out.contains("36 runs, 12 settings with 3 seeds each"), "{}", said.out);
}

#[test]
fn the_seed_fixes_the_draws() {
    let desk = Desk::new();
    let draws = |kind: &str, seed: u64| {
        format!(
            "{DIRAC}\n[sweep.{kind}]\ndraws = 5\nseed = {seed}\n[sweep.{kind}.keys]\n\
             \"dynamics.optimizer.lr\" = {{ from = 0.001, to = 1.0, scale = \"log\" }}\n\
             \"game.objective\" = [\"minimax\", \"non_saturating\"]\n"
        )
    };
    let plan = |text: String| desk.put("s.toml", text).run(&["sweep", "s.toml", "--dry-run"]).ends(0).out;
    for kind in ["random", "quasi_random"] {
        let first = plan(draws(kind, 1));
        assert!(first.contains("5 runs, 5 settings") && first.contains("objective="), "{first}");
        assert_eq!(first, plan(draws(kind, 1)));
        assert_ne!(first, plan(draws(kind, 2)));
    }
}

#[test]
fn what_is_wrong_with_a_sweep_is_said_with_its_place() {
    let desk = Desk::new();
    let cases = [
        ("grid = { \"dynamics.optimizer.lrr\" = [1] }", "bad.toml:8:37: unknown key `lrr`"),
        (
            "grid = { \"game.regularizer.1.gamma\" = [1] }",
            "bad.toml:8:39: `game.regularizer.1` is past the end",
        ),
        (
            "grid = { \"train.steps\" = [10, \"many\"] }",
            "bad.toml:8:26: expected a whole number for `train.steps`",
        ),
        ("grid = { \"train.steps\" = [] }", "bad.toml:8:26: `sweep.grid.train.steps` has no value"),
        ("grid = { \"train.steps\" = [10, 10] }", "`train.steps` = 10 stands there twice"),
        ("grid = { train.steps = [10] }", "a key of the grid is put in quotes as a whole"),
        ("grid = { \"seed\" = [1] }", "--seeds"),
        ("grid = { \"train.steps\" = { from = 1, to = 5 } }", "needs a `count`"),
        ("seeds = \"5..1\"", "bad.toml:8:9: `sweep.seeds`: 5..1 is empty"),
        ("sedes = \"1..5\"", "bad.toml:8:1: unknown key `sedes` in `sweep`; did you mean `seeds`?"),
        ("reached = { \"final.distance\" = \"about 3\" }", "`about 3` is no bound"),
        ("reached = { final.distance = \"< 3\" }", "put the whole key in quotes"),
        ("reached = { \"final.distance_equilibrum\" = \"< 3\" }", "did you mean `distance_equilibrium`?"),
        ("measures = [\"distance_equilibrum\"]", "did you mean `distance_equilibrium`?"),
        ("random = { draws = 3, keys = { \"train.steps\" = [1, 2] } }", "only 2 were found"),
    ];
    for (text, words) in cases {
        desk.put("bad.toml", format!("{DIRAC}[sweep]\n{text}\n"));
        let said = desk.run(&["sweep", "bad.toml"]).ends(2).complains(&[words]);
        assert_eq!(said.out, "");
        desk.run(&["check", "bad.toml"]).ends(2).complains(&[words]);
        assert_eq!(contents(desk.root()), [desk.path("bad.toml")]);
    }
}

#[test]
fn what_is_wrong_on_the_command_line_is_said() {
    let desk = Desk::new();
    desk.put("mine.toml", DIRAC);
    let cases: [(&[&str], &str); 8] = [
        (&["-j", "0"], "expected a number from 1 to 1024"),
        (&["--vary", "train.steps"], "expected KEY=A,B,C"),
        (&["--vary", "train.steps="], "has no value"),
        (&["--vary", "train.stepz=1,2"], "did you mean `steps`?"),
        (&["--vary", "train.steps=1,2", "--vary", "train.steps=3"], "is on two axes"),
        (&["--vary", "train.steps=1..1000000:10000", "--seeds", "1..1000000"], "more than 10000000 runs"),
        (&["--reached", "final.distance_equilibrium"], "expected SCOPE.MEASURE and a bound"),
        (&["--seeds", "9..1"], "is empty"),
    ];
    for (more, words) in cases {
        desk.run(&[&["sweep", "mine.toml"], more].concat()).ends(2).complains(&[words]);
    }
    desk.run(&["sweep"]).ends(2);
    // A large sweep is not started unasked.
    let large = ["sweep", "mine.toml", "--vary", "train.steps=1..1000:1000", "--seeds", "1..1000"];
    desk.run(&large).ends(2).complains(&["1000000 runs: about", "on the disk", "--yes"]);
    assert_eq!(contents(desk.root()), [desk.path("mine.toml")]);
}
