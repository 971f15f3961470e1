//! Pictures of games on paper: what a scenario may ask of them, and what it gets.

mod desk;

use desk::Desk;
use ganscope::scenario::{Loaded, Problems, Source, parse};

const SADDLE: &str = r#"name = "saddle"

[game]
kind = "quadratic"
matrix = [[-0.5, 1.0], [1.0, 0.3]]
discriminator = 1

[dynamics]
rule = "simultaneous"
optimizer = { kind = "sgd", lr = 0.1 }

[train]
steps = 60

[record]
every = 1
starts = [{ d = [-1.0], g = [0.9] }]
ladder = [0.5, 1.0, 2.0]
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
fn starts_and_ladders_survive_being_written_down() {
    let loaded = text(SADDLE).unwrap();
    let again = text(&loaded.to_toml().unwrap()).unwrap();
    assert_eq!(again.scenario, loaded.scenario);
    assert_eq!(again.scenario.record.starts[0].g, [0.9]);
}

#[test]
fn starts_and_ladders_that_make_no_picture_are_refused_where_they_stand() {
    let with = |from: &str, to: &str| SADDLE.replace(from, to);
    refused(
        &with("d = [-1.0], g", "d = [-1.0, 2], g"),
        &["scenario:17:17:", "has 2 numbers; the game has 1"],
    );
    refused(&with("g = [0.9]", "g = [inf]"), &["scenario:17:", "finite"]);
    refused(&with("[0.5, 1.0, 2.0]", "[0.5, -1]"), &["scenario:18:", "`record.ladder.1` must be above 0"]);
    let million = format!("[{}1]", "1,".repeat(999_999));
    refused(&with("[0.5, 1.0, 2.0]", &million), &["scenario:18:10:", "has 1000000 entries; at most 64"]);
    let many = format!("[{}]", "{ d = [1], g = [1] },".repeat(33));
    refused(&with("[{ d = [-1.0], g = [0.9] }]", &many), &["scenario:17:10:", "at most 32"]);
    let gan = "name = \"x\"\n[data]\nkind = \"ring\"\n[game]\nkind = \"gan\"\nobjective = \"minimax\"\n\
               generator = { latent = 2 }\ndiscriminator = {}\n[record]\nladder = [1]\nstarts = []\n";
    refused(gan, &["`record.ladder` is for games on paper", "`record.starts`"]);
}

#[test]
fn a_game_of_two_parameters_has_its_pictures_with_their_numbers() {
    let desk = Desk::new();
    desk.put("s.toml", SADDLE);
    desk.run(&["run", "s.toml", "--out", "one", "--quiet"]).ends(0);
    desk.run(&["run", "s.toml", "--out", "two", "--quiet"]).ends(0);
    let (one, two) = (desk.files("one"), desk.files("two"));
    for name in ["phase", "parts", "stability", "distance"] {
        for ending in ["svg", "png", "pdf", "csv"] {
            let file = format!("plots/{name}.{ending}");
            assert!(one.contains_key(&file), "{file}");
            assert!(one[&file] == two[&file], "{file} differs");
        }
    }
    assert!(one["plots/training.gif"] == two["plots/training.gif"]);
    let words = |file: &str| String::from_utf8(one[file].clone()).unwrap();
    // trace -0.2, determinant -1.15: lambda = -0.1 +- sqrt(1.16).
    let phase = words("plots/phase.csv");
    assert!(
        phase.contains("\nstart 1,") && phase.contains("\nflow,") && phase.contains("\nsaddle,"),
        "{phase}"
    );
    assert!(words("plots/phase.svg").contains("λ = −1.18, 0.977"));
    let stability = words("plots/stability.csv");
    for factor in ["0.5", "1", "2"] {
        assert!(stability.contains(&format!("\nh lambda,{factor},")), "{stability}");
    }
}
