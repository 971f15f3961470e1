//! Portable kernels give these very numbers on every machine. They change only where the arithmetic of training, of
//! its randomness or of the measures is changed, in this program or in the libraries it takes them from.

mod desk;

use desk::Desk;

const SINGLE: &str = r#"
name = "golden"
data = { kind = "swiss_roll" }

[game]
kind = "gan"
objective = "relativistic"
pack = 2
generator = { latent = 5, latent_prior = "sphere", hidden = [11, 7], activation = "gelu" }
discriminator = { hidden = [13, 5], activation = "silu", init = { kind = "xavier_uniform" } }

[[game.regularizer]]
kind = "gradient_norm"
eta = 0.5

[[game.regularizer]]
kind = "gradient_penalty"
lambda = 1.0
every = 2

[dynamics]
optimizer = { kind = "adam", lr = { shape = "cosine", start = 1e-2, end = 1e-3 } }

[train]
steps = 40
batch = 150
average = { kind = "exponential", decay = 0.9 }

[record]
every = 20
samples = 300
keep = 100
"#;

const DOUBLE: &str = r#"
name = "golden"

[data]
kind = "mixture"
components = [{ center = [0.0, 1.0, 2.0], std = [0.3, 0.5, 0.4] }, { center = [1.0, 1.0, -2.0], std = [0.5], weight = 2.0 }]

[game]
kind = "gan"
objective = { kind = "formula", d_real = "log(1 + exp(-t))", d_fake = "t^2 + sin(t)", g = "exp(-t / 3)" }
generator = { latent = 3, hidden = [9], activation = "tanh", init = { kind = "kaiming_normal" } }
discriminator = { hidden = [9], activation = "softplus", input_scale = 0.5 }

[dynamics]
rule = "simultaneous"
optimizer = { kind = "rmsprop", lr = 1e-2 }

[train]
steps = 40
batch = 100
precision = "f64"

[record]
every = 20
samples = 300
keep = 100
"#;

const COLUMNS: [&str; 7] = ["step", "loss_d", "loss_g", "grad_norm_g", "distance_d", "sliced_w2", "mmd2"];

#[track_caller]
fn gives(scenario: &str, more: &[&str], golden: &str) {
    let desk = Desk::new();
    desk.put("s.toml", scenario);
    desk.train("s.toml", "run", &["--kernels", "portable"]);
    let text = desk.text("run/metrics.csv");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let columns = COLUMNS.iter().chain(more);
    let at: Vec<usize> = columns.map(|c| names.iter().position(|n| n == c).unwrap()).collect();
    let found: Vec<String> =
        lines.map(|line| at.iter().map(|k| line[*k]).collect::<Vec<_>>().join(" ")).collect();
    let golden: Vec<&str> = golden.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, golden);
}

#[test]
fn in_single_precision() {
    let golden = "
        0 0.73806537832861 0.6922621858192717 0.1466195288617391 0 0.8669731177874676 0.40754585618278827 0.7158297012049226
        20 0.7263059804507616 0.8270287991730892 0.10397510078697095 0.9932907912930233 0.7831297453172086 0.2619262681145842 0.6857901942827265
        40 0.736118922334888 0.8256978403548183 0.14511123509558832 1.2270427930408139 0.5614931765912787 0.1066439529199642 0.3322956908504515
    ";
    gives(SINGLE, &["average_energy_distance"], golden);
}

#[test]
fn in_double_precision() {
    let golden = "
        0 0.6543591182674549 1.0435914294639734 0.15595406808894102 0 1.0515255055281767 0.18965528332467582 0.0482321062284643
        20 0.591639813581797 1.0920519997890996 0.09915883173520625 1.872704565581884 1.730855637866102 0.15258601931436938 0.01875205886875489
        40 0.622241811632707 1.0729236886103626 0.06574341731102067 1.878222799590405 1.0692980229249138 0.168651001856322 0.4054651081081644
    ";
    gives(DOUBLE, &["kl_nats"], golden);
}
