//! GANs of layers over images: the same bytes whatever the threads and the cuts, one Jacobian by two ways, and clear words
//! where layers do not fit.

mod desk;

use desk::Desk;
use ganscope::data::Part;
use ganscope::game::{Direct, Draw, Game, Gan, GanBatch, HeldGenerator, Joint, Linearized, OnTape, Player};
use ganscope::run::{RunOptions, gan_of, read_batch, write_batch};
use ganscope::scenario::{Source, parse};

/// A small game on digits; `NORM` stands where a normalisation may.
const SMALL: &str = r#"
name = "small"
data = { kind = "digits" }
[game]
kind = "gan"
objective = "non_saturating"
[game.generator]
latent = 8
layers = [
  { kind = "dense", outputs = 64 },
  { kind = "reshape", shape = [4, 4, 4] },
  { kind = "norm", over = { kind = "batch" } },
  { kind = "activation", function = "tanh" },
  { kind = "conv_transposed", channels = 1 },
  { kind = "activation", function = "tanh" },
]
[game.discriminator]
layers = [
  { kind = "conv", channels = 3, kernel = 4, stride = 2, spectral = true },
  { kind = "activation", function = "silu" },
  { kind = "norm", over = { kind = "layer" } },
  { kind = "dense", outputs = 1 },
]
[[game.regularizer]]
kind = "gradient_norm"
eta = 0.3
[[game.regularizer]]
kind = "r1"
gamma = 0.2
[train]
steps = 6
batch = 20
[record]
every = 3
samples = 40
keep = 10
checkpoint_every = 3
classifier = false
"#;

/// The game with dropout in both networks.
fn dropping() -> String {
    let drop = "  { kind = \"dropout\", rate = 0.25 },\n";
    let behind = |text: &str, line: &str| text.replacen(line, &format!("{line}{drop}"), 1);
    let text = behind(SMALL, "  { kind = \"norm\", over = { kind = \"batch\" } },\n");
    behind(&text, "  { kind = \"activation\", function = \"silu\" },\n")
}

/// The game with labels: an embedding in both networks, a projection at the end, a penalty between real and generated samples.
fn conditional() -> String {
    let layers = "layers = [\n";
    let embedded = SMALL.replace(layers, &format!("{layers}  {{ kind = \"embed\", width = 3 }},\n"));
    let projected = embedded.replace("{ kind = \"dense\", outputs = 1 }", "{ kind = \"projection\" }");
    projected.replace("kind = \"r1\"\ngamma", "kind = \"gradient_penalty\"\nlambda")
}

/// The game with augmentation and instance noise.
fn showing() -> String {
    let lines = "instance_noise = { std = { shape = \"linear\", start = 0.2, end = 0.0 } }\n\
                 augment = { translation = 0.2, cutout = 0.4, color = true }\n";
    conditional().replace("[game.generator]", &format!("{lines}[game.generator]"))
}

/// Instance noise on the packed samples of a mixture, in more than one chunk of rows.
const NOISY: &str = r#"
name = "noisy"
data = { kind = "ring" }
[game]
kind = "gan"
objective = "non_saturating"
pack = 2
instance_noise = { std = { shape = "linear", start = 0.3, end = 0.0 } }
generator = { latent = 3, hidden = [7], activation = "tanh" }
discriminator = { hidden = [6], activation = "silu" }
[[game.regularizer]]
kind = "gradient_norm"
eta = 0.3
[[game.regularizer]]
kind = "gradient_penalty"
lambda = 0.2
[train]
steps = 6
batch = 300
[record]
every = 3
samples = 40
keep = 10
checkpoint_every = 3
"#;

#[test]
fn threads_and_cuts_change_no_byte() {
    for text in [SMALL, &dropping(), &conditional(), &showing(), NOISY] {
        no_byte_changes(text);
    }
}

fn no_byte_changes(text: &str) {
    let desk = Desk::new();
    desk.put("small.toml", text);
    desk.train("small.toml", "one", &["--threads", "1"]);
    desk.train("small.toml", "cut", &["--threads", "2"]);
    std::fs::remove_file(desk.path("cut/checkpoints/step-00000006.safetensors")).unwrap();
    desk.train("small.toml", "cut", &["--threads", "3", "--resume"]);
    let (one, cut) = (desk.files("one"), desk.files("cut"));
    for name in ["metrics.csv", "checkpoints/step-00000006.safetensors"] {
        assert!(one[name] == cut[name], "{name} differs");
    }
}

/// The game of a scenario.
fn gan(text: &str) -> Gan<f64> {
    let loaded = parse(text, Source::Text, &[]).expect("a scenario");
    gan_of(&loaded, &RunOptions::new("unused")).expect("a GAN")
}

/// A pseudo-random vector.
fn vector(sizes: [usize; 2], seed: u64) -> Joint<f64> {
    let mut out = Joint::zeros(sizes);
    for (k, player) in Player::BOTH.into_iter().enumerate() {
        let address = ganscope::random::Address::new(seed, ganscope::random::Stream::Picture, k as u64);
        ganscope::random::fill_normal(address, &mut out[player]);
    }
    out
}

#[test]
fn the_jacobian_is_the_derivative_of_the_field_and_its_transpose_is_its_transpose() {
    let r1 = "[[game.regularizer]]\nkind = \"r1\"\ngamma = 0.2\n";
    let consensus = &SMALL.replace(r1, "").replace("gradient_norm\"\neta", "consensus\"\ngamma");
    assert!(consensus.contains("consensus") && !consensus.contains("r1"));
    for text in [SMALL, consensus, &dropping(), &conditional(), &showing(), NOISY] {
        one_jacobian(text);
    }
}

fn one_jacobian(text: &str) {
    let gan = gan(text);
    let init = Default::default();
    let mut at = gan.start(init, init);
    at.add_scaled(0.1, &vector(gan.sizes(), 1));
    let batch = gan.draw(Draw { step: 0, draw: 0 });
    let (w, u) = (vector(gan.sizes(), 2), vector(gan.sizes(), 3));
    let jacobian = gan.linearize(&at, &batch).expect("a Jacobian");
    let jw = jacobian.times(&w).expect("J w").flat();
    let ju = jacobian.transposed_times(&u).expect("J' u").flat();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (left, right) = (dot(&u.flat(), &jw), dot(&ju, &w.flat()));
    assert!((left - right).abs() < 1e-9 * left.abs().max(1.0), "{left} and {right}");

    // Candle's tape differentiates every order; the passes take the regularisers' third by differences.
    let tape = OnTape { gan: &gan, at: &at, batch: &batch };
    let of_tape = |w: Result<Joint<f64>, _>| w.expect("a product on the tape").flat();
    let off = |a: &[f64], b: &[f64]| {
        let size = b.iter().fold(1.0f64, |most, x| most.max(x.abs()));
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / size
    };
    for gap in [off(&jw, &of_tape(tape.times(&w))), off(&ju, &of_tape(tape.transposed_times(&u)))] {
        assert!(gap < 1e-7, "{gap}");
    }
    if !text.contains("consensus") {
        for player in Player::BOTH {
            let ours = gan.gradient(player, &at, &batch).expect("a gradient").flat();
            let gap = off(&ours, &of_tape(tape.gradient(player)));
            assert!(gap < 1e-10, "{gap}");
        }
    }

    // The field is computed by other passes than its Jacobian: the tape's derivative of it is their difference.
    let h = 1e-5;
    let mut want = vec![0.0; jw.len()];
    for (k, weight) in [(1.0, 45.0), (2.0, -9.0), (3.0, 1.0)] {
        for sign in [1.0, -1.0] {
            let mut moved = at.clone();
            moved.add_scaled(sign * k * h, &w);
            let v = gan.field(&moved, &batch).expect("a field").flat();
            want.iter_mut().zip(v).for_each(|(want, v)| *want += sign * weight * v / (60.0 * h));
        }
    }
    let size = want.iter().fold(1.0f64, |most, x| most.max(x.abs()));
    let gap = jw.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / size;
    assert!(gap < 1e-5, "{gap}");
}

/// Looks along the discriminator's path with the generator held see what the game itself sees.
#[test]
fn a_held_generator_is_shown_as_the_game_shows_it() {
    for text in [&showing(), NOISY] {
        let (plain, _) = text.split_once("[[game.regularizer]]").expect("regularizers");
        let gan = gan(&format!("{plain}[train]\nsteps = 6\nbatch = 140"));
        let at = vector(gan.sizes(), 1);
        let batch = gan.draw(Draw { step: 1, draw: 0 });
        let mut held = gan.hold_generator(&at.g, &batch);
        let mut direct: Box<dyn HeldGenerator<f64, _>> = Box::new(Direct::new(&gan, &at.g, &batch));
        let mut found = [&mut held, &mut direct].map(|looks| {
            let mut velocity = vec![0.0; at.d.len()];
            looks.velocity(&at.d, &mut velocity).expect("a velocity");
            let slope = looks.loss_gradient(&at.d).expect("a gradient");
            let pulled = looks.pull(&at.d, &slope).expect("a product");
            [velocity, slope, pulled].concat()
        });
        found[0].extend(held.sum().expect("a sum"));
        found[1].extend(direct.sum().expect("a sum"));
        let size = found[1].iter().fold(1.0f64, |most, x| most.max(x.abs()));
        assert!(found[0].iter().zip(&found[1]).all(|(a, b)| (a - b).abs() < 1e-10 * size));
    }
}

/// The batch of a spectrum comes back from its file with what it leaves to chance, so that the spectrum can be taken again.
#[test]
fn a_batch_comes_back_from_its_file() {
    let desk = Desk::new();
    let path = desk.path("batch.safetensors");
    for (text, draws) in [(SMALL, false), (&dropping(), true), (&showing(), true)] {
        let gan = gan(text);
        let batch = gan.analysis_batch(0, 6, 2);
        assert_eq!(batch.chance.is_some(), draws);
        write_batch(&path, &gan, &batch).expect("written");
        assert_eq!(read_batch(&path, &gan, 2).expect("read"), batch);
    }
    let gan = gan(&showing());
    let mut wrong = gan.analysis_batch(0, 6, 2);
    wrong.x[64] = 10.0;
    write_batch(&path, &gan, &wrong).expect("written");
    let told = read_batch(&path, &gan, 2).expect_err("refused").to_string();
    assert!(told.contains("the label 10") && told.contains("10 classes"), "{told}");
}

/// Noise that has fallen to zero is no noise, and what is shown in the updates changes no sample that one looks at.
#[test]
fn what_is_shown_rests_where_it_should() {
    let noisy = gan(NOISY);
    let plain =
        gan(&NOISY.lines().filter(|line| !line.starts_with("instance_noise")).collect::<Vec<_>>().join("\n"));
    let at = vector(noisy.sizes(), 1);
    let field = |gan: &Gan<f64>, step| gan.field(&at, &gan.draw(Draw { step, draw: 0 })).expect("a field");
    assert_ne!(field(&noisy, 0), field(&plain, 0));
    assert_eq!(field(&noisy, 6), field(&plain, 6));
    let batch = noisy.draw(Draw { step: 0, draw: 0 });
    let still = GanBatch { chance: None, ..batch.clone() };
    assert_eq!(noisy.field(&at, &still).expect("a field"), field(&plain, 0));
    let fake = noisy.generate(&at.g, &batch.z);
    assert_eq!(noisy.shown(&still, &fake), [still.x.clone(), fake.clone()]);
    // The variance of what is shown beyond the samples is that of the noise.
    let [real, shown] = noisy.shown(&batch, &fake);
    for (shown, plain) in [(&real, &batch.x), (&shown, &fake)] {
        let squares =
            shown.iter().zip(plain).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / plain.len() as f64;
        assert!((squares / 0.09 - 1.0).abs() < 5.0 * (2.0 / plain.len() as f64).sqrt(), "{squares}");
    }
}

/// The generator is asked for classes as often as the data have them, and pictures show them in turn.
#[test]
fn labels_come_as_often_as_in_the_data() {
    let gan = gan(&conditional());
    let rows = 20_000;
    let address = ganscope::random::Address::new(1, ganscope::random::Stream::Latent, 0);
    let z = gan.latent(address, rows);
    assert_eq!(z.len(), rows * 9);
    let of_class = |k: usize| z.chunks_exact(9).filter(|row| row[8] == k as f64).count() as f64 / rows as f64;
    let images = gan.images().expect("images");
    let shares = images.class_shares(Part::Training).expect("classes");
    for (k, share) in shares.iter().enumerate() {
        assert!((of_class(k) - share).abs() < 5.0 * (share / rows as f64).sqrt(), "{k}");
    }
    let turns = gan.of_classes(gan.noise(address, 25), |row| row);
    assert!(turns.chunks_exact(9).enumerate().all(|(row, z)| z[8] == (row % 10) as f64));
    // Real rows end with the labels of their images.
    let batch = gan.analysis_batch(0, 50, 0);
    assert_eq!(batch.x.len(), 50 * 65);
    let pixels = images.all(Part::Training);
    let labels = images.all_labels(Part::Training).expect("labels");
    for row in batch.x.chunks_exact(65) {
        let same = |k: &usize| pixels.row(*k) == &row[..64];
        assert!((0..labels.len()).filter(same).any(|k| f64::from(labels[k]) == row[64]));
    }
}

#[track_caller]
fn refused(text: &str, parts: &[&str]) {
    let message = parse(text, Source::Text, &[]).map(|l| l.scenario).expect_err("refused").to_string();
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
}

#[test]
fn layers_that_do_not_meet_are_named_with_what_they_get_and_need() {
    let with = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        SMALL.replacen(from, to, 1)
    };
    refused(
        &with("shape = [4, 4, 4]", "shape = [4, 4, 5]"),
        &["`game.generator.layers.1` gets a vector of 64", "4 x 4 x 5"],
    );
    refused(
        &with("{ kind = \"conv_transposed\", channels = 1 }", "{ kind = \"conv_transposed\", channels = 3 }"),
        &["`game.generator.layers` puts out 3 x 8 x 8", "1 x 8 x 8 is needed"],
    );
    refused(
        &with("kernel = 4, stride = 2", "kernel = 40, padding = 0"),
        &["`game.discriminator.layers.0` gets 1 x 8 x 8", "smaller than its kernel of 40 x 40"],
    );
    refused(&with("outputs = 1 }", "outputs = 2 }"), &["puts out a vector of 2", "a vector of 1 is needed"]);
    refused(
        &with("over = { kind = \"layer\" }", "over = { kind = \"batch\" }"),
        &["`game.regularizer.1`", "mix the samples"],
    );
    refused(&with("batch = 20", "batch = 1"), &["`train.batch` is 1", "a single sample"]);
    refused(
        &with("latent = 8", "latent = 8\nhidden = [3]"),
        &["exactly one of `hidden`, `layers` and `preset`"],
    );
    refused(
        &with("over = { kind = \"layer\" }", "over = { kind = \"group\", groups = 2 }"),
        &["`game.discriminator.layers.2` gets 3 x 4 x 4", "2 equal groups"],
    );
    refused(
        &dropping().replace("rate = 0.25", "rate = 1.0"),
        &["`game.discriminator.layers.2` gets 3 x 4 x 4", "rate must be at least 0 and below 1, not 1"],
    );
    let embed = "  { kind = \"embed\", width = 3 },\n";
    refused(
        &conditional().replacen(embed, "", 1),
        &["`game.discriminator` has a layer that knows labels", "`embed`"],
    );
    let both = conditional();
    let alone = SMALL.replacen("layers = [\n", &format!("layers = [\n{embed}"), 1);
    refused(&alone, &["`game.generator` has a layer that knows labels", "`projection`"]);
    refused(&both.replace("[game]", "[game]\npack = 2"), &["`game.pack` is 2", "labels"]);
    refused(&both.replace("width = 3", "width = 0"), &["its width must be at least 1"]);
    refused(
        &both.replace("kind = \"digits\"", "kind = \"ring\""),
        &["`game.discriminator.layers.0` gets", "no labels"],
    );
    let shown = |lines: &str| SMALL.replace("[game.generator]", &format!("{lines}\n[game.generator]"));
    refused(&shown("augment = { cutout = 1.5 }"), &["`game.augment.cutout` must be above 0 and at most 1"]);
    refused(&shown("augment = { translation = 0.05 }"), &["`game.augment.translation` is 0.05", "1 x 8 x 8"]);
    refused(&shown("instance_noise = { std = -1.0 }"), &["`game.instance_noise.std` must not be negative"]);
    refused(&NOISY.replace("pack = 2", "augment = { color = true }"), &["`game.augment` changes images"]);
    refused(&with("channels = 3, kernel = 4", "channels = 99999999999, kernel = 4"), &["fit in", "memory"]);
    refused(&with("kind = \"digits\"", "kind = \"ring\""), &["`game."]);
}
