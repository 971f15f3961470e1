//! Many states at once: copies of a game move as the game alone does, and what maps of basins and regions show is so.

mod desk;

use desk::{Desk, TINY};
use ganscope::game::{Analytic, Copies, Draw, Game, Joint, Player, Programs};
use ganscope::inspect::Vary;
use ganscope::maps::{Class, Fate, Goal, GridRequest, March, RegionRequest, grid, region};
use ganscope::rule::rule_of;
use ganscope::run::paper_of;
use ganscope::scenario::{Scenario, Source, parse};
use proptest::prelude::*;

const HERE: Draw = Draw { step: 3, draw: 0 };

fn scenario(game: &str, dynamics: &str, steps: u64) -> Scenario {
    let text = format!("name = \"s\"\n{dynamics}\ntrain = {{ steps = {steps} }}\n[game]\n{game}\n");
    parse(&text, Source::Text, &[]).map(|loaded| loaded.scenario).unwrap_or_else(|e| panic!("{text}\n{e}"))
}

fn game(text: &str) -> Analytic {
    paper_of(&scenario(text, "", 100)).unwrap()
}

/// Some game of every kind, smooth or with kinks that no drawn point meets.
fn any_game() -> impl Strategy<Value = Analytic> {
    let objectives = [
        "\"minimax\"",
        "\"non_saturating\"",
        "\"wasserstein\"",
        "\"least_squares\"",
        "\"hinge\"",
        "\"relativistic\"",
        "{ kind = \"formula\", d_real = \"softplus(-t) + t^4 / 24\", d_fake = \"exp(t / 2) + tanh(t)\", g = \"sin(t) - t^3 / 5\" }",
        "{ kind = \"formula\", d_real = \"relu(1 - t)\", d_fake = \"1 / (2 + t^2)\", g = \"-log(sigmoid(t))\" }",
    ];
    let terms = vec![
        "{ kind = \"gradient_norm\", eta = 0.8 }",
        "{ kind = \"gradient_norm\", eta = 0.4, of = \"generator\", paid_by = \"discriminator\" }",
        "{ kind = \"r1\", gamma = { shape = \"linear\", start = 0.7, end = 0.1 } }",
        "{ kind = \"r2\", gamma = 0.6, every = 2 }",
        "{ kind = \"gradient_penalty\", lambda = 0.5, center = 0 }",
        "{ kind = \"weight_decay\", strength = 0.3, player = \"generator\" }",
        "{ kind = \"consensus\", gamma = 0.3 }",
    ];
    let matrix = "kind = \"quadratic\"\ndiscriminator = 1\nmatrix = [[-0.3, 1, 0.2], [-1, 0.1, 0.4], [0.3, -0.7, -0.2]]";
    let own = "kind = \"expression\"\nloss_d = \"sin(a) * b^2 - a / (1 + b^2)\"\nloss_g = \"exp(-a^2) + sqrt(1 + b^2) * abs(a)\"\n\
               parameters = { d = [\"a\"], g = [\"b\"] }";
    (prop::sample::select(objectives.to_vec()), prop::sample::subsequence(terms, 0..=4), 0..7).prop_map(
        move |(objective, terms, which)| {
            let all = terms.join(", ");
            let general: Vec<&str> =
                terms.iter().copied().filter(|t| !t.contains("\"r") && !t.contains("penalty")).collect();
            let general = format!("regularizer = [{}]", general.join(", "));
            let judged = format!("objective = {objective}\nregularizer = [{all}]");
            game(&match which {
                0 => format!("kind = \"dirac\"\n{judged}"),
                1 => format!("kind = \"dirac\"\nnoise = 0.5\n{judged}"),
                2 => format!("kind = \"uniform\"\n{judged}"),
                3 => format!("{matrix}\n{general}"),
                4 => format!("kind = \"hopf\"\nmu = -0.2\ncubic = 1.1\nquintic = -0.9\n{general}"),
                5 => format!("{own}\n{general}"),
                _ => format!("kind = \"saddle_monkey\"\n{general}"),
            })
        },
    )
}

/// Points of a game, away from kinks.
fn points(sizes: [usize; 2], numbers: &[f64]) -> Vec<Joint<f64>> {
    let n = sizes[0] + sizes[1];
    numbers.chunks_exact(n).map(|flat| Joint::from_flat(flat, sizes[0])).collect()
}

fn near(a: &Joint<f64>, b: &Joint<f64>) -> Result<(), TestCaseError> {
    let scale = 1.0 + b.norm();
    for (a, b) in a.flat().iter().zip(b.flat()) {
        prop_assert!((a - b).abs() <= 1e-12 * scale, "{a} and {b}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    /// Field, velocities, steps along them, products of the Jacobian and gradients of the losses are those of each copy
    /// alone.
    #[test]
    fn copies_are_what_each_game_is_alone(
        game in any_game(),
        numbers in prop::collection::vec(-1.5..1.5f64, 6..900),
        along in prop::collection::vec(-1.0..1.0f64, 900),
    ) {
        let all = points(game.sizes(), &numbers);
        let ways = points(game.sizes(), &along);
        let programs = Programs::new(&game);
        let copies = Copies::new(&programs, all.len());
        let (at, w) = (copies.gather(&all), copies.gather(&ways[..all.len()]));
        let field = copies.field(&at, &HERE).unwrap();
        let mut apart = Joint::zeros(copies.sizes());
        for player in Player::BOTH {
            copies.velocity(player, &at, &HERE, &mut apart[player]).unwrap();
        }
        let (forth, back) = (copies.jacobian_times(&at, &w, &HERE), copies.jacobian_transposed_times(&at, &w, &HERE));
        let (forth, back) = (forth.unwrap(), back.unwrap());
        let steps = [[Some(0.3), Some(0.1)], [Some(0.3), None], [None, Some(0.1)]];
        let moved = steps.map(|h| {
            let mut moved = at.clone();
            copies.advance(h, &mut moved, &HERE).unwrap().then_some(moved).expect("copies know how")
        });
        for (k, (point, way)) in all.iter().zip(&ways).enumerate() {
            let alone = game.field(point, &HERE).unwrap();
            near(&copies.copy(&field, k), &alone)?;
            near(&copies.copy(&apart, k), &alone)?;
            for (h, moved) in steps.iter().zip(&moved) {
                let mut there = alone.clone();
                Player::BOTH.iter().for_each(|p| there.scale_of(*p, h[*p as usize].unwrap_or(0.0)));
                there.add_scaled(1.0, point);
                near(&copies.copy(moved, k), &there)?;
            }
            near(&copies.copy(&forth, k), &game.jacobian_times(point, way, &HERE).unwrap())?;
            near(&copies.copy(&back, k), &game.jacobian_transposed_times(point, way, &HERE).unwrap())?;
        }
        for player in Player::BOTH {
            match (copies.gradient(player, &at, &HERE), game.gradient(player, &all[0], &HERE)) {
                (Ok(many), Ok(_)) => for (k, point) in all.iter().enumerate() {
                    near(&copies.copy(&many, k), &game.gradient(player, point, &HERE).unwrap())?;
                },
                (many, one) => prop_assert_eq!(many.err(), one.err()),
            }
        }
    }

    /// Every rule moves copies as it moves each game alone, whether it treats parameters one by one or not.
    #[test]
    fn any_rule_moves_many_as_one(rule in prop::sample::select(RULES.to_vec()), seed in 0..1000u64) {
        let scenario = scenario(DIRAC, &format!("dynamics = {{ {rule} }}"), 60);
        let game = paper_of(&scenario).unwrap();
        let goal = Goal::Points(vec![Joint { d: vec![0.3], g: vec![-0.2] }]);
        let march = march(&game, &scenario, &goal);
        let point = |k: usize| {
            let x = libm::sin(k as f64 + seed as f64);
            Joint { d: vec![x], g: vec![1.5 * libm::cos(3.0 * k as f64 + seed as f64)] }
        };
        let many = march.fates(37, &point, &|_| ()).unwrap();
        let alone = rule_of::<f64, Analytic>(&scenario.dynamics, 60, Some(march.bound));
        for (k, fate) in many.iter().enumerate() {
            let mut last = 0.0;
            march.course(alone.as_ref(), point(k), &mut |_, distance| last = distance).unwrap();
            prop_assert!((fate.distance - last).abs() <= 1e-9, "{rule}: {} and {last}", fate.distance);
        }
    }
}

const DIRAC: &str =
    "kind = \"dirac\"\nobjective = \"non_saturating\"\nregularizer = [{ kind = \"r1\", gamma = 0.3 }]";

const RULES: [&str; 8] = [
    "rule = \"simultaneous\", optimizer = { kind = \"sgd\", lr = 0.1 }",
    "rule = \"alternating\", discriminator_steps = 3, optimizer = { kind = \"sgd\", lr = 0.1, momentum = -0.3 }",
    "rule = \"alternating\", first = \"generator\", generator_steps = 2, optimizer = { kind = \"sgd\", lr = 0.1 }",
    "rule = \"simultaneous\", optimizer = { kind = \"adam\", lr = 0.01 }",
    "rule = \"alternating\", clip_norm = 0.2, optimizer = { kind = \"sgd\", lr = 0.2 }",
    "rule = \"extragradient\", optimizer = { kind = \"sgd\", lr = 0.1 }",
    "rule = \"optimistic\", optimizer = { kind = \"rmsprop\", lr = 0.01 }",
    "rule = \"symplectic\", optimizer = { kind = \"sgd\", lr = 0.1 }",
];

fn march<'a>(game: &'a Analytic, scenario: &'a Scenario, goal: &'a Goal) -> March<'a> {
    let steps = scenario.train.steps;
    March {
        game,
        dynamics: &scenario.dynamics,
        steps,
        rounds: steps,
        stride: 1,
        goal,
        within: 1e-3,
        bound: 1e6,
    }
}

fn mapped(scenario: &Scenario, count: usize, window: [f64; 4]) -> ganscope::maps::Grid {
    let request = GridRequest {
        over: ["g0".into(), "d0".into()],
        window: Some(window),
        count,
        rounds: scenario.train.steps,
        within: 1e-3,
    };
    grid(scenario, &request, &|_| ()).unwrap()
}

#[test]
fn the_basin_of_a_contraction_is_everything() {
    let game = "kind = \"quadratic\"\ndiscriminator = 1\nmatrix = [[-1, 2], [-2, -1]]";
    let s = scenario(
        game,
        "dynamics = { rule = \"simultaneous\", optimizer = { kind = \"sgd\", lr = 0.1 } }",
        400,
    );
    let map = mapped(&s, 41, [-1e3, 1e3, -1e3, 1e3]);
    assert_eq!((map.arrived, map.left), (41 * 41, 0));
    // |1 + h lambda| = sqrt(0.85) from the distance r to 1e-3.
    for (index, fate) in map.fates.iter().enumerate() {
        let r = map.across.at(index % 41, 41).hypot(map.up.at(index / 41, 41));
        let steps = ((1e-3f64 / r).ln() / (0.5 * 0.85f64.ln())).ceil().max(0.0) as u32;
        assert!(fate.settled.unwrap().abs_diff(steps) <= 1, "{fate:?} instead of {steps}");
    }
}

/// r' = s r with s = -1/4 + 5/4 r^2 - r^4: an unstable circle of radius 1/2 bounds the basin, and a stable one of
/// radius 1 traps all others. The step moves the circle to where (1 + h s)^2 + h^2 = 1.
#[test]
fn an_unstable_cycle_bounds_the_basin() {
    let game = "kind = \"hopf\"\nmu = -0.25\ncubic = 1.25\nquintic = -1.0";
    let s = scenario(
        game,
        "dynamics = { rule = \"simultaneous\", optimizer = { kind = \"sgd\", lr = 0.02 } }",
        8000,
    );
    let map = mapped(&s, 60, [-1.2, 1.2, -1.2, 1.2]);
    let s0 = ((1.0f64 - 0.02 * 0.02).sqrt() - 1.0) / 0.02;
    let square = (1.25 - (1.25f64 * 1.25 - 4.0 * (0.25 + s0)).sqrt()) / 2.0;
    let mut seen = [0, 0];
    for (index, fate) in map.fates.iter().enumerate() {
        let r = map.across.at(index % 60, 60).hypot(map.up.at(index / 60, 60));
        if (r - square.sqrt()).abs() > 0.004 {
            assert_eq!(fate.settled.is_some(), r < square.sqrt(), "at r = {r}");
            seen[usize::from(r < square.sqrt())] += 1;
        }
    }
    assert!(seen.iter().all(|n| *n > 400), "{seen:?}");
}

/// The discriminator's parameter grows from everywhere but 0: those starts leave, and the others go on undisturbed.
#[test]
fn a_copy_that_leaves_does_not_halt_the_others() {
    let game = "kind = \"quadratic\"\ndiscriminator = 1\nmatrix = [[0.5, 0], [0, -1]]";
    let s = scenario(
        game,
        "dynamics = { rule = \"simultaneous\", optimizer = { kind = \"sgd\", lr = 0.1, momentum = 0.5 } }",
        2000,
    );
    let map = mapped(&s, 21, [-2.0, 2.0, -2.0, 2.0]);
    for (index, fate) in map.fates.iter().enumerate() {
        match index / 21 == 10 {
            true => assert!(fate.settled.is_some() && fate.distance < 1e-12, "{fate:?}"),
            false => {
                assert!(fate.left.is_some() && fate.settled.is_none() && fate.distance.is_nan(), "{fate:?}")
            }
        }
    }
}

/// With R1 the eigenvalues solve lambda^2 + gamma lambda + 1/4 = 0, and simultaneous descent contracts for h < -2
/// Re(lambda) / |lambda|^2 of each: what is measured changes there, within a cell, and so does the theory's radius.
#[test]
fn the_measured_border_is_the_theory_s_within_a_cell() {
    let [across, up] = ["dynamics.optimizer.lr=0.1..4:27", "game.regularizer.0.gamma=0.04..2.5:29"]
        .map(|text| Vary::parse(text).unwrap());
    let request = RegionRequest {
        scenario: "dirac-r1",
        set: &[],
        vary: [&across, &up],
        rounds: Some(4000),
        near: Some(1e-4),
    };
    let found = region(&request, &|_| ()).unwrap();
    let limit = |gamma: f64| match gamma < 1.0 {
        true => 4.0 * gamma,
        false => 4.0 / (gamma + (gamma * gamma - 1.0).sqrt()),
    };
    let stable = |column: usize, row: usize| across.values[column] < limit(up.values[row]);
    let mut border = 0;
    for (k, cell) in found.cells.iter().enumerate() {
        let (i, j) = (k % 27, k / 27);
        assert_eq!(cell.radius.unwrap() < 1.0, stable(i, j), "{cell:?}");
        let around = (i.saturating_sub(1)..(i + 2).min(27)).flat_map(|i| [(i, j)]);
        let around = around.chain((j.saturating_sub(1)..(j + 2).min(29)).map(|j| (i, j)));
        if around.clone().all(|(a, b)| stable(a, b) == stable(i, j)) {
            assert_eq!(cell.class == Class::Converges, stable(i, j), "{cell:?} at {i}, {j}");
        } else {
            border += 1;
        }
    }
    assert!((20..150).contains(&border), "{border}");
    // Deep inside, the measured rate is the largest multiplier.
    let spiral = found.cells[27 * 5].rate.unwrap() / found.cells[27 * 5].radius.unwrap();
    assert!((spiral - 1.0).abs() < 1e-3, "{spiral}");
}

#[test]
fn threads_change_nothing() {
    let s = scenario(
        DIRAC,
        "dynamics = { rule = \"simultaneous\", optimizer = { kind = \"sgd\", lr = 0.1 } }",
        50,
    );
    let game = paper_of(&s).unwrap();
    let goal = Goal::of(&game, &Joint { d: vec![1.0], g: vec![1.0] }, 0);
    let march = march(&game, &s, &goal);
    let point = |k: usize| Joint { d: vec![libm::sin(k as f64)], g: vec![libm::cos(0.7 * k as f64)] };
    let with = |threads: usize| -> Vec<Fate> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| march.fates(5000, &point, &|_| ()).unwrap())
    };
    let one = with(1);
    assert!(one == with(2) && one == with(3));
    // Nor does it matter who else is there.
    let shifted = march.fates(100, &|k| point(k + 2500), &|_| ()).unwrap();
    assert_eq!(shifted[..], one[2500..2600]);
}

const SHORT: &[&str] = &["--set", "train.steps=40"];

#[test]
fn a_basin_and_a_region_from_the_command_line() {
    let desk = Desk::new();
    desk.train("dirac-r1", "run", SHORT);
    let asked = ["basin", "run", "--grid", "30", "--steps", "600", "--window", "-1,1,-2,2"];
    let said = desk.run(&[&asked[..], &["--json", "--threads", "1"]].concat()).ends(0);
    let map: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&map["arrived"], &map["left"]), (&900.into(), &0.into()));
    assert_eq!((&map["up"]["low"], &map["across"]["low"]), (&(-1.0).into(), &(-2.0).into()));
    assert_eq!(map["equilibria"], serde_json::json!([[0.0, 0.0]]));
    let files = desk.files("run/basin");
    for name in ["grid-g0-d0.csv", "grid-g0-d0-distance.svg", "grid-g0-d0-arrival.png"] {
        assert!(files.contains_key(name), "{name} is missing in {:?}", files.keys());
    }
    assert_eq!(desk.text("run/basin/grid-g0-d0.csv").lines().count(), 901);
    desk.run(&asked).ends(2).complains(&["there already", "--force"]);
    desk.run(&[&asked[..], &["--force", "--threads", "2"]].concat()).ends(0);
    assert!(desk.files("run/basin") == files, "threads change the files");

    let vary =
        ["--vary", "dynamics.optimizer.lr=0.1..4:6:log", "--vary", "game.regularizer.0.gamma=0.1..2:5"];
    let region =
        [&["region", "dirac-r1", "--steps", "300", "--near", "1e-3", "--out", "map"], &vary[..]].concat();
    let said = desk.run(&[&region[..], &["--json"]].concat()).ends(0);
    let found: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(found["cells"].as_array().unwrap().len(), 30);
    let stem = "map/dynamics-optimizer-lr-by-game-regularizer-0-gamma";
    assert!(desk.text(&format!("{stem}-region.svg")).contains("data:image/png"));
    assert_eq!(desk.text(&format!("{stem}.csv")).lines().count(), 31);
    desk.run(&region).ends(2).complains(&["there already"]);
}

#[test]
fn what_cannot_be_mapped_is_refused_with_the_remedy() {
    let desk = Desk::new();
    desk.put("tiny.toml", TINY).train("tiny.toml", "networks", &[]);
    desk.train("dirac-r1", "run", SHORT);
    desk.put("own.toml", "name = \"own\"\n[train]\nsteps = 20\n[dynamics]\nrule = \"simultaneous\"\noptimizer = { kind = \"sgd\", lr = 0.1 }\n[game]\nkind = \"expression\"\nloss_d = \"a * b\"\nloss_g = \"-a * b\"\nparameters = { d = [\"a\"], g = [\"b\"] }\n");
    let grid = |more: &[&str]| desk.run(&[&["basin", "run", "--grid"], more].concat());
    grid(&["5000"]).ends(2).complains(&["5000 by 5000", "2000"]);
    grid(&["1"]).ends(2).complains(&["from 2"]);
    grid(&["2000", "--steps", "4000000000"]).ends(2).complains(&["days", "smaller"]);
    grid(&["9", "--window", "1,1,0,2"]).ends(2).complains(&["d0 from 1 to 1 is empty"]);
    grid(&["9", "--window", "1,2"]).ends(2).complains(&["four numbers"]);
    grid(&["9", "--over", "g0,g1"]).ends(2).complains(&["no parameter `g1`", "g0"]);
    grid(&["9", "--over", "g0,g0"]).ends(2).complains(&["twice"]);
    grid(&["9", "--radius", "1"]).ends(2).complains(&["--radius"]);
    desk.run(&["basin", "networks", "--grid", "9"]).ends(2).complains(&["no game on paper"]);
    assert!(!desk.path("run/basin").exists() && !desk.path("networks/basin").exists());

    let one = ["--vary", "dynamics.optimizer.lr=0.1..1:5"];
    let region = |scenario: &str, more: &[&str]| {
        desk.run(&[&["region", scenario, "--out", "map"], &one[..], more].concat()).ends(2)
    };
    region("dirac-r1", &[]).complains(&["two keys"]);
    region("dirac-r1", &one).complains(&["twice"]);
    region("dirac-r1", &["--vary", "game.regularizer.0.gama=0..1:5"])
        .complains(&["gama", "did you mean `gamma`?"]);
    region("dirac-r1", &["--vary", "game.regularizer.0.gamma=0..1:1000000"]).complains(&["from 2 to 10000"]);
    region("dirac-r1", &["--vary", "game.regularizer.0.gamma=0..1:10000", "--vary", "seed=1..2:9"])
        .complains(&["two keys"]);
    region("dirac-r1", &["--vary", "game.regularizer.0.gamma=0..1:5:log"]).complains(&["above 0"]);
    region("tiny.toml", &["--vary", "dynamics.optimizer.beta1=0..0.5:5"]).complains(&["no game on paper"]);
    let many = [
        "region",
        "dirac-r1",
        "--vary",
        "dynamics.optimizer.lr=0.1..1:1000",
        "--vary",
        "game.regularizer.0.gamma=0..1:1000",
    ];
    desk.run(&many).ends(2).complains(&["1000 by 1000 cells", "fewer"]);
    assert!(!desk.path("map").exists() && !desk.path("runs").exists());

    // Where no equilibrium is known the field says how still a start has come, and that is said.
    desk.train("own.toml", "own", &[]);
    let said = desk.run(&["basin", "own", "--grid", "9"]).ends(0);
    assert!(said.out.contains("no equilibrium"), "{}", said.out);
    assert!(desk.text("own/basin/grid-g0-d0.csv").starts_with("g0,d0,field_norm"));
}
